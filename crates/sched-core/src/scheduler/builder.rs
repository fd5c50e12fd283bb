//! Describing a scheduler.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::event::EventBus;
use crate::executor::Executor;
use crate::job::JobDefaults;
use crate::scheduler::slot::{ExecutorSlot, StoreSlot};
use crate::scheduler::{Inner, Scheduler, SchedulerState, Settings};
use crate::store::{Codec, JobStore, MemoryStore};
use crate::task::{Shared, Task, TaskRegistry};
use crate::trigger::TriggerRegistry;
use crate::zone::Zone;

/// Describes a scheduler.
///
/// ```
/// use sched_core::{InlineExecutor, MemoryStore, Scheduler};
///
/// # fn main() -> Result<(), sched_core::Error> {
/// let scheduler = Scheduler::builder()
///     .executor("default", InlineExecutor::new())
///     .jobstore("default", MemoryStore::new())
///     .timezone("Europe/Berlin".parse()?)
///     .build()?;
/// # let _ = scheduler;
/// # Ok(())
/// # }
/// ```
pub struct SchedulerBuilder {
    name: Option<Arc<str>>,
    zone: Option<Zone>,
    job_defaults: JobDefaults,
    retry_interval: Duration,
    poll_interval: Duration,
    lease: Duration,
    max_recoveries: u32,
    store_timeout: Duration,
    codec: Codec,
    clock: Arc<dyn Clock>,
    executors: Vec<(Arc<str>, Arc<dyn Executor>)>,
    stores: Vec<(Arc<str>, Arc<dyn JobStore>)>,
    tasks: Vec<Task>,
    triggers: TriggerRegistry,
    state: Shared,
}

impl SchedulerBuilder {
    pub(super) fn new() -> Self {
        SchedulerBuilder {
            name: None,
            zone: None,
            job_defaults: JobDefaults::default(),
            retry_interval: Duration::from_secs(10),
            poll_interval: Duration::from_secs(5),
            lease: Duration::from_secs(6),
            max_recoveries: 3,
            store_timeout: Duration::from_secs(10),
            codec: Codec::default(),
            clock: Arc::new(SystemClock::new()),
            executors: Vec::new(),
            stores: Vec::new(),
            tasks: Vec::new(),
            triggers: TriggerRegistry::new(),
            state: Shared::default(),
        }
    }

    /// An executor under an alias; jobs that name none want `default`.
    pub fn executor(self, alias: impl Into<Arc<str>>, executor: impl Executor + 'static) -> Self {
        self.shared_executor(alias, Arc::new(executor))
    }

    /// As [`executor`](Self::executor), for one that is shared.
    pub fn shared_executor(
        mut self,
        alias: impl Into<Arc<str>>,
        executor: Arc<dyn Executor>,
    ) -> Self {
        self.executors.push((alias.into(), executor));
        self
    }

    /// A job store under an alias; jobs that name none go to `default`, which is a memory store
    /// unless said.
    pub fn jobstore(self, alias: impl Into<Arc<str>>, store: impl JobStore + 'static) -> Self {
        self.shared_jobstore(alias, Arc::new(store))
    }

    /// As [`jobstore`](Self::jobstore), for one that is shared.
    pub fn shared_jobstore(mut self, alias: impl Into<Arc<str>>, store: Arc<dyn JobStore>) -> Self {
        self.stores.push((alias.into(), store));
        self
    }

    /// What people call this scheduler, among others on the same store; the machine's name and the
    /// number of the process unless said.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The time zone of triggers and dates that name none; the machine's unless said.
    pub fn timezone(mut self, zone: Zone) -> Self {
        self.zone = Some(zone);
        self
    }

    /// What jobs take for what they leave open.
    pub fn job_defaults(mut self, defaults: JobDefaults) -> Self {
        self.job_defaults = defaults;
        self
    }

    /// The longest wait before a store that failed is tried again; 10 seconds unless said.
    pub fn jobstore_retry_interval(mut self, wait: Duration) -> Self {
        self.retry_interval = wait;
        self
    }

    /// The longest wait for an answer of a store before it counts as down; 10 seconds unless said.
    pub fn jobstore_timeout(mut self, wait: Duration) -> Self {
        self.store_timeout = wait;
        self
    }

