//! PostgreSQL: a batch is one statement over arrays.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, Postgres};
use sqlx::{Arguments, Executor, Pool};

use super::Words;
use crate::session::{Bind, Value, pool_options};
use crate::settings::Connections;

pub(crate) const WORDS: Words = Words {
    quote: '"',
    // Bytes: TEXT cannot hold NUL, and sorts by a collation.
    key: "BYTEA",
    body: "BYTEA",
    lock: " FOR UPDATE",
    skip_locked: " FOR UPDATE SKIP LOCKED",
    overwrite: "",
    insert_new: " ON CONFLICT (id) DO NOTHING RETURNING id",
    now: Some("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"),
    table_options: "",
};

/// What a connection of the store's own is told first.
///
/// - A process that froze with rows locked loses them.
/// - Every statement finds its rows by an index. The planner, who goes by the size that the table
///   had when it was last analysed, would for minutes read all of one that was small then, for each
///   row of a batch: a hundred times slower, or worse.
const SESSION: &str = "SET idle_in_transaction_session_timeout = '10s'; \
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_mergejoin = off; \
    SET jit = off";

pub(crate) fn pool(options: PgConnectOptions, connections: &Connections) -> Pool<Postgres> {
    pool_options(connections.most, connections.patience)
        .after_connect(|connection: &mut PgConnection, _| {
            Box::pin(async move {
                connection.execute(SESSION).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

impl Bind for Postgres {
    const BEGIN: &'static str = "BEGIN";
    const ONE_WRITER: Option<&'static str> = None;

    fn bind(arguments: &mut PgArguments, value: Value<'_>) -> Result<(), BoxDynError> {
        match value {
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::Integer(number) => arguments.add(number),
            Value::Moment(moment) => arguments.add(moment),
            Value::BytesColumn(column) => arguments.add(column),
            Value::IntegerColumn(column) => arguments.add(column),
            Value::MomentColumn(column) => arguments.add(column),
        }
    }
}
