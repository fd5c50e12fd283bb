//! The job store itself: the verbs of the contract, each a statement or a transaction.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Change, Claimed, Hint, Planner, Record, StoreError, claim_by_swap};
use sched_core::{JobId, JobStore, Timestamp};

use crate::batch::{self, Rows};
use crate::fault::{Fault, detached, persistent};
use crate::hints::Hints;
use crate::place::Place;
use crate::rivals::Rivals;
use crate::session::{Session, Value};
use crate::settings::{Connections, GivenPool, Source, SqlStoreBuilder};
use crate::table::Table;

/// Jobs in a table of a SQL database. The crate's documentation says what it makes there, what
/// it may do, and what happens when the server fails.
pub struct SqlStore {
    pub(crate) source: Source,
    pub(crate) place: Place,
    connections: Connections,
    migrate: bool,
    notify: bool,
    opened: Mutex<Option<Arc<Opened>>>,
}

pub(crate) struct Opened {
    pub(crate) table: Table,
    pub(crate) hints: Hints,
    rivals: Rivals,
}

impl SqlStore {
    /// A store in the table `sched_jobs` of the database at `url`: `sqlite:///jobs.db`,
    /// `postgresql://user:password@host:port/database`, `mysql://..` or `mariadb://..`.
    ///
    /// - URLs are read as the reference reads them: a driver as in `mysql+pymysql` is passed over,
    ///   and `sqlite:///jobs.db` is relative, `sqlite:////var/jobs.db` absolute.
    /// - TLS is asked for with parameters: `sslmode` and `sslrootcert` (PostgreSQL), `ssl-mode` and
    ///   `ssl-ca` (MySQL).
    ///
    /// # Errors
    /// As [`SqlStoreBuilder::build`].
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).build()
    }

    /// Describes a store in the database at `url`; see [`connect`](Self::connect).
    pub fn builder(url: &str) -> SqlStoreBuilder {
        SqlStoreBuilder::of_url(url)
    }

    /// Describes a store in a SQLite file, which is made if it is not there.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(path: impl Into<PathBuf>) -> SqlStoreBuilder {
        SqlStoreBuilder::of_file(path.into())
    }

    /// Describes a store that uses a pool of the program's own. Closing the store leaves it open.
    pub fn with_pool(pool: impl Into<GivenPool>) -> SqlStoreBuilder {
        SqlStoreBuilder::of_pool(pool.into())
    }

    pub(crate) fn new(
        source: Source,
        place: Place,
        connections: Connections,
        migrate: bool,
        notify: bool,
    ) -> Self {
        SqlStore { source, place, connections, migrate, notify, opened: Mutex::new(None) }
    }

    fn is_given(&self) -> bool {
        matches!(self.source, Source::Given(_))
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Opened>>> {
        // Nothing panics while it is held.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened(&self, operation: &'static str) -> Result<Arc<Opened>, StoreError> {
        self.slot().clone().ok_or(StoreError::NotOpen { operation })
    }
}

#[async_trait]
impl JobStore for SqlStore {
    async fn open(&self) -> Result<(), StoreError> {
        if self.slot().is_some() {
            return Ok(());
        }
        self.source.check()?;
        let pool = self.source.pool(&self.connections);
        let (dialect, place) = (self.source.dialect(), self.place.clone());
        let patience = (!self.is_given()).then_some(self.connections.patience);
        let (migrate, server) = (self.migrate, pool.server(patience));
        let table =
            detached(
                "open",
                async move { Ok(Table::open(dialect, &place, server, migrate).await?) },
            );
        let table = table.await?;
        let hints = Hints::new(&pool, &self.place, self.notify);
        *self.slot() = Some(Arc::new(Opened { table, hints, rivals: Rivals::default() }));
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        let opened = self.slot().take();
        if let Some(opened) = opened {
            opened.hints.close().await;
            if !self.is_given() {
                opened.table.server.close().await;
            }
        }
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let opened = self.opened("insert")?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        detached("insert", async move {
            let won = persistent(|| batch::insert(&opened.table, &records)).await?;
            opened.wrote(&won, records.iter().map(|record| record.due_at));
            Ok(won)
        })
        .await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let (opened, id) = (self.opened("get")?, id.clone());
        let table = async move {
            let mut session = opened.table.server.session().await?;
            let values = vec![Value::Bytes(id.as_bytes())];
            Ok(session.records(&opened.table.statements.get, values).await?.pop())
        };
        detached("get", table).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let (opened, after) = (self.opened("list")?, after.cloned());
        detached("list", async move {
            let statements = &opened.table.statements;
            let mut session = opened.table.server.session().await?;
            let limit = Value::Integer(at_most(limit));
            let page = match &after {
                Some(id) => {
                    let values = vec![Value::Bytes(id.as_bytes()), limit];
                    session.records(&statements.page, values).await?
                }
                None => session.records(&statements.first_page, vec![limit]).await?,
            };
            Ok(page)
        })
        .await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let (opened, lane) = (self.opened("due")?, lane.to_owned());
        detached("due", async move {
            let mut session = opened.table.server.session().await?;
            let values = due_values(&lane, now, limit);
            Ok(session.records(&opened.table.statements.due, values).await?)
        })
        .await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let (opened, lanes) = (self.opened("next_due")?, lanes.to_vec());
        detached("next_due", async move {
            let mut session = opened.table.server.session().await?;
            let mut first = None;
            for lane in lanes {
                // Each by itself is one step into the index; a list of lanes would be a scan.
                let values = vec![Value::Bytes(lane.as_bytes())];
                let due = session.number(&opened.table.statements.next_due, values).await?;
                first = first.into_iter().chain(due).min();
            }
            Ok(first.map(Timestamp::from_micros))
        })
        .await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let opened = self.opened("lanes")?;
        detached("lanes", async move {
            let mut session = opened.table.server.session().await?;
            let lanes = session.keys(&opened.table.statements.lanes, Vec::new()).await?;
            let text = |lane| match String::from_utf8(lane) {
                Ok(lane) => Ok(Arc::from(lane)),
                Err(error) => Err(Fault::Sql(sqlx::Error::Decode(error.into()))),
            };
            lanes.into_iter().map(text).collect()
        })
        .await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let opened = self.opened("swap")?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        detached("swap", async move { opened.swap(&changes).await }).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let opened = self.opened("clear")?;
        detached("clear", async move {
            persistent(|| async {
                // Where writers take turns, this one does too.
                let mut session = opened.table.server.begin().await?;
                session.run(&opened.table.statements.clear, Vec::new()).await?;
                Ok(session.commit().await?)
            })
            .await
        })
        .await
    }

