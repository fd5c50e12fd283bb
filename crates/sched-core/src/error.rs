//! What can go wrong when a scheduler is asked for something.

use std::sync::Arc;

use crate::executor::ExecutorError;
use crate::job::JobId;
use crate::store::{BoxError, CodecError, StoreError};
use crate::task::{ArgsError, RegistryError};
use crate::trigger::TriggerError;
use crate::zone::UnknownZone;

/// What can go wrong when a scheduler is asked for something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It has been started and has not been shut down.
    #[error("the scheduler is already running")]
    AlreadyRunning,
    /// It has not been started.
    #[error("the scheduler is not running")]
    NotRunning,
    /// This process only carries out tasks.
    #[error("the scheduler is in another process: this one only carries out tasks for it")]
    Elsewhere,
    /// There is no tokio runtime here to start in.
    #[error("there is no tokio runtime: start inside one, or use sched_core::blocking")]
    NoRuntime,
    /// The operating system gives no thread.
    #[error("no thread for the scheduler: {source}")]
    NoThread {
        /// Why.
        source: std::io::Error,
    },
    /// It has no executor at all.
    #[error("the scheduler has no executor: give its builder one, such as sched-exec-tokio's")]
    NoExecutor,
    /// No job of this id is where it was looked for.
    #[error("no job with the id {id:?}")]
    JobLookup {
        /// The id.
        id: JobId,
    },
    /// The store has a job of this id.
    #[error("job store {store:?} already has a job with the id {id:?}")]
    ConflictingId {
        /// The id.
        id: JobId,
        /// The store's alias.
        store: Arc<str>,
    },
    /// No job store of this alias.
    #[error("no job store with the alias {alias:?}")]
    UnknownStore {
        /// The alias.
        alias: Arc<str>,
    },
    /// No executor of this alias.
    #[error("no executor with the alias {alias:?}")]
    UnknownExecutor {
        /// The alias.
        alias: Arc<str>,
    },
    /// The alias is taken.
    #[error("there already is {what} with the alias {alias:?}")]
    DuplicateAlias {
        /// `an executor` or `a job store`.
        what: &'static str,
        /// The alias.
        alias: Arc<str>,
    },
    /// A job's option makes no sense.
    #[error("job: {field}: {reason}")]
    InvalidJob {
        /// The option's name.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A job's trigger was refused.
    #[error("trigger: {0}")]
    Trigger(#[from] TriggerError),
    /// A job's trigger would never fire.
    #[error("trigger {trigger} has no fire left: the job would never run")]
    NoFireLeft {
        /// The trigger's text form.
        trigger: String,
    },
    /// No task of this name is registered in this process.
    #[error("no task is registered under the name {name:?}")]
    UnknownTask {
        /// The name.
        name: Arc<str>,
    },
    /// The arguments do not fit the task.
    #[error("arguments of task {task:?}: {source}")]
    Args {
        /// The task's name.
        task: Arc<str>,
        /// What does not fit.
        source: ArgsError,
    },
    /// A closure was to be put in a store that outlives the process.
    #[error(
        "job store {store:?} outlives this process and cannot hold a closure: make it a #[task], \
         or use the memory store"
    )]
    NotStorable {
        /// The store's alias.
        store: Arc<str>,
    },
    /// A job's record cannot be read.
    #[error("job {id:?} in job store {store:?} cannot be read: {source}")]
    Undecodable {
        /// The id.
        id: JobId,
        /// The store's alias.
        store: Arc<str>,
        /// Why.
        source: CodecError,
    },
    /// A job has left one store and has not arrived in the other.
    #[error(
        "job {id:?} is on its way out of or into job store {store:?}: if nothing moves it any more, \
         move it again"
    )]
    Moving {
        /// The id.
        id: JobId,
        /// The alias of the store that has one end of the move.
        store: Arc<str>,
    },
    /// A job calls a closure, which nobody outside of this process knows.
    #[error(
        "job {id:?} in job store {store:?} calls a closure and cannot be exported: make it a #[task]"
    )]
    NotExportable {
        /// The id.
        id: JobId,
        /// The store's alias.
        store: Arc<str>,
    },
    /// A job store failed.
    #[error("job store {alias:?}: {source}")]
    Store {
        /// The store's alias.
        alias: Arc<str>,
        /// What happened.
        source: StoreError,
    },
    /// An executor failed to start.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// Two tasks have one name.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A job that `#[scheduled]` describes was refused.
    #[error("scheduled task {task:?}: {source}")]
    Scheduled {
        /// The task's name.
        task: Arc<str>,
        /// Why.
        source: Box<Error>,
    },
    /// A time zone is not known.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A configuration makes no sense.
    #[error("configuration: {key}: {reason}")]
    Config {
        /// The full key, such as `executors.default.max_workers`.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An executor or a job store could not be made of its options.
    #[error("configuration: {key}: {source}")]
    Plugin {
        /// The full key, such as `jobstores.default`.
        key: String,
        /// What its plugin said.
        source: BoxError,
    },
    /// A blocking call was made on the one thread that has to carry it out.
    #[error(
        "a blocking call on the thread of the scheduler's single-threaded runtime would wait for \
         itself: use the async form"
    )]
    WouldBlock,
}

impl Error {
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Error::InvalidJob { field, reason: reason.into() }
    }

    pub(crate) fn store(alias: &Arc<str>) -> impl FnOnce(StoreError) -> Error {
        let alias = alias.clone();
        move |source| Error::Store { alias, source }
    }
}
