//! The pool by name, with options in words.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use sched_core::Error;
use sched_core::config::{Options, Plugins, Seconds};
use serde::Deserialize;

use crate::ProcessPoolExecutor;

/// Makes the pool known to configurations by its name in the reference, `processpool`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.executors.default.type", "processpool"),
///     ("apscheduler.executors.default.max_workers", "5"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_exec_process::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// assert_eq!(scheduler.executors(), ["default".into()]);
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.executor("processpool", |options| Ok(ProcessPoolExecutor::from_options(options)?));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolOptions {
    max_workers: Option<NonZeroUsize>,
    worker_binary: Option<PathBuf>,
    memory_limit: Option<u64>,
    cpu_limit: Option<Seconds>,
    recycle_after: Option<NonZeroU64>,
    start_timeout: Option<Seconds>,
    courtesy: Option<Seconds>,
}

impl ProcessPoolExecutor {
    /// A pool from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `max_workers` | the number of processes, 1 or more | 10 |
    /// | `worker_binary` | a [program](Self::worker_binary) | this one |
    /// | `memory_limit` | [bytes](Self::memory_limit) for each worker | none |
    /// | `cpu_limit` | [seconds](Self::cpu_limit) for each run | none |
    /// | `recycle_after` | [runs](Self::recycle_after), 1 or more | never |
    /// | `start_timeout` | [seconds](Self::start_timeout) | 10 |
    /// | `courtesy` | [seconds](Self::courtesy) | 0.5 |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let said: PoolOptions = options.parse()?;
        let mut pool = match said.max_workers {
            Some(workers) => Self::with_workers(workers.get())?,
            None => Self::new(),
        };
        if let Some(program) = said.worker_binary {
            pool = pool.worker_binary(program);
        }
        if let Some(bytes) = said.memory_limit {
            pool = pool.memory_limit(bytes);
        }
        if let Some(Seconds(span)) = said.cpu_limit {
            pool = pool.cpu_limit(span);
        }
        if let Some(runs) = said.recycle_after {
            pool = pool.recycle_after(runs);
        }
        if let Some(Seconds(span)) = said.start_timeout {
            pool = pool.start_timeout(span);
        }
        if let Some(Seconds(span)) = said.courtesy {
            pool = pool.courtesy(span);
        }
        Ok(pool)
    }
}
