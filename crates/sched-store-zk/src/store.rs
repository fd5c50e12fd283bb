//! The verbs of a job store.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::store::{Change, Claimed, Hint, Planner, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use zookeeper_client::{Client, Connector};

use crate::call::{Call, Stored, WINDOW};
use crate::fault::fault;
use crate::hints::{self, OwnWrites};
use crate::listing::Listing;
use crate::place::Place;
use crate::session::{Session, Source};

/// The reference's.
pub(crate) const PATH: &str = "/apscheduler";
/// The reference's, or rather its client library's.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Keeps jobs in ZooKeeper.
///
/// - A record and its entry in the index change in one transaction, under the version of the
///   record's node. A batch goes out in transactions of many records, several at a time.
/// - What is due is found by the names of nodes; only records that are due are read.
/// - A lost session is replaced when it is next needed. While no server can be reached, every call
///   is [`StoreError::Unavailable`], after no longer than one and a half times the session's
///   time-out.
/// - All that it writes is below its path, which is nobody else's: a node that has children of
///   another origin is refused.
/// - Everybody who shares the path is told of changes by a watch.
/// - [`now`](JobStore::now) is the leader's clock, in whole milliseconds, by way of a write; core
///   asks when it opens the store.
/// - Any due time and any revision are kept exactly; bodies up to a million bytes.
///
/// How many jobs are sensible, and what the server must be told: see the
/// [crate's documentation](crate).
///
/// ```no_run
/// use sched_core::Scheduler;
/// use sched_store_zk::ZooKeeperStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = ZooKeeperStore::new("zk1.example.org:2181,zk2.example.org:2181")?;
/// let scheduler = Scheduler::builder().jobstore("default", store).build()?;
/// # Ok(())
/// # }
/// ```
pub struct ZooKeeperStore {
    session: Session,
    place: Place,
    own_writes: Arc<OwnWrites>,
    /// That of the last page, while there are more.
    listing: Mutex<Option<Listing>>,
}

impl ZooKeeperStore {
    /// A store on these servers: `host:port` of each, separated by commas, and the path of a node
    /// to take for the root, if any: `zk1:2181,zk2:2181/chroot`. `zookeeper://` may stand before
    /// them. Connects when it is opened.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when these are no hosts.
    pub fn new(hosts: impl Into<String>) -> Result<Self, StoreError> {
        let connector = Client::connector().with_session_timeout(TIMEOUT);
        Self::with_connector(hosts, connector)
    }

    /// A store whose sessions are made by this connector: with TLS or SASL, for instance, which
    /// the client library has behind features of its own. Time-outs and accounts are those of the
    /// connector.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when these are no hosts.
    pub fn with_connector(
        hosts: impl Into<String>,
        connector: Connector,
    ) -> Result<Self, StoreError> {
        let hosts: String = hosts.into();
        let hosts = hosts.strip_prefix("zookeeper://").unwrap_or(&hosts);
        // Hosts are shown and told; an account among them is not understood by the server anyway.
        if hosts.is_empty() || hosts.contains('@') {
            let reason = "hosts must be `host:port`, separated by commas, without an account";
            return Err(StoreError::Settings(reason.to_owned()));
        }
        // The scheduler has a back-off of its own: a call fails soon.
        let connector = connector.with_fail_eagerly();
        Ok(Self::over(Source::Hosts { hosts: hosts.to_owned(), connector }))
    }

    /// A store on somebody else's session. It is left as it is when the store is closed; when it
    /// expires the store is at its end, since nobody here can make another.
    pub fn with_client(client: Client) -> Self {
        Self::over(Source::Client(client))
    }

    fn over(source: Source) -> Self {
        ZooKeeperStore {
            session: Session::new(source),
            place: Place::new(PATH.to_owned()),
            own_writes: Arc::default(),
            listing: Mutex::default(),
        }
    }

    /// The node below which everything is kept; unless said, `/apscheduler`. It is made when the
    /// store is opened for the first time, with those above it.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.place.path = path.into();
        self
    }

    /// How long a session lives without word from the server; unless said, 10 seconds. A server
    /// that does not answer for two fifths of it is given up. Of no effect on a client that was
    /// given.
    pub fn session_timeout(mut self, timeout: Duration) -> Self {
        if let Some(connector) = self.session.connector() {
            *connector = connector.clone().with_session_timeout(timeout);
        }
        self
    }

    /// Who the store is: a scheme that the server knows and what it asks for, such as `digest` and
    /// `user:password`. Nodes are then made for this account only, those above the path too where
    /// they are missing. On a client that was given, which has accounts of its own, this is only
    /// about the nodes.
    pub fn auth(mut self, scheme: &str, credential: &str) -> Self {
        if let Some(connector) = self.session.connector() {
            *connector = connector.clone().with_auth(scheme, credential.as_bytes());
        }
        self.place.is_private = true;
        self
    }

    /// The store, unless its path is none.
    pub(crate) fn checked(self) -> Result<Self, &'static str> {
        self.place.fault().map_or(Ok(self), Err)
    }

    fn listing(&self) -> MutexGuard<'_, Option<Listing>> {
        // Nothing that holds it can panic.
        self.listing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, operation: &'static str) -> Result<Call<'_>, StoreError> {
        let call = self.call_of(operation, self.session.client(operation).await?);
        call.catch_up();
        Ok(call)
    }

    fn call_of(&self, operation: &'static str, client: Client) -> Call<'_> {
        Call { operation, client, place: &self.place, own_writes: &self.own_writes }
    }
}

