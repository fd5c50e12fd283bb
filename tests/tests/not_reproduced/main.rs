//! Defects of the reference that must not come back: one test for each line of the list.
//!
//! Those of triggers alone are with the triggers, in `sched-core`: lines 1 to 3 and 7 in
//! `tests/cron/not_reproduced.rs`, lines 5, 6, 8 to 10 and 27 in `tests/trigger/not_reproduced.rs`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod runs;
mod settings;
mod shutdown;
mod start;
mod stores;
mod time;

use std::sync::Arc;
use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::{Context, Executor, InlineExecutor, SchedulerBuilder, Task};
use sched_exec_thread::ThreadPoolExecutor;
use sched_exec_tokio::TokioExecutor;
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler};

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

/// Every kind of executor, by name.
fn executors() -> [(&'static str, Arc<dyn Executor>); 3] {
    [
        ("inline", Arc::new(InlineExecutor::new())),
        ("tokio", Arc::new(TokioExecutor::new())),
        ("thread pool", Arc::new(ThreadPoolExecutor::new())),
    ]
}

/// Registers a task that does nothing, as `idle`.
fn with_idle(builder: SchedulerBuilder) -> SchedulerBuilder {
    let idle = Task::asynchronous("idle", |_: Context, ()| async {});
    builder.executor("default", InlineExecutor::new()).task(idle)
}

/// A call of `idle`: unlike a closure it can be stored anywhere.
fn idle() -> Invocation {
    Invocation::named("idle", Args::NONE)
}

type Faulty = Arc<FaultyStore<EncodedStore>>;

/// A started scheduler on a store that outlives it, and that store.
async fn on_a_faulty_store() -> (TestScheduler, Faulty) {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let given = store.clone();
    let test = TestScheduler::build(START, |b| with_idle(b).shared_jobstore("default", given));
    let test = test.unwrap();
    test.start().await.unwrap();
    (test, store)
}
