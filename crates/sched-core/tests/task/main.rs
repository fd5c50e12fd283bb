//! Tests of `#[task]` and `#[scheduled]`: one program, a module for each subject.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod call;
mod names;
mod returned;
mod scheduled;

use std::time::Duration;

use sched_core::event::{EventKind, EventStream, StreamItem};
use sched_core::task::IntoInvocation;
use sched_core::{EventMask, InlineExecutor, Scheduler, Zone};
use serde_json::Value;

fn scheduler() -> Scheduler {
    Scheduler::builder()
        .executor("default", InlineExecutor::new())
        .timezone(Zone::UTC)
        .build()
        .unwrap()
}

fn ends(scheduler: &Scheduler) -> EventStream {
    scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR)
}

/// Waits for the next run to end: its value, or the text of its error.
async fn next(ends: &mut EventStream) -> Result<Value, String> {
    let next = tokio::time::timeout(Duration::from_secs(30), ends.next());
    let Some(StreamItem::Event(event)) = next.await.expect("a run ends") else {
        panic!("the stream of events broke off");
    };
    match event.kind.clone() {
        EventKind::JobExecuted { retval, .. } => Ok(retval),
        EventKind::JobError { error, .. } => Err(error.to_string()),
        other => panic!("{other:?}"),
    }
}

/// What becomes of a call that is run at once.
async fn run<M>(call: impl IntoInvocation<M>) -> Result<Value, String> {
    let scheduler = scheduler();
    scheduler.start().await.unwrap();
    let mut ends = ends(&scheduler);
    scheduler.add(call).await.unwrap();
    next(&mut ends).await
}

/// Why a call is refused when it is added.
async fn refusal<M>(call: impl IntoInvocation<M>) -> String {
    scheduler().add(call).await.unwrap_err().to_string()
}
