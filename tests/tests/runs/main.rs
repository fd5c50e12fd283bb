//! Runs: what they may know, how they are tried again, and how they are stopped.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changes;
mod context;
mod in_hand;
mod limits;
mod retries;
mod stopping;

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::EventKind;
use sched_core::task::RunErrorKind;
use sched_core::{Context, Event};

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

fn attempts(told: &[Arc<Event>]) -> Vec<u32> {
    told.iter().filter_map(|event| event.run()).map(|run| run.attempt).collect()
}

fn kind(event: &Event) -> RunErrorKind {
    match &event.kind {
        EventKind::JobError { error, .. } => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// Fails the first so many times.
fn fails(times: u32) -> impl Fn(Context) -> std::future::Ready<Result<u32, &'static str>> + Clone {
    move |cx| {
        let attempt = cx.attempt();
        std::future::ready(if attempt > times { Ok(attempt) } else { Err("not yet") })
    }
}
