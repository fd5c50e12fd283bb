//! A scheduler with the executor under test, and everything that it tells of its runs.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Invocation, RunError};
use sched_core::{Event, EventKind, EventMask, RunId, Scheduler, SchedulerBuilder, Zone};
use serde_json::Value;

use super::ExecutorHarness;

/// How long to wait for what is promised.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(Duration);

impl Patience {
    pub(super) fn of(harness: &ExecutorHarness) -> Self {
        Patience(harness.patience)
    }

    /// Waits for something that must happen.
    ///
    /// # Panics
    /// If it does not.
    pub(super) async fn wait<T>(self, for_what: &str, wanted: impl Future<Output = T>) -> T {
        let waited = tokio::time::timeout(self.0, wanted).await;
        waited.unwrap_or_else(|_| panic!("waited in vain for {for_what}"))
    }
}

/// A scheduler with the executor under test. Derefs to the [`Scheduler`].
pub(super) struct Stage {
    scheduler: Scheduler,
    /// What the executor takes at once, waiting runs included.
    pub(super) capacity: usize,
    pub(super) patience: Patience,
    events: EventStream,
    /// Everything heard so far, in order.
    told: Vec<Arc<Event>>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) run: RunId,
    pub(super) result: Result<Value, RunError>,
    /// Its place among all that was told.
    pub(super) place: usize,
}

impl End {
    /// The value of a run that must have succeeded.
    pub(super) fn value(self) -> Value {
        self.result.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error of a run that must not have.
    pub(super) fn error(self) -> RunError {
        self.result.expect_err("the run must end in an error")
    }
}

impl Stage {
    /// A scheduler that has been started, with an executor for so many tasks at once.
    pub(super) async fn start(harness: &ExecutorHarness, at_once: usize) -> Self {
        Self::start_with(harness, at_once, |builder| builder).await
    }

    pub(super) async fn start_with(
        harness: &ExecutorHarness,
        at_once: usize,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Self {
        let executor = (harness.make)(at_once);
        let capacity = executor.capacity();
        assert!(capacity >= at_once, "it takes {capacity} and is to run {at_once} at once");
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let builder = describe(builder.shared_executor("default", executor));
        let scheduler = builder.build().expect("a scheduler for the test");
        let runs = EventMask::JOB_SUBMITTED
            | EventMask::JOB_STARTED
            | EventMask::JOB_EXECUTED
            | EventMask::JOB_ERROR
            | EventMask::JOB_MISSED
            | EventMask::JOB_PROGRESS
            | EventMask::SCHEDULER_SHUTDOWN;
        let events = scheduler.events(runs);
        scheduler.start().await.expect("the scheduler starts");
        let patience = Patience::of(harness);
        Stage { scheduler, capacity, patience, events, told: Vec::new() }
    }

    /// The scheduler, apart from what it tells.
    pub(super) fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }

    /// Adds a job that runs once, now.
    pub(super) async fn run(&self, id: &str, task: Invocation) {
        self.scheduler.add(task).id(id).await.expect("the job is added");
    }

    /// What was told at this place.
    pub(super) fn told(&self, place: usize) -> &Event {
        &self.told[place]
    }

    /// The first event that is wanted, of all that were told; its place among them.
    pub(super) async fn hear(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> usize {
        self.hear_from(0, what, wanted).await
    }

    /// As [`hear`](Self::hear), of those from this place on.
    pub(super) async fn hear_from(
        &mut self,
        mut place: usize,
        what: &str,
        wanted: impl Fn(&Event) -> bool,
    ) -> usize {
        let heard = async {
            loop {
                while place >= self.told.len() {
                    match self.events.next().await {
                        Some(StreamItem::Event(event)) => self.told.push(event),
                        other => panic!("events were lost: {other:?}"),
                    }
                }
                if wanted(&self.told[place]) {
                    return place;
                }
                place += 1;
            }
        };
        self.patience.wait(what, heard).await
    }

    /// Waits for a job's run to end.
    pub(super) async fn end_of(&mut self, id: &str) -> End {
        let is_end = |event: &Event| is_end(event) && event.job_id().is_some_and(|of| **of == *id);
        let place = self.hear(&format!("the end of {id:?}"), is_end).await;
        self.end_at(place)
    }

    /// Waits for `count` runs to have ended.
    pub(super) async fn ends(&mut self, count: usize) -> Vec<End> {
        let mut ends: Vec<End> = Vec::new();
        while ends.len() < count {
            let from = ends.last().map_or(0, |last| last.place + 1);
            let place = self.hear_from(from, "the end of a run", is_end).await;
            ends.push(self.end_at(place));
        }
        ends
    }

    /// Waits for `count` runs to have been submitted.
    pub(super) async fn submitted(&mut self, count: usize) {
        let is_submitted = |event: &Event| event.code() == EventMask::JOB_SUBMITTED;
        let mut from = 0;
        for _ in 0..count {
            from = 1 + self.hear_from(from, "a run to be submitted", is_submitted).await;
        }
    }

    /// Waits until the scheduler has told of its shutdown; the place of that.
    pub(super) async fn shut_down(&mut self) -> usize {
        let is_shutdown = |event: &Event| event.code() == EventMask::SCHEDULER_SHUTDOWN;
        self.hear("the shutdown to be told", is_shutdown).await
    }

    fn end_at(&self, place: usize) -> End {
        match &self.told[place].kind {
            EventKind::JobExecuted { run, retval, .. } => {
                End { run: run.run_id, result: Ok(retval.clone()), place }
            }
            EventKind::JobError { run, error, .. } => {
                End { run: run.run_id, result: Err(error.clone()), place }
            }
            other => panic!("not the end that was expected: {other:?}"),
        }
    }
}

impl Deref for Stage {
    type Target = Scheduler;

    fn deref(&self) -> &Scheduler {
        &self.scheduler
    }
}

fn is_end(event: &Event) -> bool {
    let ends = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR | EventMask::JOB_MISSED;
    ends.contains(event.code())
}
