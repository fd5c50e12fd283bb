//! The verbs of a job store, each a query or a few.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use serde_json::Value;
use unreql::cmd::connect::Options;
use unreql::{Session, r};

use crate::chunk::pieces;
use crate::connect::{Patience, Source, read};
use crate::document::{self, Document, Parts};
use crate::fault::{fault, refused};
use crate::hints::hints;
use crate::key::{self, Key};
use crate::place::Place;
use crate::pool::Pool;
use crate::query;

pub(crate) const DATABASE: &str = "apscheduler";
pub(crate) const TABLE: &str = "jobs";
/// How many documents are deleted in one query.
const CLEARED: usize = 10_000;

/// Keeps jobs in a table of RethinkDB.
///
/// - Writes are acknowledged when they are on disk, and reads are of the majority of replicas.
/// - Each record of a batch is written for itself; batches of many take several queries.
/// - A lost connection is made again when it is next needed. While there is none, every call is
///   [`StoreError::Unavailable`], after no longer than the time-outs.
/// - All that it writes is in one table. Stores of other tables share nothing with it.
/// - Others are told of changes by the server.
/// - Any due time and any revision are kept exactly; bodies up to 16 MiB.
/// - Pages of [`list`](JobStore::list) are read in one query each, but for ids of 90 bytes or more:
///   of these, all that begin alike are read together.
///
/// What survives what: see the [crate's documentation](crate).
///
/// ```no_run
/// use sched_core::Scheduler;
/// use sched_store_rethinkdb::RethinkStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RethinkStore::new("rethinkdb://127.0.0.1:28015")?.table("reports");
/// let scheduler = Scheduler::builder().jobstore("default", store).build()?;
/// # Ok(())
/// # }
/// ```
pub struct RethinkStore {
    source: Source,
    patience: Patience,
    pub(crate) place: Place,
    /// Written with each change, so that this object does not wake up at its own.
    writer: String,
    pool: Mutex<Option<Arc<Pool>>>,
}

impl RethinkStore {
    /// A store on this server: `rethinkdb://user:password@host:port/database`, of which all but
    /// the host may be left out. Connects when it is opened.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when the URL is not one of these.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let (options, database) = read(url)?;
        let store = Self::with_options(options);
        Ok(match database {
            Some(database) => store.database(database),
            None => store,
        })
    }

    /// A store on the server that these options of the client library name. Their database is
    /// that of the library's own queries: that of the store is [`database`](Self::database).
    pub fn with_options(options: Options) -> Self {
        Self::over(Source::Server(options))
    }

    /// A store on sessions that `connect` makes: to whichever server of a cluster is there, or by
    /// way of a tunnel. It is called whenever one more is needed, each is used by this store
    /// alone, and none is used again after an error. (One session that was made elsewhere would be
    /// of no use: it does not outlive its first error.)
    ///
    /// ```
    /// use sched_store_rethinkdb::RethinkStore;
    /// use sched_store_rethinkdb::unreql::{cmd::connect::Options, r};
    ///
    /// let store = RethinkStore::with_sessions(|| async {
    ///     match r.connect(Options::new().host("a.example.org")).await {
    ///         Ok(session) => Ok(session),
    ///         Err(_) => r.connect(Options::new().host("b.example.org")).await,
    ///     }
    /// });
    /// # drop(store);
    /// ```
    pub fn with_sessions<F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = unreql::Result<Session>> + Send + 'static,
    {
        Self::over(Source::Given(Arc::new(move || Box::pin(connect()))))
    }

    fn over(source: Source) -> Self {
        RethinkStore {
            source,
            patience: Patience::default(),
            place: Place { database: DATABASE.to_owned(), table: TABLE.to_owned() },
            writer: format!("{:016x}", fastrand::u64(..)),
            pool: Mutex::default(),
        }
    }

    /// The database of the table; unless said, `apscheduler`. It is made if it is not there.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.place.database = name.into();
        self
    }

    /// The table of the records; unless said, `jobs`. It is made if it is not there.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.place.table = name.into();
        self
    }

    /// How long to wait for a connection; unless said, 5 seconds.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.patience.connection = timeout;
        self
    }

    /// How long to wait for the whole of an answer; unless said, 30 seconds.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.patience.response = timeout;
        self
    }

    pub(crate) fn wrong_name(&self) -> Option<(&'static str, String)> {
        self.place.fault()
    }

    fn pool(&self) -> MutexGuard<'_, Option<Arc<Pool>>> {
        // Nothing that holds it can panic.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, operation: &'static str) -> Result<Arc<Pool>, StoreError> {
        self.pool().clone().ok_or(StoreError::NotOpen { operation })
    }

    async fn rows(
        &self,
        operation: &'static str,
        query: unreql::Command,
    ) -> Result<Vec<Value>, StoreError> {
        let pool = self.opened(operation)?;
        pool.read(query).await.map_err(|error| fault(operation, error))
    }

    pub(crate) async fn records(
        &self,
        operation: &'static str,
        query: unreql::Command,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = self.rows(operation, query).await?;
        rows.into_iter().map(|row| document::record(operation, row)).collect()
    }

    async fn written(
        &self,
        operation: &'static str,
        query: unreql::Command,
    ) -> Result<query::Written, StoreError> {
        let answer = self.opened(operation)?.write(query).await;
        let answer = answer.map_err(|error| fault(operation, error))?;
        let written = serde_json::from_value(answer);
        let written: query::Written = written.map_err(|error| refused(operation, error))?;
        match written.fault() {
            Some(text) if written.ids().next().is_some() => Err(refused(operation, text).in_part()),
            Some(text) => Err(refused(operation, text)),
            None => Ok(written),
        }
    }
}

