//! The contract of an executor: take a run, without blocking, and see that it is run.

mod inline;
mod remote;
mod run;

use std::any::Any;
use std::fmt;

use async_trait::async_trait;

pub(crate) use inline::IN_LOOP;
pub use inline::InlineExecutor;
pub use remote::{CancelHandle, RemoteCall, RemoteRun};
pub use run::Run;
pub(crate) use run::{CURRENT_RUN, EndKind, Ended};

pub use crate::scheduler::RemoteTasks;
use crate::store::BoxError;

/// An executor could not be started.
#[derive(Debug, thiserror::Error)]
#[error("executor {alias:?} could not be started")]
pub struct ExecutorError {
    /// The alias that it was to have.
    pub alias: String,
    /// Why.
    #[source]
    pub source: BoxError,
}

/// Runs what it is given.
///
/// Limits, misfires, events, time-outs and panics are core's: an executor only chooses where and
/// when [`Run::execute`] or [`Run::execute_blocking`] is called.
#[async_trait]
pub trait Executor: Send + Sync + fmt::Debug {
    /// Makes ready to take runs. Called inside the tokio runtime of the scheduler, at its start,
    /// or when the executor is added to a running one; again after [`shutdown`](Self::shutdown).
    ///
    /// # Errors
    /// [`ExecutorError`] when threads, processes or the like cannot be had.
    fn start(&self, alias: &str) -> Result<(), ExecutorError> {
        let _ = alias;
        Ok(())
    }

    /// How many runs it takes at once, waiting ones included. The scheduler claims no more, so
    /// that another scheduler, or a later moment, can.
    fn capacity(&self) -> usize {
        usize::MAX
    }

    /// Takes a run. Called inside the scheduler's runtime, by its loop. Never blocks; a run that
    /// cannot be taken is [failed](Run::fail).
    fn submit(&self, run: Run);

    /// Takes all runs that were claimed together, in order; as [`submit`](Self::submit), which it
    /// calls for each unless the executor has a way that is cheaper for many.
    ///
    /// If it panics, it is called again with those that it has not taken.
    fn submit_all(&self, runs: &mut dyn Iterator<Item = Run>) {
        runs.for_each(|run| self.submit(run));
    }

    /// Gives back threads and the like. Does not wait for what is still running or queued, which
    /// goes on; the scheduler has waited before, if it was told to.
    async fn shutdown(&self) {}
}

/// What a panic said, as far as it said anything that can be shown.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
