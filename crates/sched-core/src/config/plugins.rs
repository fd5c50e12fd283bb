//! Executors and job stores by the names that a configuration calls them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::config::Options;
use crate::error::Error;
use crate::executor::{Executor, InlineExecutor};
use crate::store::{BoxError, JobStore, MemoryStore};

type ExecutorFactory = dyn Fn(&Options) -> Result<Arc<dyn Executor>, BoxError> + Send + Sync;
type StoreFactory = dyn Fn(&Options) -> Result<Arc<dyn JobStore>, BoxError> + Send + Sync;

/// Executors and job stores by the names that a configuration calls them.
///
/// There are the executor `debug` and the job store `memory` from the start. Crates of others
/// offer a function `register(&mut Plugins)`; types of one's own are registered the same way:
///
/// ```
/// use sched_core::config::{Config, Options, Plugins};
/// use sched_core::{Error, InlineExecutor};
/// use serde_json::json;
///
/// let mut plugins = Plugins::new();
/// plugins.executor("careful", |options| {
///     #[derive(serde::Deserialize)]
///     #[serde(deny_unknown_fields)]
///     struct Careful {
///         level: u32,
///     }
///     let Careful { level } = options.parse()?;
///     if level > 9 {
///         return Err(options.invalid("level", "there is nothing above 9").into());
///     }
///     Ok(InlineExecutor::new())
/// });
///
/// let config = Config::default().with("executors", json!({"default": {"type": "careful", "level": "3"}}))?;
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// assert_eq!(scheduler.executors().len(), 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Plugins {
    executors: BTreeMap<String, Arc<ExecutorFactory>>,
    stores: BTreeMap<String, Arc<StoreFactory>>,
}

impl Plugins {
    /// The built-in ones.
    pub fn new() -> Self {
        let mut plugins = Plugins { executors: BTreeMap::new(), stores: BTreeMap::new() };
        plugins.executor("debug", |options| {
            options.parse::<NoOptions>()?;
            Ok(InlineExecutor::new())
        });
        plugins.jobstore("memory", |options| {
            options.parse::<NoOptions>()?;
            Ok(MemoryStore::new())
        });
        plugins
    }

    /// Makes `factory` the way to an executor called `name`, in place of any other of that name.
    ///
    /// The factory reads its options with [`Options::parse`] and returns that error as it is; its
    /// own errors must not show secrets.
    pub fn executor<E: Executor + 'static>(
        &mut self,
        name: impl Into<String>,
        factory: impl Fn(&Options) -> Result<E, BoxError> + Send + Sync + 'static,
    ) -> &mut Self {
        let factory = move |options: &Options| Ok(Arc::new(factory(options)?) as Arc<dyn Executor>);
        self.executors.insert(name.into(), Arc::new(factory));
        self
    }

    /// Makes `factory` the way to a job store called `name`, in place of any other of that name.
    /// As [`executor`](Self::executor) otherwise.
    pub fn jobstore<S: JobStore + 'static>(
        &mut self,
        name: impl Into<String>,
        factory: impl Fn(&Options) -> Result<S, BoxError> + Send + Sync + 'static,
    ) -> &mut Self {
        let factory = move |options: &Options| Ok(Arc::new(factory(options)?) as Arc<dyn JobStore>);
        self.stores.insert(name.into(), Arc::new(factory));
        self
    }

    pub(super) fn make_executor(
        &self,
        name: &str,
        options: &Options,
    ) -> Result<Arc<dyn Executor>, Error> {
        let factory =
            self.executors.get(name).ok_or_else(|| unknown(options, name, &self.executors))?;
        factory(options).map_err(|error| refused(options, error))
    }

    pub(super) fn make_jobstore(
        &self,
        name: &str,
        options: &Options,
    ) -> Result<Arc<dyn JobStore>, Error> {
        let factory = self.stores.get(name).ok_or_else(|| unknown(options, name, &self.stores))?;
        factory(options).map_err(|error| refused(options, error))
    }
}

/// A plugin that has no options says so when it is given one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

fn unknown<F: ?Sized>(options: &Options, name: &str, known: &BTreeMap<String, Arc<F>>) -> Error {
    let known: Vec<&str> = known.keys().map(String::as_str).collect();
    let known = known.join(", ");
    options.invalid("type", format!("no plugin is registered as {name:?}; there are: {known}"))
}

fn refused(options: &Options, error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(source) => Error::Plugin { key: options.key().to_owned(), source },
    }
}

impl Default for Plugins {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugins")
            .field("executors", &self.executors.keys())
            .field("jobstores", &self.stores.keys())
            .finish()
    }
}
