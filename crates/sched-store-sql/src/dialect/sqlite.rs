//! SQLite: one writer at a time, so a transaction takes the lock when it begins.

use std::path::Path;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{Arguments, Pool};

use super::Words;
use crate::session::{Bind, Value, pool_options};
use crate::settings::Connections;

pub(crate) const WORDS: Words = Words {
    quote: '"',
    key: "BLOB",
    body: "BLOB",
    lock: "",
    skip_locked: "",
    overwrite: "ON CONFLICT (id) DO UPDATE SET lane = excluded.lane, due_at = excluded.due_at, \
                revision = excluded.revision, body = excluded.body",
    insert_new: " ON CONFLICT (id) DO NOTHING RETURNING id",
    now: None,
    table_options: "",
};

/// As many rows as a claim reads.
const ROWS: usize = 2_048;

/// A file that is created if it is not there.
///
/// Readers are not held up by the writer, and what is acknowledged is on the disk.
pub(crate) fn file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

pub(crate) fn pool(options: SqliteConnectOptions, connections: &Connections) -> Pool<Sqlite> {
    // Readers wait only for whoever repairs the file after a crash; writers have turns.
    let options = options
        .busy_timeout(connections.patience.max(Duration::from_secs(1)))
        // SQLite runs in a thread of its own: with fifty rows at a time, which is the default, the
        // two wait for each other all the time.
        .row_buffer_size(ROWS);
    pool_options(connections.most, connections.patience).connect_lazy_with(options)
}

impl Bind for Sqlite {
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const ONE_WRITER: Option<&'static str> =
        Some("PRAGMA busy_timeout = 3; BEGIN IMMEDIATE; PRAGMA busy_timeout = 10000");

    fn bind(arguments: &mut SqliteArguments, value: Value<'_>) -> Result<(), BoxDynError> {
        match value {
            Value::Bytes(bytes) => arguments.add(bytes.to_vec()),
            Value::Integer(number) => arguments.add(number),
            Value::Moment(moment) => arguments.add(moment),
            Value::BytesColumn(_) | Value::IntegerColumn(_) | Value::MomentColumn(_) => {
                Err("SQLite has no arrays".into())
            }
        }
    }
}
