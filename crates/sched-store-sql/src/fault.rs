//! What a driver's error means: whether trying again may help, and whether to try at once.

use std::future::Future;
use std::time::Duration;

use sched_core::store::StoreError;
use sched_core::{Clock, SystemClock};

/// Why a piece of work was not done.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(sqlx::Error),
    Store(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Store(error)
    }
}

impl Fault {
    pub(crate) fn of(self, operation: &'static str) -> StoreError {
        match self {
            Fault::Store(error) => error,
            Fault::Sql(error) if passes(&error) => {
                StoreError::Unavailable { operation, source: error.into() }
            }
            Fault::Sql(error) => StoreError::Refused { operation, source: error.into() },
        }
    }

    /// Whether somebody else was in the way, and nothing was done.
    pub(crate) fn is_conflict(&self) -> bool {
        match self {
            Fault::Sql(error) => is_conflict(error),
            Fault::Store(_) => false,
        }
    }
}

/// A refusal in words of our own.
pub(crate) fn refused(operation: &'static str, why: impl Into<String>) -> StoreError {
    StoreError::Refused { operation, source: why.into().into() }
}

/// Whether somebody else was in the way, and nothing was done.
pub(crate) fn is_conflict(error: &sqlx::Error) -> bool {
    kind(error) == Kind::Conflict
}

/// Whether trying again may help.
pub(crate) fn passes(error: &sqlx::Error) -> bool {
    kind(error) != Kind::Lasting
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A deadlock or a race, rolled back.
    Conflict,
    /// The server is away, full, starting, or does not answer in time.
    Passing,
    Lasting,
}

fn kind(error: &sqlx::Error) -> Kind {
    let database = match error {
        sqlx::Error::Database(database) => database,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => return Kind::Passing,
        _ => return Kind::Lasting,
    };
    if database.is_unique_violation() {
        // All inserts look first: somebody else's came in between.
        return Kind::Conflict;
    }
    #[cfg(feature = "postgres")]
    if let Some(error) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return of_postgres(error.code());
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return of_mysql(error.number());
    }
    #[cfg(feature = "sqlite")]
    if database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        let code = database.code().and_then(|code| code.parse().ok());
        return code.map_or(Kind::Lasting, of_sqlite);
    }
    Kind::Lasting
}

#[cfg(feature = "postgres")]
fn of_postgres(code: &str) -> Kind {
    match code {
        // Serialization, deadlock, and two who make the same schema at once.
        "40001" | "40P01" | "42P06" | "42P07" => Kind::Conflict,
        // A standby that was the primary.
        "25006" => Kind::Passing,
        // Connections, resources, somebody's order, the system.
        _ if ["08", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            Kind::Passing
        }
        _ => Kind::Lasting,
    }
}

#[cfg(feature = "mysql")]
fn of_mysql(number: u16) -> Kind {
    match number {
        // A deadlock, or a record that changed under a transaction with a snapshot.
        1213 | 1020 => Kind::Conflict,
        // Too many connections, out of resources, shutting down, killed, lock wait timeout, disk
        // full, read-only, connection lost.
        1021
        | 1037..=1041
        | 1053
        | 1077
        | 1079
        | 1114
        | 1158..=1161
        | 1203
        | 1205
        | 1226
        | 1290
        | 1317
        | 1836
        | 1927
        | 2002
        | 2003
        | 2006
        | 2013
        | 3024
        | 4031 => Kind::Passing,
        _ => Kind::Lasting,
    }
}

#[cfg(feature = "sqlite")]
fn of_sqlite(code: u32) -> Kind {
    // The low byte is the kind of error, the rest says more about it.
    match code & 0xff {
        // Busy and locked, after the busy timeout or where waiting would be a deadlock.
        5 | 6 => Kind::Conflict,
        // Input and output, disk full, cannot open.
        10 | 13 | 14 => Kind::Passing,
        _ => Kind::Lasting,
    }
}

/// Does the work again where somebody else was in the way; nothing was written then.
pub(crate) async fn persistent<T, F>(mut work: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    const ATTEMPTS: u32 = 20;
    for attempt in 1..ATTEMPTS {
        match work().await {
            Err(fault) if fault.is_conflict() => {
                tracing::debug!(attempt, "conflict, trying again");
                // Not in step with whoever was in the way.
                let most = u64::from(attempt.min(8)) * 5;
                SystemClock::new().sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
            }
            done => return done,
        }
    }
    work().await
}

/// Does the work to its end even if the caller is gone: a connection given back in the middle of
/// a transaction would carry it into somebody else's work.
pub(crate) async fn detached<T: Send + 'static>(
    operation: &'static str,
    work: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(work).await {
        Ok(done) => done.map_err(|fault| fault.of(operation)),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(ended) => Err(StoreError::Unavailable { operation, source: ended.into() }),
        },
    }
}
