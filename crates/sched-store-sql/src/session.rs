//! One connection to any of the servers, seen the same way: the only place where the drivers'
//! types matter.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::DerefMut;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::store::{Body, Record};
use sched_core::{Clock, JobId, SystemClock, Timestamp};
use sqlx::error::BoxDynError;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Database, Decode, Executor, IntoArguments, Pool, Row,
    Transaction, Type,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::is_conflict;

/// A statement's text, made once and kept.
pub(crate) type Sql = Arc<str>;

/// What is bound to a statement.
#[derive(Debug)]
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "others have no arrays"))]
pub(crate) enum Value<'a> {
    Bytes(&'a [u8]),
    Integer(i64),
    Moment(Option<i64>),
    /// Whole columns of a batch, for servers that take arrays.
    BytesColumn(Vec<&'a [u8]>),
    IntegerColumn(Vec<i64>),
    MomentColumn(Vec<Option<i64>>),
}

/// A connection, or a transaction on one; a transaction that is dropped is rolled back.
#[async_trait]
pub(crate) trait Session: Send {
    async fn run(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<()>;
    /// Rows of id, lane, due time, revision and body.
    async fn records(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Vec<Record>>;
    /// Rows of an id or a lane.
    async fn keys(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Vec<Vec<u8>>>;
    /// Rows of an id and a revision.
    async fn revisions(
        &mut self,
        sql: &Sql,
        values: Vec<Value<'_>>,
    ) -> sqlx::Result<Vec<(Vec<u8>, i64)>>;
    /// The one number that the statement answers; none is NULL, or no row.
    async fn number(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Option<i64>>;
    async fn commit(self: Box<Self>) -> sqlx::Result<()>;
}

/// A server, or a file, that there are connections to.
#[async_trait]
pub(crate) trait Server: fmt::Debug + Send + Sync {
    /// A connection, each statement of which is a transaction of its own.
    async fn session(&self) -> sqlx::Result<Box<dyn Session>>;
    /// A transaction that may write.
    async fn begin(&self) -> sqlx::Result<Box<dyn Session>>;
    async fn close(&self);
}

/// How a driver binds a [`Value`].
pub(crate) trait Bind: Database {
    /// What a transaction that writes begins with.
    const BEGIN: &'static str;
    /// Where only one transaction at a time can write: how one begins that does not wait for
    /// long if another process has the turn.
    ///
    /// SQLite's own waiting looks ten times a second in the end, and may for seconds find the file
    /// in use by a process that has much to write. Within this process, turns are in order.
    const ONE_WRITER: Option<&'static str>;

    fn bind(arguments: &mut Self::Arguments, value: Value<'_>) -> Result<(), BoxDynError>;
}

/// A pool whose connections are tried before use if they have been idle for some time: the server
/// may have been restarted meanwhile.
pub(crate) fn pool_options<DB: Database>(connections: u32, patience: Duration) -> PoolOptions<DB> {
    const FRESH: Duration = Duration::from_secs(1);
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut DB::Connection, about| {
            Box::pin(async move {
                if about.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

struct Plain<DB: Database>(PoolConnection<DB>);
struct Atomic<DB: Database> {
    transaction: Transaction<'static, DB>,
    /// Given back after the end of the transaction.
    _turn: Option<OwnedSemaphorePermit>,
}

/// A connection of somebody else's, who commits what is done on it.
pub(crate) struct Borrowed<'c, DB: Database>(pub(crate) &'c mut DB::Connection);

/// Any of those above.
trait Held: Send {
    type Driver: Bind;
    fn connection(&mut self) -> &mut <Self::Driver as Database>::Connection;
    fn commit(self) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl<DB: Bind> Held for Plain<DB> {
    type Driver = DB;

    fn connection(&mut self) -> &mut DB::Connection {
        self.0.deref_mut()
    }

    async fn commit(self) -> sqlx::Result<()> {
        Ok(())
    }
}

impl<DB: Bind> Held for Atomic<DB> {
    type Driver = DB;

    fn connection(&mut self) -> &mut DB::Connection {
        self.transaction.deref_mut()
    }

    async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

impl<DB: Bind> Held for Borrowed<'_, DB> {
    type Driver = DB;

    fn connection(&mut self) -> &mut DB::Connection {
        self.0
    }

    async fn commit(self) -> sqlx::Result<()> {
        Ok(())
    }
}

fn bound<DB: Bind>(values: Vec<Value<'_>>) -> sqlx::Result<DB::Arguments> {
    let mut arguments = DB::Arguments::default();
    for value in values {
        DB::bind(&mut arguments, value).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn text(bytes: Vec<u8>) -> sqlx::Result<String> {
    String::from_utf8(bytes).map_err(|error| sqlx::Error::Decode(error.into()))
}

#[async_trait]
impl<DB, H> Session for H
where
    DB: Bind,
    H: Held<Driver = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> Vec<u8>: Decode<'r, DB>,
    for<'r> i64: Decode<'r, DB>,
    Vec<u8>: Type<DB>,
    i64: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    async fn run(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<()> {
        let query = sqlx::query_with(AssertSqlSafe(sql.clone()), bound::<DB>(values)?);
        query.execute(self.connection()).await.map(drop)
    }

    async fn records(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Vec<Record>> {
        let query = sqlx::query_with(AssertSqlSafe(sql.clone()), bound::<DB>(values)?);
        let rows = query.fetch_all(self.connection()).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let revision: i64 = row.try_get(3)?;
            records.push(Record {
                id: JobId::from(text(row.try_get(0)?)?),
                lane: text(row.try_get(1)?)?.into(),
                due_at: row.try_get::<Option<i64>, _>(2)?.map(Timestamp::from_micros),
                revision: u64::try_from(revision).map_err(|e| sqlx::Error::Decode(e.into()))?,
                body: Body::from_bytes(row.try_get::<Vec<u8>, _>(4)?),
            });
        }
        Ok(records)
    }

    async fn keys(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Vec<Vec<u8>>> {
        let query = sqlx::query_with(AssertSqlSafe(sql.clone()), bound::<DB>(values)?);
        let rows = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(|row| row.try_get(0)).collect()
    }

    async fn revisions(
        &mut self,
        sql: &Sql,
        values: Vec<Value<'_>>,
    ) -> sqlx::Result<Vec<(Vec<u8>, i64)>> {
        let query = sqlx::query_with(AssertSqlSafe(sql.clone()), bound::<DB>(values)?);
        let rows = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    async fn number(&mut self, sql: &Sql, values: Vec<Value<'_>>) -> sqlx::Result<Option<i64>> {
        let query = sqlx::query_with(AssertSqlSafe(sql.clone()), bound::<DB>(values)?);
        let row = query.fetch_optional(self.connection()).await?;
        row.map_or(Ok(None), |row| row.try_get(0))
    }

    async fn commit(self: Box<Self>) -> sqlx::Result<()> {
        Held::commit(*self).await
    }
}

/// A pool as a [`Server`].
#[derive(Debug)]
pub(crate) struct Pooled<DB: Database> {
    pool: Pool<DB>,
    turns: Option<Arc<Semaphore>>,
    /// How long a writer waits for those of other processes; none: as the given pool says.
    patience: Option<Duration>,
}

impl<DB: Bind> Pooled<DB> {
    pub(crate) fn new(pool: Pool<DB>, patience: Option<Duration>) -> Self {
        let turns = DB::ONE_WRITER.map(|_| Arc::new(Semaphore::new(1)));
        Pooled { pool, turns, patience }
    }

    async fn transaction(&self) -> sqlx::Result<Transaction<'static, DB>> {
        let (Some(briefly), Some(patience)) = (DB::ONE_WRITER, self.patience) else {
            return self.pool.begin_with(DB::BEGIN).await;
        };
        let clock = SystemClock::new();
        let since = clock.steady();
        loop {
            match self.pool.begin_with(briefly).await {
                // The driver has waited for some milliseconds.
                Err(error) if is_conflict(&error) => {
                    if clock.steady().saturating_sub(since) >= patience {
                        let why = "another process is writing to the file all the time";
                        return Err(io::Error::new(io::ErrorKind::TimedOut, why).into());
                    }
                }
                begun => return begun,
            }
        }
    }
}

#[async_trait]
impl<DB> Server for Pooled<DB>
where
    DB: Bind,
    Plain<DB>: Session + 'static,
    Atomic<DB>: Session + 'static,
{
    async fn session(&self) -> sqlx::Result<Box<dyn Session>> {
        Ok(Box::new(Plain(self.pool.acquire().await?)))
    }

    async fn begin(&self) -> sqlx::Result<Box<dyn Session>> {
        let _turn = match &self.turns {
            // It is never closed.
            Some(turns) => turns.clone().acquire_owned().await.ok(),
            None => None,
        };
        let transaction = self.transaction().await?;
        Ok(Box::new(Atomic { transaction, _turn }))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
