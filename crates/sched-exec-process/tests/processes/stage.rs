//! A scheduler with a process pool, and what it tells of runs.

use std::error::Error as _;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Invocation, RunError};
use sched_core::{Event, EventKind, EventMask, Scheduler, SchedulerBuilder, Zone};
use sched_exec_process::{ProcessPoolExecutor, WorkerFault};
use serde_json::Value;

/// For what must happen, on a machine that has other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A pool whose workers are this test program.
pub(crate) fn pool(workers: usize) -> ProcessPoolExecutor {
    let pool = ProcessPoolExecutor::with_workers(workers).expect("not zero");
    pool.args(["--exact", "worker", "--nocapture"]).start_timeout(PATIENCE)
}

/// Derefs to the [`Scheduler`].
pub(crate) struct Stage {
    scheduler: Scheduler,
    events: EventStream,
}

impl Stage {
    /// A started scheduler.
    pub(crate) async fn start(pool: ProcessPoolExecutor) -> Self {
        Self::start_with(pool, |builder| builder).await
    }

    pub(crate) async fn start_with(
        pool: ProcessPoolExecutor,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Self {
        let builder = Scheduler::builder().timezone(Zone::UTC).executor("default", pool);
        let scheduler = describe(builder).build().expect("it makes sense");
        let told = EventMask::JOB_STARTED
            | EventMask::JOB_PROGRESS
            | EventMask::JOB_EXECUTED
            | EventMask::JOB_ERROR
            | EventMask::JOB_MISSED;
        let events = scheduler.events(told);
        scheduler.start().await.expect("it starts");
        Stage { scheduler, events }
    }

    /// Adds a job that runs once, now.
    pub(crate) async fn run(&self, id: &str, task: Invocation) {
        self.add(task).id(id).await.expect("the job is added");
    }

    /// The next event of a kind in `mask`; those before it go.
    pub(crate) async fn next(&mut self, mask: EventMask) -> Arc<Event> {
        let heard = async {
            loop {
                match self.events.next().await {
                    Some(StreamItem::Event(event)) if mask.contains(event.code()) => return event,
                    Some(StreamItem::Event(_)) => {}
                    other => panic!("events were lost: {other:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("it is told in time")
    }

    /// How the next run to end ended, and which job's it was.
    pub(crate) async fn next_end(&mut self) -> (String, Result<Value, RunError>) {
        let end = self.next(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR).await;
        let job = end.job_id().expect("the end of a job's run").to_string();
        match &end.kind {
            EventKind::JobExecuted { retval, .. } => (job, Ok(retval.clone())),
            EventKind::JobError { error, .. } => (job, Err(error.clone())),
            other => panic!("not an end: {other:?}"),
        }
    }

    /// Runs a task to its end.
    pub(crate) async fn outcome(&mut self, task: Invocation) -> Result<Value, RunError> {
        self.run("job", task).await;
        let (job, end) = self.next_end().await;
        assert_eq!(job, "job");
        end
    }

    /// Runs a task that must succeed.
    pub(crate) async fn value(&mut self, task: Invocation) -> Value {
        self.outcome(task).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs a task that must not.
    pub(crate) async fn error(&mut self, task: Invocation) -> RunError {
        self.outcome(task).await.expect_err("it must end in an error")
    }
}

impl Deref for Stage {
    type Target = Scheduler;

    fn deref(&self) -> &Scheduler {
        &self.scheduler
    }
}

/// What the pool says went wrong with the worker of a run.
pub(crate) fn fault(error: &RunError) -> &WorkerFault {
    let source = error.source().expect("a run's error has a source");
    source.downcast_ref().unwrap_or_else(|| panic!("not a worker's fault: {error}"))
}
