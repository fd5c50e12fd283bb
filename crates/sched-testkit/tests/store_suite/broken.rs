//! A store with one defect, and its server.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sched_core::store::{Change, Claimed, Hint, Planner, Record, StoreError};
use sched_core::{JobId, JobStore, SystemClock, Timestamp};
use sched_testkit::EncodedStore;
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};

use crate::defect::Defect;

/// The largest body of a sound store here.
pub(crate) const LIMIT: usize = 3 << 19;

/// Makes stores with a defect, and is the server that they need.
#[derive(Debug)]
pub(crate) struct Broken {
    defect: Defect,
    server: Arc<Server>,
}

/// What lasts while stores come and go.
#[derive(Debug, Default)]
pub(crate) struct Server {
    away: AtomicBool,
    /// How often it was killed.
    kills: AtomicU64,
    namespaces: Mutex<HashMap<String, Arc<Namespace>>>,
}

/// The records of a namespace, and what some defects note about them.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) records: EncodedStore,
    /// Held by a write, from before it waits until it is done.
    pub(crate) locked: AtomicBool,
    pub(crate) at_once: AtomicUsize,
    pub(crate) notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) deleted: HashSet<JobId>,
    pub(crate) due_times: Vec<(Arc<str>, Timestamp)>,
    pub(crate) offsets: HashMap<JobId, usize>,
    pub(crate) half_written: HashMap<JobId, Record>,
}

/// One store object.
#[derive(Debug)]
pub(crate) struct BrokenStore {
    pub(crate) defect: Defect,
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
    pub(crate) here: Arc<Namespace>,
    closed: AtomicBool,
    /// Whether it was ever closed.
    spent: AtomicBool,
    /// How often the server had been killed when this was opened.
    opened_at: AtomicU64,
    pub(crate) cache: Mutex<HashMap<JobId, Option<Record>>>,
}

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        Broken { defect, server: Arc::default() }
    }
}

impl Server {
    fn namespace(&self, name: &str) -> Arc<Namespace> {
        let mut namespaces = self.namespaces.lock().expect("nobody panics with it");
        let namespace = namespaces.entry(name.to_owned()).or_insert_with(|| {
            let clock = Arc::new(SystemClock::new());
            Arc::new(Namespace {
                records: EncodedStore::new().with_hints().with_clock(clock),
                locked: AtomicBool::default(),
                at_once: AtomicUsize::default(),
                notes: Mutex::default(),
            })
        });
        namespace.clone()
    }

    /// The namespaces that begin with this.
    pub(crate) fn by_prefix(&self, prefix: &str) -> Vec<Arc<Namespace>> {
        let namespaces = self.namespaces.lock().expect("nobody panics with it");
        let found = namespaces.iter().filter(|(name, _)| name.starts_with(prefix));
        found.map(|(_, namespace)| namespace.clone()).collect()
    }
}

#[async_trait]
impl StoreHarness for Broken {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        let name = if self.is(Defect::OneNamespace) { &namespace[..16] } else { namespace };
        Arc::new(BrokenStore {
            defect: self.defect,
            server: self.server.clone(),
            name: name.to_owned(),
            here: self.server.namespace(name),
            closed: AtomicBool::new(true),
            spent: AtomicBool::default(),
            opened_at: AtomicU64::default(),
            cache: Mutex::default(),
        })
    }

    fn features(&self) -> Features {
        Features {
            hints: !self.is(Defect::UndeclaredHints),
            tells: true,
            own_clock: !self.is(Defect::UndeclaredClock),
            largest_body: (!self.is(Defect::UndeclaredLimit)).then_some(LIMIT),
            many: 50_000,
            ..Features::default()
        }
    }
}

#[async_trait]
impl RestartHarness for Broken {
    async fn kill(&self) {
        self.server.away.store(true, Ordering::SeqCst);
        self.server.kills.fetch_add(1, Ordering::SeqCst);
        if self.is(Defect::KillForgets) {
            for namespace in self.server.by_prefix("") {
                namespace.records.clear().await.expect("memory does not fail");
            }
        }
    }

    async fn start(&self) {
        self.server.away.store(false, Ordering::SeqCst);
    }
}

impl Broken {
    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }
}

impl BrokenStore {
    pub(crate) fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    pub(crate) fn records(&self) -> &EncodedStore {
        &self.here.records
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.here.notes.lock().expect("nobody panics with it")
    }

