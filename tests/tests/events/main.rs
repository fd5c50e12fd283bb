//! What is told: every kind with its data, to listeners and to streams, in an order to rely on.
//!
//! Recovered, lost and parked are in `durable.rs`; stores that fail in `not_reproduced/stores.rs`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod kinds;
mod listeners;
mod runs;
mod streams;

use std::time::Duration;

use sched_core::InlineExecutor;
use sched_testkit::TestScheduler;

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

fn build() -> TestScheduler {
    TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new())).unwrap()
}
