//! MySQL 8 and MariaDB from 10.6: the part that both understand.

use sqlx::error::BoxDynError;
use sqlx::mysql::{MySql, MySqlArguments, MySqlConnectOptions, MySqlConnection};
use sqlx::{Arguments, Executor, Pool};

use super::Words;
use crate::session::{Bind, Value, pool_options};
use crate::settings::Connections;

pub(crate) const WORDS: Words = Words {
    quote: '`',
    // Bytes: no collation folds or trims them.
    key: "VARBINARY(255)",
    body: "LONGBLOB",
    lock: " FOR UPDATE",
    skip_locked: " FOR UPDATE SKIP LOCKED",
    overwrite: "ON DUPLICATE KEY UPDATE lane = VALUES(lane), due_at = VALUES(due_at), \
                revision = VALUES(revision), body = VALUES(body)",
    insert_new: "",
    // Of UTC from the start: a session's time zone may have hours that come twice.
    now: Some(
        "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS SIGNED)",
    ),
    table_options: " ENGINE=InnoDB",
};

pub(crate) fn pool(options: MySqlConnectOptions, connections: &Connections) -> Pool<MySql> {
    pool_options(connections.most, connections.patience)
        .after_connect(|connection: &mut MySqlConnection, _| {
            Box::pin(async move {
                // Locks rows and not the gaps between them: fewer deadlocks.
                connection
                    .execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    .await?;
                // A process that froze with rows locked loses them.
                connection.execute("SET SESSION wait_timeout = 60").await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

impl Bind for MySql {
    const BEGIN: &'static str = "START TRANSACTION";
    const ONE_WRITER: Option<&'static str> = None;

    fn bind(arguments: &mut MySqlArguments, value: Value<'_>) -> Result<(), BoxDynError> {
        match value {
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::Integer(number) => arguments.add(number),
            Value::Moment(moment) => arguments.add(moment),
            Value::BytesColumn(_) | Value::IntegerColumn(_) | Value::MomentColumn(_) => {
                Err("MySQL has no arrays".into())
            }
        }
    }
}
