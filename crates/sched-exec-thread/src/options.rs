//! The pool by name, with options in words.

use std::num::NonZeroUsize;

use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::ThreadPoolExecutor;

/// Makes the pool known to configurations by its name in the reference, `threadpool`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.executors.default.type", "threadpool"),
///     ("apscheduler.executors.default.max_workers", "20"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_exec_thread::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// assert_eq!(scheduler.executors(), ["default".into()]);
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.executor("threadpool", |options| Ok(ThreadPoolExecutor::from_options(options)?));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolOptions {
    max_workers: Option<NonZeroUsize>,
    queue: Option<usize>,
}

impl ThreadPoolExecutor {
    /// A pool from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `max_workers` | the number of threads, 1 or more | 10 |
    /// | `queue` | how many runs may [wait](Self::queue) in the pool | as many as threads |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let PoolOptions { max_workers, queue } = options.parse()?;
        let pool = match max_workers {
            Some(workers) => Self::with_workers(workers.get())?,
            None => Self::new(),
        };
        Ok(match queue {
            Some(runs) => pool.queue(runs),
            None => pool,
        })
    }
}
