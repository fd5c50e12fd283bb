//! Runs whose task is called in another process: what goes there, and how it is carried out.
//!
//! The near end, the scheduler's process, keeps the run: misfires, time-outs, events and the
//! outcome. The far end has the task, a [`Context`] with the run's facts, and no scheduler. What
//! lies between, such as a pipe, is an executor's affair.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::unbounded_channel;
use tracing::Instrument;

use crate::executor::run::Run;
use crate::job::{Fire, Fires, JobId, RunId};
use crate::task::{Args, CancelReason, Context, RunError, RunErrorKind, RunShared, Task};
use crate::time::Timestamp;

/// One call of a task, as another process must know it. Serde writes it in any format.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoteCall {
    pub(crate) task: Arc<str>,
    pub(crate) args: Args,
    pub(crate) job_id: JobId,
    pub(crate) job_name: Arc<str>,
    pub(crate) store: Arc<str>,
    pub(crate) executor: Arc<str>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) run: RunId,
    pub(crate) scheduled: Timestamp,
    pub(crate) attempt: u32,
    pub(crate) token: u64,
}

impl RemoteCall {
    /// The name that the task is registered under.
    pub fn task_name(&self) -> &str {
        &self.task
    }

    /// The job's id.
    pub fn job_id(&self) -> &JobId {
        &self.job_id
    }

    /// The run's id.
    pub fn run_id(&self) -> RunId {
        self.run
    }
}

impl Run {
    /// Runs it, with `carry` in place of the task: for executors that have the task called in
    /// another process. `carry` is called once for each fire, one after the other.
    ///
    /// All that [`execute`](Self::execute) does around a task is done around `carry`: it is not
    /// called for a fire that is missed, and events are told. When the time is up or the run is
    /// cancelled, the given context [says so](Context::cancelled); `carry` is not dropped, and is
    /// to come back soon. What it answers then no longer counts, unless it is a success that a
    /// cancelled run had all the same.
    ///
    /// A job with a closure ends in an error: there is nothing of it that could be sent.
    pub async fn execute_with<C, F>(mut self, mut carry: C)
    where
        C: FnMut(Context, RemoteCall) -> F + Send,
        F: Future<Output = Result<Value, RunError>> + Send,
    {
        while let Some(fire) = self.current {
            let cx = Context::new(self.shared.clone(), self.run, fire);
            let Some(started) = self.begin(&cx, fire) else { continue };
            let result = match self.remote_call(fire) {
                Ok(call) => {
                    let watch = self.watch(&Handle::current());
                    let end = carry(cx.clone(), call).instrument(self.span.clone()).await;
                    drop(watch);
                    self.judge_end(end)
                }
                Err(error) => Err(error),
            };
            self.finish(&cx, fire, started, result);
        }
    }

    fn remote_call(&self, fire: Fire) -> Result<RemoteCall, RunError> {
        let RunShared { spec, slot, attempt, token, .. } = &*self.shared;
        if !spec.invocation.is_storable() {
            let reason = "a closure cannot be sent to another process: make it a #[task]";
            return Err(RunError::new(RunErrorKind::Executor, reason));
        }
        Ok(RemoteCall {
            task: spec.invocation.task().clone(),
            args: spec.invocation.args().clone(),
            job_id: spec.id.clone(),
            job_name: spec.name.clone(),
            store: slot.alias.clone(),
            executor: spec.executor.clone(),
            tags: spec.terms.tags.clone(),
            run: self.run,
            scheduled: fire.scheduled,
            attempt: *attempt,
            token: *token,
        })
    }
}

/// A call of another process's scheduler, about to be made here. Made by
/// [`RemoteTasks::prepare`](super::RemoteTasks::prepare).
pub struct RemoteRun {
    run: Run,
    fire: Fire,
}

impl RemoteRun {
    pub(crate) fn new(shared: Arc<RunShared>, task: Arc<Task>, scheduled: Timestamp) -> Self {
        let fire = Fire::exactly(scheduled);
        // Nobody listens: the end is told by whoever asked for the call.
        let (driver, _) = unbounded_channel();
        RemoteRun { run: Run::new(shared, task, Fires::one(fire), driver), fire }
    }

    /// The way to tell it to stop, from any thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { shared: self.run.shared.clone() }
    }

    /// Calls the task and sees it to its end: panics are errors, an async task that is told to
    /// stop is dropped, one that may block is called on a thread that tokio keeps for such.
    ///
    /// # Errors
    /// What the task failed with, or why it was stopped.
    pub async fn execute(mut self) -> Result<Value, RunError> {
        let cx = Context::new(self.run.shared.clone(), self.run.run, self.fire);
        self.run.span = self.run.span_of(self.fire);
        let result = self.run.call(&cx).await;
        self.run.current = None;
        let reported = self.run.shared.take_result();
        result.map(|returned| reported.unwrap_or(returned))
    }
}

impl fmt::Debug for RemoteRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteRun({:?})", self.run)
    }
}

/// The way to tell a [`RemoteRun`] to stop. Cheap to clone; without effect after the end.
#[derive(Clone)]
pub struct CancelHandle {
    shared: Arc<RunShared>,
}

impl CancelHandle {
    /// Tells the task to stop; the first reason stands. Whether this was the first.
    pub fn cancel(&self, reason: CancelReason) -> bool {
        self.shared.cancel(reason)
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelHandle({})", self.shared.run)
    }
}
