//! SQLAlchemyJobStore on SQLite.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::{SourceError, table};
use crate::apscheduler::StoredJob;

/// Every job in a file. The reference's table is `apscheduler_jobs` unless it was told another.
///
/// # Errors
/// [`SourceError`] if there is no such file or table, or it cannot be read.
pub async fn read(file: impl AsRef<Path>, table: &str) -> Result<Vec<StoredJob>, SourceError> {
    let file = file.as_ref();
    let shown = file.display();
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection =
        options.connect().await.map_err(SourceError::of(format!("opening {shown}")))?;
    let rows = sqlx::query_as(AssertSqlSafe(table::select(table)))
        .fetch_all(&mut connection)
        .await
        .map_err(SourceError::of(format!("reading table {table} of {shown}")))?;
    connection.close().await.map_err(SourceError::of(format!("closing {shown}")))?;
    let job = |(id, next_run_time, state)| StoredJob { id, next_run_time, state };
    Ok(rows.into_iter().map(job).collect())
}
