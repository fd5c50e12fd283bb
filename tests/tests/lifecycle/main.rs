//! Starting, pausing, shutting down, and members that come and go: from anywhere, at any moment.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod at_once;
mod executors;
mod shutdown;
mod states;
mod stores;

use std::time::Duration;

use sched_core::{Context, InlineExecutor};
use sched_testkit::TestScheduler;

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

/// A task that takes some seconds.
fn naps(seconds: u32) -> impl Fn(Context) -> futures_util::future::BoxFuture<'static, ()> + Clone {
    move |cx| Box::pin(async move { cx.sleep(seconds * SECOND).await })
}

fn build() -> TestScheduler {
    TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new())).unwrap()
}

async fn started() -> TestScheduler {
    let test = build();
    test.start().await.unwrap();
    test
}
