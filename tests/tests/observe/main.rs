//! What a scheduler shows: the guide's tables, the names in the code, and what a real run tells,
//! compared with each other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod guide;
mod listening;
mod metrics;
mod recording;
mod traces;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sched_core::task::{Args, Invocation};
use sched_core::{Clock, Context, Executor, Run, SchedulerBuilder, Task, Timestamp};
use sched_testkit::ManualClock;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const START: &str = "2026-01-01T00:00:00Z";

/// A job that takes so many seconds of virtual time.
pub(crate) fn nap(seconds: u64) -> Invocation {
    Invocation::named("nap", Args::of(&(seconds,)).unwrap())
}

pub(crate) fn call(task: &'static str) -> Invocation {
    Invocation::named(task, Args::NONE)
}

pub(crate) fn with_tasks(builder: SchedulerBuilder) -> SchedulerBuilder {
    builder
        .task(Task::asynchronous("nap", |cx: Context, (seconds,): (u64,)| async move {
            cx.sleep(Duration::from_secs(seconds)).await;
        }))
        .task(Task::asynchronous("fail", |_: Context, ()| async { Err::<(), _>("no disk left") }))
        .task(Task::asynchronous("panic", |cx: Context, ()| async move {
            assert!(cx.is_cancelled(), "a piece is missing");
        }))
}

/// A store's clock: so far from the one that moves it.
#[derive(Debug)]
pub(crate) struct Apart(pub(crate) ManualClock, pub(crate) Duration);

#[async_trait]
impl Clock for Apart {
    fn now(&self) -> Timestamp {
        self.0.now() + self.1
    }

    fn steady(&self) -> Duration {
        self.0.steady()
    }

    async fn sleep_until(&self, moment: Duration) {
        self.0.sleep_until(moment).await;
    }
}

/// An executor that does nothing with its runs until it is told to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Vec<Run>>>);

impl Executor for Shelf {
    fn submit(&self, run: Run) {
        self.0.lock().unwrap().push(run);
    }
}

impl Shelf {
    /// Returns once so many runs lie on it.
    pub(crate) async fn holds(&self, runs: usize) {
        while self.0.lock().unwrap().len() < runs {
            tokio::task::yield_now().await;
        }
    }

    /// Hands out the runs that lie on it.
    pub(crate) fn clear(&self) -> Vec<Run> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
