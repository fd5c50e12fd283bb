//! The executor by name, with options in words.

use std::num::NonZeroUsize;

use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::TokioExecutor;

/// Makes the executor known to configurations as `tokio` and, by its counterpart in the
/// reference, as `asyncio`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.executors.default.type", "asyncio"),
///     ("apscheduler.executors.downloads.type", "tokio"),
///     ("apscheduler.executors.downloads.max_workers", "4"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_exec_tokio::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// assert_eq!(scheduler.executors(), ["default".into(), "downloads".into()]);
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    for name in ["tokio", "asyncio"] {
        plugins.executor(name, |options| Ok(TokioExecutor::from_options(options)?));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokioOptions {
    max_workers: Option<NonZeroUsize>,
}

impl TokioExecutor {
    /// An executor from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `max_workers` | the [limit](Self::limit), 1 or more | none |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let TokioOptions { max_workers } = options.parse()?;
        match max_workers {
            Some(limit) => Self::new().limit(limit.get()),
            None => Ok(Self::new()),
        }
    }
}
