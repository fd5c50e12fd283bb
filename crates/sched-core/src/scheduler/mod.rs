//! The scheduler: one cheap handle, behind it the stores, the executors and their drivers.

mod add;
mod appetite;
mod builder;
mod change;
mod claim;
mod explain;
mod export;
mod fence;
mod find;
mod home;
mod import;
mod inserts;
mod look;
mod members;
mod mover;
mod moving;
mod observe;
mod outage;
mod prepare;
mod print;
mod remote;
mod run;
mod runs;
mod settle;
mod shutdown;
mod signals;
mod slot;
mod start;
mod store_clock;
mod stored;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

pub use builder::SchedulerBuilder;

pub use explain::{Explanation, WaitsFor};
pub use moving::Moved;
pub use prepare::PreparedJob;
pub use remote::RemoteTasks;
pub use runs::RunStatus;
pub use shutdown::Shutdown;
pub(crate) use slot::{ExecutorSlot, StoreSlot};

use crate::clock::Clock;
use crate::error::Error;
use crate::event::EventBus;
use crate::job::{Conflict, JobDefaults, JobSpec, RunId};
use crate::store::Codec;
use crate::task::{Shared, TaskRegistry};
use crate::time::Timestamp;
use crate::trigger::{Defaults, TriggerRegistry};
use crate::zone::Zone;

/// Where a scheduler stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchedulerState {
    /// Not started, or shut down.
    Stopped,
    /// Started, and starts runs.
    Running,
    /// Started, and starts no runs.
    Paused,
    /// On its way to stopped: starts no runs, waits for those that go on.
    Stopping,
}

/// Runs jobs when they are due.
///
/// A cheap clone, usable from any thread, from any task and from inside a job. Stores, executors
/// and settings come from its [builder](Scheduler::builder).
#[derive(Clone)]
pub struct Scheduler {
    inner: Arc<Inner>,
}

/// A number that a user tunes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// For people, to know which scheduler of many it is.
    pub(crate) name: Arc<str>,
    pub(crate) zone: Zone,
    pub(crate) job_defaults: JobDefaults,
    /// The longest wait before a store that failed is tried again.
    pub(crate) retry_interval: Duration,
    /// The longest time between two looks into a store that others may write to.
    pub(crate) poll_interval: Duration,
    pub(crate) lease: Duration,
    pub(crate) max_recoveries: u32,
    /// The longest wait for an answer of a store.
    pub(crate) store_timeout: Duration,
    /// What is written to stores that outlive the process.
    pub(crate) codec: Codec,
}

/// A job that was added before the scheduler was started.
pub(crate) struct Pending {
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) store: Arc<str>,
    pub(crate) conflict: Conflict,
    /// Said: the moment, or none for paused. Not said: the trigger's first after the start.
    pub(crate) next: Option<Option<Timestamp>>,
}

pub(crate) struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    events: EventBus,
    tasks: TaskRegistry,
    triggers: TriggerRegistry,
    state: Shared,
    /// Random: who owns the runs started here.
    id: u64,
    /// Whether this is no scheduler at all, but the far end of one in another process.
    elsewhere: bool,
    runs: AtomicU64,
    status: watch::Sender<SchedulerState>,
    pending: Mutex<Vec<Pending>>,
    /// In the order added.
    stores: RwLock<Arc<Vec<Arc<StoreSlot>>>>,
    executors: RwLock<Arc<BTreeMap<Arc<str>, Arc<ExecutorSlot>>>>,
    runtime: Mutex<Option<Handle>>,
    /// The task that watches the wall clock, from the start to the shutdown.
    clock_watch: Mutex<Option<AbortHandle>>,
    /// Held while stores and executors come and go; never while a run is waited for.
    lifecycle: tokio::sync::Mutex<()>,
    /// Runs inside which somebody waits for all others to end.
    waiting: Mutex<Vec<RunId>>,
    /// Told whenever a run has ended or has begun to wait.
    quieter: Notify,
}

impl Scheduler {
    /// A scheduler to be described.
    pub fn builder() -> SchedulerBuilder {
        SchedulerBuilder::new()
    }

    pub(crate) fn from_inner(inner: Arc<Inner>) -> Self {
        Scheduler { inner }
    }

    /// Where it stands.
    pub fn state(&self) -> SchedulerState {
        *self.inner.status.borrow()
    }

    /// Whether it has been started and not shut down, paused or not.
    pub fn is_running(&self) -> bool {
        matches!(self.state(), SchedulerState::Running | SchedulerState::Paused)
    }

    /// The time zone of triggers and dates that name none.
    pub fn timezone(&self) -> Zone {
        self.inner.settings.zone
    }

    /// The present moment by the scheduler's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn events(&self) -> &EventBus {
        &self.events
    }

    pub(crate) fn shared_state(&self) -> &Shared {
        &self.state
    }

    /// The runtime that the scheduler was started in.
    ///
    /// # Panics
    /// Before the first start: only runs ask, and nothing runs before.
    pub(crate) fn runtime(&self) -> Handle {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.clone().expect("runs exist only once the scheduler was started")
    }

    fn next_run(&self, fires: usize) -> RunId {
        let number = self.runs.fetch_add(fires as u64, Ordering::Relaxed);
        RunId { scheduler: self.id, number }
    }

    /// What triggers take for what they leave open, in the first store that `allows` and has a
    /// clock.
    fn defaults(&self, allows: impl Fn(&str) -> bool) -> Defaults {
        let stores = self.stores();
        let found = stores.iter().find(|slot| allows(&slot.alias) && slot.clock.is_known());
        let now = found.map_or_else(|| self.clock.now(), |slot| slot.now(&*self.clock));
        Defaults { zone: self.settings.zone, now }
    }

    fn pending(&self) -> MutexGuard<'_, Vec<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stores(&self) -> Arc<Vec<Arc<StoreSlot>>> {
        self.stores.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store(&self, alias: &str) -> Option<Arc<StoreSlot>> {
        self.stores().iter().find(|slot| &*slot.alias == alias).cloned()
    }

    fn set_stores(&self, change: impl FnOnce(&mut Vec<Arc<StoreSlot>>)) {
        let mut stores = self.stores.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = (**stores).clone();
        change(&mut changed);
        *stores = Arc::new(changed);
    }

    fn executors(&self) -> Arc<BTreeMap<Arc<str>, Arc<ExecutorSlot>>> {
        self.executors.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_executors(&self, change: impl FnOnce(&mut BTreeMap<Arc<str>, Arc<ExecutorSlot>>)) {
        let mut executors = self.executors.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = (**executors).clone();
        change(&mut changed);
        *executors = Arc::new(changed);
    }

    /// An error where there is no scheduler to ask.
    fn here(&self) -> Result<(), Error> {
        if self.elsewhere { Err(Error::Elsewhere) } else { Ok(()) }
    }

    /// Whether jobs are in their stores: from the start until everything has been shut down.
    fn is_open(&self) -> bool {
        *self.status.borrow() != SchedulerState::Stopped
    }
}
