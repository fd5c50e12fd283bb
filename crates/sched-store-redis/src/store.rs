//! The verbs of a job store, each a script or a command.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use redis::aio::ConnectionLike;
use redis::{Client, FromRedisValue, IntoConnectionInfo, Script, ScriptInvocation, cmd};
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};

use crate::connect::{Connection, Patience, Source};
use crate::fault::{fault, refused};
use crate::layout::{self, Range};
use crate::scripts::Scripts;

/// Both in one slot of a cluster, for what is between the braces.
pub(crate) const KEYS: [&str; 2] = ["{apscheduler}.jobs", "{apscheduler}.run_times"];

/// Keeps jobs in Redis or Valkey.
///
/// - Every batch is one script: one round trip, applied as a whole, seen by others as a whole.
/// - A lost connection is made again when it is next needed. While there is none, every call is
///   [`StoreError::Unavailable`], after no longer than the time-outs.
/// - All that it writes is in two keys. Stores of other keys share nothing with it, and two stores
///   that share one of their keys only are refused when they open or insert.
/// - Everybody who shares the keys is told of changes by a channel, `<jobs key>:changes`.
/// - Any due time and any revision are kept exactly; bodies up to 512 MiB.
///
/// What survives what: see the [crate's documentation](crate).
///
/// ```no_run
/// use sched_core::Scheduler;
/// use sched_store_redis::RedisStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::new("redis://127.0.0.1:6379/0")?;
/// let scheduler = Scheduler::builder().jobstore("default", store).build()?;
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    source: Source,
    patience: Patience,
    keys: [String; 2],
    /// Begins each message, so that this object does not hear its own.
    sender: String,
    scripts: Scripts,
    connection: Mutex<Option<Connection>>,
}

impl RedisStore {
    /// A store on this server: a URL such as `redis://user:password@host:6379/0`, `rediss://` for
    /// TLS, `unix:///path?db=0`, or a [`ConnectionInfo`](redis::ConnectionInfo). Connects when it
    /// is opened.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when the URL is not one of these.
    pub fn new(server: impl IntoConnectionInfo) -> Result<Self, StoreError> {
        let source = server.into_connection_info().and_then(Source::new);
        Ok(Self::over(source.map_err(|error| StoreError::Settings(error.to_string()))?))
    }

    /// A store on the server of this client, with the client's settings.
    pub fn with_client(client: Client) -> Self {
        Self::over(Source::Client(Box::new(client)))
    }

    /// A store on this connection, whose clones must share it and which must reconnect by itself:
    /// a [`ConnectionManager`](redis::aio::ConnectionManager), one to a cluster, one to what the
    /// sentinels call the master. Its own time-outs hold.
    ///
    /// Such a store has no hints: there is no way from here to the second connection that they
    /// need. Schedulers look at intervals.
    pub fn with_connection(
        connection: impl ConnectionLike + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::over(Source::Connection(Connection::new(connection)))
    }

    fn over(source: Source) -> Self {
        RedisStore {
            source,
            patience: Patience::default(),
            keys: KEYS.map(str::to_owned),
            sender: format!("{:016x}", fastrand::u64(..)),
            scripts: Scripts::new(),
            connection: Mutex::default(),
        }
    }

    /// The keys of the hash of records and of the sorted set that is their index; unless said,
    /// `{apscheduler}.jobs` and `{apscheduler}.run_times`. In a cluster they must be in one slot,
    /// as those are by what is between their braces.
    pub fn keys(mut self, jobs: impl Into<String>, run_times: impl Into<String>) -> Self {
        self.keys = [jobs.into(), run_times.into()];
        self
    }

    /// How long to wait for a connection; unless said, 5 seconds.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.patience.connection = timeout;
        self
    }

    /// How long to wait for an answer; unless said, 30 seconds.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.patience.response = timeout;
        self
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        // Nothing that holds it can panic.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn channel(&self) -> String {
        format!("{}:changes", self.keys[0])
    }

    /// A call of this script, with the keys.
    fn call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        call
    }

    /// A call of a script that writes records of these due times, and tells of it.
    fn write<'a>(
        &self,
        script: &'a Script,
        dues: impl Iterator<Item = Option<Timestamp>>,
    ) -> ScriptInvocation<'a> {
        let mut call = self.call(script);
        let message = Hint::of(dues).map(|hint| self.message(hint));
        call.arg(self.channel()).arg(message.unwrap_or_default());
        call
    }

    fn message(&self, hint: Hint) -> String {
        format!("{} {hint}", self.sender)
    }

    async fn answer<T: FromRedisValue>(
        &self,
        operation: &'static str,
        call: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let connection = self.connection().clone();
        let mut connection = connection.ok_or(StoreError::NotOpen { operation })?;
        call.invoke_async(&mut connection).await.map_err(|error| fault(operation, error))
    }

    async fn page(
        &self,
        operation: &'static str,
        range: Range,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let mut call = self.call(&self.scripts.page);
        // The server counts with signs; nobody has as many records.
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        call.arg(range.from).arg(range.to).arg(limit).arg(range.before_id);
        let found: Vec<(String, Vec<u8>)> = self.answer(operation, &call).await?;
        found.into_iter().map(|(id, value)| self.read(operation, id.into(), &value)).collect()
    }

    fn read(&self, operation: &'static str, id: JobId, value: &[u8]) -> Result<Record, StoreError> {
        let unreadable = format!("{} holds something that is no record for {id:?}", self.keys[0]);
        layout::record(id, value).ok_or_else(|| refused(operation, unreadable))
    }
}

