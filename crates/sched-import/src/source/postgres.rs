//! SQLAlchemyJobStore on PostgreSQL.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::{SourceError, table};
use crate::apscheduler::StoredJob;

/// Every job in a table. `url` is `postgres://user:password@host:port/database`; the reference's
/// table is `apscheduler_jobs` unless it was told another, and may have a schema before it.
///
/// # Errors
/// [`SourceError`] if the server or the table is not there, or cannot be read.
pub async fn read(url: &str, table: &str) -> Result<Vec<StoredJob>, SourceError> {
    // Not with the URL: there may be a password in it.
    let connected = PgConnection::connect(url).await;
    let mut connection = connected.map_err(SourceError::of("connecting to PostgreSQL"))?;
    let rows = sqlx::query_as(AssertSqlSafe(table::select(table)))
        .fetch_all(&mut connection)
        .await
        .map_err(SourceError::of(format!("reading table {table}")))?;
    connection.close().await.map_err(SourceError::of("closing the connection"))?;
    let job = |(id, next_run_time, state)| StoredJob { id, next_run_time, state };
    Ok(rows.into_iter().map(job).collect())
}
