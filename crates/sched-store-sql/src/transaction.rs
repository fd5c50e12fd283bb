//! Adding a job in a transaction of the caller's own.

use std::fmt;

use sched_core::store::{Hint, StoreError};
use sched_core::{JobId, PreparedJob};
use sqlx::Transaction;
use sqlx::pool::PoolConnection;

use crate::batch;
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::session::{Borrowed, Session};
use crate::store::SqlStore;

/// A connection of the caller's own, usually with a transaction on it.
///
/// Made with `From` of a `&mut` to sqlx's transactions and connections.
#[non_exhaustive]
pub enum GivenConnection<'c> {
    /// To a SQLite file.
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
    /// To a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
    /// To a MySQL or MariaDB server.
    #[cfg(feature = "mysql")]
    Mysql(&'c mut sqlx::MySqlConnection),
}

/// Why a job could not be added in a transaction of the caller's own.
///
/// Unless it is [`ConflictingId`](Self::ConflictingId), the transaction may be of no more use: what
/// the server made of the error is its own affair.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// The table has a job of this id. Nothing was written, and the transaction can go on.
    #[error("there already is a job with the id {id:?}")]
    ConflictingId {
        /// The id.
        id: JobId,
    },
    /// The store is not open, the connection is to another kind of database, or the server refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SqlStore {
    /// Writes a job in a transaction of the caller's own: it is there when that is committed, and
    /// not at all if that is rolled back, or if the process dies before.
    ///
    /// ```no_run
    /// # #[cfg(feature = "sqlite")]
    /// # mod example {
    /// use sched_core::{Scheduler, Timestamp, task};
    /// use sched_store_sql::SqlStore;
    ///
    /// #[task]
    /// async fn remind(order: i64) {
    ///     println!("order {order} is still not paid");
    /// }
    ///
    /// async fn take_order(
    ///     pool: &sqlx::SqlitePool,
    ///     scheduler: &Scheduler,
    ///     store: &SqlStore, // the scheduler's: given to its builder by `shared_jobstore`
    ///     tomorrow: Timestamp,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    ///     let order = sqlx::query("INSERT INTO orders DEFAULT VALUES").execute(&mut *transaction);
    ///     let order = order.await?.last_insert_rowid();
    ///     let reminder = scheduler.add(remind.call(order)).at(tomorrow).prepare()?;
    ///     store.add_in(&mut transaction, &reminder).await?;
    ///     transaction.commit().await?;
    ///     reminder.committed();
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// The transaction must be in the database that the store is in. What others see of the job,
    /// and when:
    /// - Nobody sees it before the commit; from then on every scheduler that shares the store may
    ///   run it.
    /// - On PostgreSQL the commit itself wakes all of them, unless the store was told not to
    ///   [`notify`](crate::SqlStoreBuilder::notify). Elsewhere
    ///   [`committed`](PreparedJob::committed) wakes this one, and the others find it at their
    ///   next look.
    /// - [`JOB_ADDED`](sched_core::EventMask::JOB_ADDED) is told by
    ///   [`committed`](PreparedJob::committed), and only by that.
    ///
    /// Two transactions that add the same id: the second waits for the end of the first. On SQLite
    /// begin with `BEGIN IMMEDIATE`, else the first statement that writes may find the file busy.
    ///
    /// # Errors
    /// [`AddError`].
    pub async fn add_in<'c>(
        &self,
        connection: impl Into<GivenConnection<'c>>,
        job: &PreparedJob,
    ) -> Result<(), AddError> {
        let opened = self.opened("add_in")?;
        let mut connection = connection.into();
        if connection.dialect() != opened.table.dialect {
            let (given, own) = (connection.dialect(), opened.table.dialect);
            let why = format!("a connection of {given:?} was given for a store in {own:?}");
            return Err(StoreError::Settings(why).into());
        }
        let added = batch::add(&mut *connection.session(), &opened.table, job.record()).await;
        if !added.map_err(|fault| fault.of("add_in"))? {
            return Err(AddError::ConflictingId { id: job.id().clone() });
        }
        if let Some(hint) = Hint::of([job.record().due_at]) {
            let told = opened.hints.tell_in(&mut connection, hint).await;
            told.map_err(|error| Fault::from(error).of("add_in"))?;
        }
        Ok(())
    }
}

impl GivenConnection<'_> {
    fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            GivenConnection::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            GivenConnection::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            GivenConnection::Mysql(_) => Dialect::Mysql,
        }
    }

    fn session(&mut self) -> Box<dyn Session + '_> {
        match self {
            #[cfg(feature = "sqlite")]
            GivenConnection::Sqlite(connection) => Box::new(Borrowed::<sqlx::Sqlite>(connection)),
            #[cfg(feature = "postgres")]
            GivenConnection::Postgres(connection) => {
                Box::new(Borrowed::<sqlx::Postgres>(connection))
            }
            #[cfg(feature = "mysql")]
            GivenConnection::Mysql(connection) => Box::new(Borrowed::<sqlx::MySql>(connection)),
        }
    }
}

impl fmt::Debug for GivenConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GivenConnection").field(&self.dialect()).finish()
    }
}

macro_rules! given {
    ($feature:literal, $driver:ty, $connection:ty, $variant:ident) => {
        #[cfg(feature = $feature)]
        impl<'c> From<&'c mut $connection> for GivenConnection<'c> {
            fn from(connection: &'c mut $connection) -> Self {
                GivenConnection::$variant(connection)
            }
        }

        #[cfg(feature = $feature)]
        impl<'c> From<&'c mut PoolConnection<$driver>> for GivenConnection<'c> {
            fn from(connection: &'c mut PoolConnection<$driver>) -> Self {
                GivenConnection::$variant(&mut *connection)
            }
        }

        #[cfg(feature = $feature)]
        impl<'c, 't> From<&'c mut Transaction<'t, $driver>> for GivenConnection<'c> {
            fn from(transaction: &'c mut Transaction<'t, $driver>) -> Self {
                GivenConnection::$variant(&mut *transaction)
            }
        }
    };
}

given!("sqlite", sqlx::Sqlite, sqlx::SqliteConnection, Sqlite);
given!("postgres", sqlx::Postgres, sqlx::PgConnection, Postgres);
given!("mysql", sqlx::MySql, sqlx::MySqlConnection, Mysql);