#[async_trait]
impl JobStore for RedisStore {
    async fn open(&self) -> Result<(), StoreError> {
        let [jobs, run_times] = &self.keys;
        if jobs.is_empty() || run_times.is_empty() || jobs == run_times {
            let reason = "the two keys must differ, and neither may be empty";
            return Err(StoreError::Settings(reason.to_owned()));
        }
        let connected = self.source.connect(self.patience).await;
        let mut connection = connected.map_err(|error| fault("open", error))?;
        let wrong: Option<String> = self
            .call(&self.scripts.open)
            .invoke_async(&mut connection)
            .await
            .map_err(|error| fault("open", error))?;
        if let Some(wrong) = wrong {
            return Err(refused("open", wrong));
        }
        *self.connection() = Some(connection);
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        *self.connection() = None;
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let dues = records.iter().map(|record| record.due_at);
        let mut call = self.write(&self.scripts.insert, dues);
        for Record { id, lane, due_at, revision, body } in &records {
            call.arg(&**id).arg(layout::value(id, *revision, lane, *due_at, body)?);
        }
        self.answer("insert", &call).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let connection = self.connection().clone();
        let mut connection = connection.ok_or(StoreError::NotOpen { operation: "get" })?;
        let found = cmd("HGET").arg(&self.keys[0]).arg(&**id).query_async(&mut connection).await;
        let value: Option<Vec<u8>> = found.map_err(|error| fault("get", error))?;
        value.map(|value| self.read("get", id.clone(), &value)).transpose()
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.page("list", Range::ids(after), limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.page("due", Range::due(lane, now), limit).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let mut call = self.call(&self.scripts.next_due);
        for lane in lanes {
            call.arg(layout::lane_start(lane));
        }
        let firsts: Vec<Vec<u8>> = self.answer("next_due", &call).await?;
        let firsts = firsts.iter().filter_map(|bytes| bytes.first_chunk());
        Ok(firsts.map(|bytes| layout::moment(*bytes)).min())
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let lanes: Vec<String> = self.answer("lanes", &self.call(&self.scripts.lanes)).await?;
        Ok(lanes.into_iter().map(Arc::from).collect())
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let dues = changes.iter().map(|change| change.to.as_ref()?.due_at);
        let mut call = self.write(&self.scripts.swap, dues);
        for Change { id, revision, to } in &changes {
            let value = match to {
                // No record has the last revision there is: they begin with 2^62 at most.
                Some(new) => {
                    let revision = revision.saturating_add(1);
                    layout::value(id, revision, &new.lane, new.due_at, &new.body)?
                }
                None => Vec::new(),
            };
            call.arg(&**id).arg(&revision.to_be_bytes()).arg(value);
        }
        self.answer("swap", &call).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.answer("clear", &self.call(&self.scripts.clear)).await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        let messages = self.source.messages(&self.channel(), self.patience).await;
        let Some(messages) = messages.map_err(|error| fault("changes", error))? else {
            return Ok(None);
        };
        let own = self.sender.clone();
        let others = messages.filter_map(move |message| {
            let message = String::from_utf8_lossy(&message);
            let (sender, hint) = message.split_once(' ').unwrap_or((&message, ""));
            std::future::ready((sender != own).then(|| Hint::from(hint)))
        });
        Ok(Some(others.boxed()))
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let connection = self.connection().clone();
        let mut connection = connection.ok_or(StoreError::NotOpen { operation: "tell" })?;
        let mut publish = cmd("PUBLISH");
        publish.arg(self.channel()).arg(self.message(hint));
        let told: redis::RedisResult<i64> = publish.query_async(&mut connection).await;
        told.map(drop).map_err(|error| fault("tell", error))
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        let (seconds, micros): (i64, i64) =
            self.answer("now", &self.call(&self.scripts.now)).await?;
        Ok(Some(Timestamp::from_micros(seconds * 1_000_000 + micros)))
    }
}

/// Keys and address; nothing that is secret.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("RedisStore");
        if let Source::Client(client) = &self.source {
            text.field("server", &format_args!("{}", client.get_connection_info().addr()));
        }
        text.field("keys", &self.keys).finish_non_exhaustive()
    }
}
