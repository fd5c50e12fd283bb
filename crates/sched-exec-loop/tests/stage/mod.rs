//! A scheduler for one test, and how its runs end.

use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{IntoInvocation, RunError};
use sched_core::{EventKind, EventMask, Scheduler, Zone};
use sched_exec_loop::LoopExecutor;
use serde_json::Value;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stage {
    pub(crate) scheduler: Scheduler,
    ends: EventStream,
}

impl Stage {
    /// A scheduler that has been started, with this executor.
    pub(crate) async fn start(executor: LoopExecutor) -> Self {
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let scheduler = builder.executor("default", executor).build().expect("it makes sense");
        let ends = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
        scheduler.start().await.expect("it starts");
        Stage { scheduler, ends }
    }

    /// Adds a job that runs once, now.
    pub(crate) async fn add<M>(&self, id: &str, task: impl IntoInvocation<M>) {
        self.scheduler.add(task).id(id).await.expect("the job is added");
    }

    /// The end of the next run that ends: which job, and how.
    pub(crate) async fn end(&mut self) -> (String, Result<Value, RunError>) {
        let end = in_time(self.ends.next()).await;
        let Some(StreamItem::Event(event)) = end else { panic!("events were lost: {end:?}") };
        match &event.kind {
            EventKind::JobExecuted { run, retval, .. } => {
                (run.job_id.to_string(), Ok(retval.clone()))
            }
            EventKind::JobError { run, error, .. } => (run.job_id.to_string(), Err(error.clone())),
            other => panic!("not an end: {other:?}"),
        }
    }
}

/// Waits for something that must happen.
pub(crate) async fn in_time<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wanted).await.expect("it happens in time")
}