    /// Where a batch of changes is one statement, and nobody else claims: a read and a write.
    /// Elsewhere one transaction: rows that another scheduler is planning are passed over, and those
    /// planned here are nobody else's until they are written.
    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let (opened, lane) = (self.opened("claim")?, lane.to_owned());
        if opened.table.dialect.has_arrays() && !opened.rivals.are_expected() {
            let claimed = claim_by_swap(self, &lane, now, limit, plan).await?;
            opened.rivals.note(&claimed.won);
            return Ok(claimed);
        }
        let begun = opened.clone();
        let read = detached("claim", async move {
            // Where a transaction locks out every other writer, none is begun in vain.
            if begun.table.words.lock.is_empty() {
                let mut session = begun.table.server.session().await?;
                let due = &begun.table.statements.due;
                if session.records(due, due_values(&lane, now, 1)).await?.is_empty() {
                    return Ok((session, Vec::new()));
                }
            }
            persistent(|| async {
                let mut session = begun.table.server.begin().await?;
                let values = due_values(&lane, now, limit);
                let due = session.records(&begun.table.statements.claim, values).await?;
                Ok((session, due))
            })
            .await
        });
        let (session, due) = read.await?;
        let seen = due.len();
        let mut rows = Rows::Held;
        let mut changes = Vec::with_capacity(seen);
        for record in &due {
            let Some(change) = plan(record) else { continue };
            if change.id != record.id || change.revision != record.revision {
                rows = Rows::Unseen;
            }
            changes.push(change);
        }
        // Even with nothing to write: until the end of the transaction, others pass over the rows.
        let won = detached("claim", async move { opened.finish(session, &changes, rows).await });
        Ok(Claimed { won: won.await?, seen, failed: None })
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        let opened = self.opened("changes")?;
        detached("changes", async move { Ok(opened.hints.stream().await?) }).await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let opened = self.opened("tell")?;
        detached("tell", async move { Ok(opened.hints.tell(hint).await?) }).await
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        let opened = self.opened("now")?;
        detached("now", async move {
            let Some(now) = &opened.table.statements.now else { return Ok(None) };
            let mut session = opened.table.server.session().await?;
            Ok(session.number(now, Vec::new()).await?.map(Timestamp::from_micros))
        })
        .await
    }
}

impl Opened {
    async fn swap(&self, changes: &[Change]) -> Result<Vec<bool>, Fault> {
        let won = persistent(|| batch::swap(&self.table, changes)).await?;
        self.wrote(&won, dues(changes));
        Ok(won)
    }

    /// Writes what was planned in the transaction that read it.
    async fn finish(
        &self,
        mut session: Box<dyn Session>,
        changes: &[Change],
        rows: Rows,
    ) -> Result<Vec<bool>, Fault> {
        let written = async {
            if changes.is_empty() {
                session.commit().await?;
                return Ok(Vec::new());
            }
            let won = batch::swap_within(&mut *session, &self.table, changes, rows).await?;
            session.commit().await?;
            Ok(won)
        };
        match written.await {
            Ok(won) => {
                self.wrote(&won, dues(changes));
                Ok(won)
            }
            // The plan holds as long as the revisions do: it is not made again.
            Err(fault) if Fault::is_conflict(&fault) => self.swap(changes).await,
            Err(fault) => Err(fault),
        }
    }

    /// Tells what was written, given the due times of what was to be.
    fn wrote(&self, won: &[bool], dues: impl Iterator<Item = Option<Timestamp>>) {
        let written = won.iter().zip(dues).filter_map(|(won, due)| won.then_some(due));
        if let Some(hint) = Hint::of(written) {
            self.hints.wrote(hint);
        }
    }
}

fn dues(changes: &[Change]) -> impl Iterator<Item = Option<Timestamp>> {
    changes.iter().map(|change| change.to.as_ref()?.due_at)
}

fn due_values(lane: &str, now: Timestamp, limit: usize) -> Vec<Value<'_>> {
    let limit = Value::Integer(at_most(limit));
    vec![Value::Bytes(lane.as_bytes()), Value::Integer(now.as_micros()), limit]
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Says nothing of where the database is: that may hold a password.
impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("dialect", &self.source.dialect())
            .field("place", &self.place)
            .field("open", &self.slot().is_some())
            .finish_non_exhaustive()
    }
}