    /// The longest time between two looks into a store that other processes may write to; 5
    /// seconds unless said. Where the store passes it on, one scheduler looks for all that share
    /// it, and each waits up to one and a half times as long for one that does.
    pub fn poll_interval(mut self, wait: Duration) -> Self {
        self.poll_interval = wait;
        self
    }

    /// How long a run may go without a sign of life of its scheduler before others take it to be
    /// dead; 6 seconds unless said. Renewed after a third of it. Without meaning on a volatile
    /// store.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How often a run is taken over from a scheduler that died, before it is given up as the
    /// likely cause; 3 times unless said.
    pub fn max_recoveries(mut self, times: u32) -> Self {
        self.max_recoveries = times;
        self
    }

    /// What jobs are written as, in stores that outlive the process.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// A task that does not carry `#[task]`; those that do are known.
    pub fn task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }

    /// The triggers that can be named and read back: the built-in ones and those registered with
    /// it.
    pub fn triggers(mut self, triggers: TriggerRegistry) -> Self {
        self.triggers = triggers;
        self
    }

    /// A value that tasks reach through their context by its type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.state.insert(value);
        self
    }

    /// The scheduler, not yet started.
    ///
    /// # Errors
    /// [`Error::DuplicateAlias`]; [`Error::Registry`]; [`Error::InvalidJob`] for job defaults that
    /// make no sense; [`Error::Config`] for a span of time that is zero; [`Error::Zone`] when the
    /// machine does not say which zone it is in.
    pub fn build(self) -> Result<Scheduler, Error> {
        self.job_defaults.check()?;
        let spans = [
            ("jobstore_retry_interval", self.retry_interval),
            ("jobstore_timeout", self.store_timeout),
            ("poll_interval", self.poll_interval),
            ("lease", self.lease),
        ];
        if let Some((key, _)) = spans.into_iter().find(|(_, span)| span.is_zero()) {
            return Err(Error::Config { key: key.to_owned(), reason: "it is zero".to_owned() });
        }
        let mut tasks = TaskRegistry::linked()?;
        for task in self.tasks {
            tasks.register(task)?;
        }
        let mut executors = BTreeMap::new();
        for (alias, executor) in self.executors {
            let slot = Arc::new(ExecutorSlot::new(alias.clone(), executor));
            if executors.insert(alias.clone(), slot).is_some() {
                return Err(Error::DuplicateAlias { what: "an executor", alias });
            }
        }
        let mut stores: Vec<Arc<StoreSlot>> = Vec::new();
        let named_default = self.stores.iter().any(|(alias, _)| &**alias == "default");
        let default = (!named_default).then(|| (Arc::from("default"), memory()));
        for (alias, store) in default.into_iter().chain(self.stores) {
            if stores.iter().any(|slot| slot.alias == alias) {
                return Err(Error::DuplicateAlias { what: "a job store", alias });
            }
            stores.push(Arc::new(StoreSlot::new(alias, store, self.codec)));
        }
        let settings = Settings {
            name: self.name.unwrap_or_else(host_and_process),
            zone: self.zone.map_or_else(Zone::local, Ok)?,
            job_defaults: self.job_defaults,
            retry_interval: self.retry_interval,
            poll_interval: self.poll_interval,
            lease: self.lease,
            max_recoveries: self.max_recoveries,
            store_timeout: self.store_timeout,
            codec: self.codec,
        };
        let inner = Inner {
            settings,
            events: EventBus::new(self.clock.clone()),
            clock: self.clock,
            tasks,
            triggers: self.triggers,
            state: self.state,
            id: uuid::Uuid::new_v4().as_u64_pair().0,
            elsewhere: false,
            runs: AtomicU64::new(0),
            status: watch::Sender::new(SchedulerState::Stopped),
            pending: Mutex::default(),
            stores: RwLock::new(Arc::new(stores)),
            executors: RwLock::new(Arc::new(executors)),
            runtime: Mutex::new(None),
            clock_watch: Mutex::new(None),
            lifecycle: tokio::sync::Mutex::new(()),
            waiting: Mutex::default(),
            quieter: Notify::new(),
        };
        Ok(Scheduler { inner: Arc::new(inner) })
    }
}

fn host_and_process() -> Arc<str> {
    let host = gethostname::gethostname();
    format!("{}:{}", host.to_string_lossy(), std::process::id()).into()
}

fn memory() -> Arc<dyn JobStore> {
    Arc::new(MemoryStore::new())
}

impl fmt::Debug for SchedulerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerBuilder").finish_non_exhaustive()
    }
}