impl Call<'_> {
    /// The records that are due, the earliest first.
    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let entries = self.due_entries(lane, now, limit).await?;
        // A record that moves while names are read may be met at both places.
        let mut met = HashSet::new();
        let ids = entries.into_iter().map(|entry| entry.id).filter(|id| met.insert(id.clone()));
        let ids = ids.collect();
        let stored = self.all_stored(ids).await?.into_iter().flatten();
        // Somebody may have been faster since the names were read.
        let is_due = |stored: &Stored| {
            *stored.record.lane == *lane && stored.record.due_at.is_some_and(|due| due <= now)
        };
        let mut due: Vec<Stored> = stored.filter(is_due).collect();
        due.sort_by_key(|stored| stored.record.due_at);
        Ok(due)
    }
}

#[async_trait]
impl JobStore for ZooKeeperStore {
    async fn open(&self) -> Result<(), StoreError> {
        if let Some(fault) = self.place.fault() {
            return Err(StoreError::Settings(format!("path: {fault}")));
        }
        let client = self.session.connect().await?;
        self.call_of("open", client.clone()).make_place().await?;
        self.session.opened(client).await;
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.session.close().await;
        *self.listing() = None;
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let call = self.call("insert").await?;
        let mut ids = HashSet::new();
        let first = |record: Record| ids.insert(record.id.clone()).then_some(record);
        let new = records.into_iter().map(first).collect();
        call.create(new).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let stored = self.call("get").await?.stored(id.clone()).await?;
        Ok(stored.map(|stored| stored.record))
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let call = self.call("list").await?;
        let known = self.listing().take();
        let (page, listing) = call.page(known, after, limit).await?;
        *self.listing() = listing;
        Ok(page)
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let due = self.call("due").await?.due(lane, now, limit).await?;
        Ok(due.into_iter().map(|stored| stored.record).collect())
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let call = &self.call("next_due").await?;
        let mut firsts = stream::iter(lanes.to_vec())
            .map(|lane| async move { call.first_due(&lane).await })
            .buffer_unordered(WINDOW);
        let mut earliest = None;
        while let Some(first) = firsts.try_next().await? {
            earliest = earliest.into_iter().chain(first).min();
        }
        Ok(earliest)
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let call = &self.call("lanes").await?;
        let lanes = stream::iter(call.lane_names().await?)
            .map(|lane| async move { Ok((call.first_due(&lane).await?, lane)) })
            .buffer_unordered(WINDOW);
        let used = |(first, lane): (Option<Timestamp>, String)| {
            std::future::ready(Ok(first.map(|_| Arc::from(lane))))
        };
        lanes.try_filter_map(used).try_collect().await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let call = self.call("swap").await?;
        let ids = changes.iter().map(|change| change.id.clone()).collect();
        let stored = call.all_stored(ids).await?;
        call.apply(changes, stored).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.call("clear").await?.clear().await
    }

    /// As the default, without reading twice what was read to plan on.
    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let call = self.call("claim").await?;
        let due = call.due(lane, now, limit).await?;
        let seen = due.len();
        let planned = due.into_iter().filter_map(|stored| Some((plan(&stored.record)?, stored)));
        let (changes, stored) = planned.map(|(change, stored)| (change, Some(stored))).unzip();
        Ok(Claimed { won: call.apply(changes, stored).await?, seen, failed: None })
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        let client = self.session.client("changes").await?;
        let hints = hints::hints(client, self.place.changes(), self.own_writes.clone()).await;
        hints.map(Some).map_err(|error| fault("changes", error))
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let client = self.session.client("tell").await?;
        let data = hints::data(Some(hint));
        let told = client.set_data(&self.place.changes(), data.as_bytes(), None).await;
        self.own_writes.note(told.map_err(|error| fault("tell", error))?.version);
        Ok(())
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        let client = self.session.client("now").await?;
        let written = client.set_data(&self.place.clock(), b"", None).await;
        let stat = written.map_err(|error| fault("now", error))?;
        Ok(Some(Timestamp::from_micros(stat.mtime.saturating_mul(1_000))))
    }
}

/// Servers and path; nothing that is secret.
impl fmt::Debug for ZooKeeperStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("ZooKeeperStore");
        if let Some(hosts) = self.session.hosts() {
            text.field("hosts", &hosts);
        }
        text.field("path", &self.place.path).finish_non_exhaustive()
    }
}