    pub(crate) async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.records().list(None, usize::MAX).await
    }

    pub(crate) fn refused(operation: &'static str) -> StoreError {
        StoreError::Refused { operation, source: "by its defect".into() }
    }

    /// What every call does first: it waits for the server, as a call of any real store does.
    async fn call(&self, operation: &'static str) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        if self.closed.load(Ordering::SeqCst) {
            return Err(StoreError::NotOpen { operation });
        }
        self.reach(operation).await
    }

    async fn reach(&self, operation: &'static str) -> Result<(), StoreError> {
        let unavailable =
            || StoreError::Unavailable { operation, source: "connection refused".into() };
        let killed = self.server.kills.load(Ordering::SeqCst);
        if self.is(Defect::StaysAway) && killed != self.opened_at.load(Ordering::SeqCst) {
            return Err(unavailable());
        }
        if !self.server.away.load(Ordering::SeqCst) {
            return Ok(());
        }
        match self.defect {
            Defect::HangsWhileAway => std::future::pending().await,
            Defect::RefusesWhileAway => Err(Self::refused(operation)),
            Defect::AnswersWhileAway => Ok(()),
            _ => Err(unavailable()),
        }
    }

    /// As [`call`](Self::call), for a call that writes.
    async fn write<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.call(operation).await?;
        if self.is(Defect::KeepsLocks) {
            if self.here.locked.swap(true, Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
        }
        let answer = work.await;
        self.here.locked.store(false, Ordering::SeqCst);
        answer
    }
}

#[async_trait]
impl JobStore for BrokenStore {
    async fn open(&self) -> Result<(), StoreError> {
        let at_once = self.here.at_once.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.here.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.is(Defect::OpensAlone) && at_once > 0 {
            return Err(Self::refused("open"));
        }
        if self.is(Defect::ClosesForGood) && self.spent.load(Ordering::SeqCst) {
            return Err(Self::refused("open"));
        }
        if self.is(Defect::OpenForgets) {
            self.records().clear().await?;
        }
        self.opened_at.store(self.server.kills.load(Ordering::SeqCst), Ordering::SeqCst);
        self.reach("open").await?;
        self.closed.store(false, Ordering::SeqCst);
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.closed.store(true, Ordering::SeqCst);
        if self.is(Defect::CloseForgets) {
            self.records().clear().await?;
        }
        self.spent.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.write("insert", self.broken_insert(records)).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        self.call("get").await?;
        self.broken_get(id).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.call("list").await?;
        self.broken_list(after, limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.call("due").await?;
        self.broken_due(lane, now, limit).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        self.call("next_due").await?;
        self.broken_next_due(lanes).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.call("lanes").await?;
        self.broken_lanes().await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        self.write("swap", self.broken_swap(changes)).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.write("clear", self.broken_clear()).await?;
        if self.is(Defect::ClearCloses) {
            self.closed.store(true, Ordering::SeqCst);
        }
        Ok(())
    }

    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        self.broken_claim(lane, now, limit, plan).await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.call("changes").await?;
        let server = self.server.clone();
        let killed = server.kills.load(Ordering::SeqCst);
        Ok(match self.defect {
            Defect::SilentHints => Some(stream::pending().boxed()),
            Defect::InsertHintsOnly => {
                let (here, known) = (self.here.clone(), self.all().await?.len());
                let hints = self.records().changes().await?.expect("it has hints");
                let inserted = move |hint| {
                    let here = here.clone();
                    async move {
                        let all = here.records.list(None, usize::MAX).await;
                        (all.expect("memory does not fail").len() > known).then_some(hint)
                    }
                };
                Some(hints.filter_map(inserted).boxed())
            }
            Defect::HintsStayAway => {
                let hints = self.records().changes().await?.expect("it has hints");
                let alive = move |_: &Hint| {
                    std::future::ready(server.kills.load(Ordering::SeqCst) == killed)
                };
                Some(hints.filter(alive).boxed())
            }
            Defect::LateHints => {
                let hints = self.records().changes().await?.expect("it has hints");
                let late = |hint| match hint {
                    Hint::Due(at) => Hint::Due(at + Duration::from_secs(3_600)),
                    hint => hint,
                };
                Some(hints.map(late).boxed())
            }
            _ => self.records().changes().await?,
        })
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.call("tell").await?;
        match self.defect {
            Defect::KeepsToItself => Ok(()),
            Defect::RetellsAnything => self.records().tell(Hint::Anything).await,
            _ => self.records().tell(hint).await,
        }
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call("now").await?;
        let now = self.records().now().await?;
        Ok(match self.defect {
            Defect::ClockInMilliseconds => {
                now.map(|now| Timestamp::from_micros(now.as_micros() / 1_000))
            }
            _ => now,
        })
    }
}