#[async_trait]
impl JobStore for RethinkStore {
    async fn open(&self) -> Result<(), StoreError> {
        if let Some((name, rule)) = self.place.fault() {
            return Err(StoreError::Settings(format!("{name}: {rule}")));
        }
        let pool = Pool::new(self.source.clone(), self.patience);
        self.place.prepare(&pool).await?;
        *self.pool() = Some(pool);
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        *self.pool() = None;
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let mut inserted = vec![false; records.len()];
        let mut numbers = HashMap::with_capacity(records.len());
        let mut documents = Vec::with_capacity(records.len());
        for (number, record) in records.iter().enumerate() {
            let Record { id, lane, due_at, revision, body } = record;
            let (due_at, revision, writer) = (*due_at, *revision, &*self.writer);
            let document = Document::new(&Parts { id, lane, due_at, revision, body, writer })?;
            // Of those with one id, the first counts.
            if let Entry::Vacant(first) = numbers.entry(document.id.clone()) {
                first.insert(number);
                documents.push(document);
            }
        }
        for (nth, piece) in pieces(documents, Document::size).into_iter().enumerate() {
            let query = query::insert(self.place.table(), &piece);
            let written = self.written("insert", query).await;
            let written = written.map_err(|error| if nth > 0 { error.in_part() } else { error })?;
            for id in written.ids() {
                inserted[numbers[id]] = true;
            }
        }
        Ok(inserted)
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let found = self.place.table().get(Key::new(id, key::ID).key);
        let rows = self.rows("get", found).await?;
        let found = rows.into_iter().find(|row| !row.is_null());
        found.map(|row| document::record("get", row)).transpose()
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.page(after, limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let lane = Key::new(lane, key::LANE).key;
        let due = query::due(self.place.table(), &lane, &document::ordered(now), limit);
        self.records("due", due).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        if lanes.is_empty() {
            return Ok(None);
        }
        let lanes = lanes.iter().map(|lane| Key::new(lane, key::LANE).key);
        let firsts = query::firsts(&self.place.table(), lanes);
        let firsts = self.rows("next_due", firsts).await?;
        let firsts = firsts.iter().filter_map(Value::as_array).flatten();
        Ok(firsts.filter_map(|due| document::moment(due.as_str()?)).min())
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let mut lanes = Vec::new();
        let mut after = None;
        // From lane to lane, however many records each has.
        loop {
            let next = query::next_lane(self.place.table(), after.as_deref());
            let Some(found) = self.rows("lanes", next).await?.pop() else { return Ok(lanes) };
            let text = |field: &str| found.get(field).and_then(Value::as_str);
            let key = text("lane").unwrap_or_default();
            let lane = document::lane(key, text("whole_lane"));
            lanes.push(lane.ok_or_else(|| refused("lanes", format!("{key:?} is no lane")))?);
            after = Some(key.to_owned());
        }
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let mut won = vec![false; changes.len()];
        let mut numbers = HashMap::with_capacity(changes.len());
        let mut writes = Vec::with_capacity(changes.len());
        for (number, Change { id, revision, to }) in changes.iter().enumerate() {
            let to = match to {
                Some(new) => {
                    let (lane, due_at, body) = (&*new.lane, new.due_at, &new.body);
                    // No record has the last revision there is: they begin with 2^62 at most.
                    let revision = revision.saturating_add(1);
                    let parts = Parts { id, lane, due_at, revision, body, writer: &self.writer };
                    Some(Document::new(&parts)?)
                }
                None => None,
            };
            let id = Key::new(id, key::ID).key;
            numbers.insert(id.clone(), number);
            writes.push(query::Write { id, revision: document::revision(*revision), to });
        }
        for piece in pieces(writes, query::Write::size) {
            let query = query::swap(self.place.table(), &piece);
            for id in self.written("swap", query).await?.ids() {
                won[numbers[id]] = true;
            }
        }
        Ok(won)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        loop {
            let query = query::clear(self.place.table(), CLEARED);
            if self.written("clear", query).await?.deleted < CLEARED {
                return Ok(());
            }
        }
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.opened("changes")?;
        let hints = hints(&self.source, self.patience, self.place.table(), &self.writer);
        Ok(Some(hints.await.map_err(|error| fault("changes", error))?))
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let query = query::tell(self.place.table(), &hint.to_string(), &self.writer);
        self.written("tell", query).await.map(drop)
    }

    /// To the millisecond: the server tells no more.
    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        let seconds = self.rows("now", r.now().to_epoch_time()).await?;
        let seconds = seconds.first().and_then(Value::as_f64);
        let seconds = seconds.ok_or_else(|| refused("now", "the server tells no time"))?;
        Ok(Some(Timestamp::from_micros((seconds * 1e6).round() as i64)))
    }
}

/// Names and address; nothing that is secret.
impl fmt::Debug for RethinkStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("RethinkStore");
        if let Some(address) = self.source.address() {
            text.field("server", &format_args!("{address}"));
        }
        text.field("database", &self.place.database);
        text.field("table", &self.place.table).finish_non_exhaustive()
    }
}
