//! Habits of the reference that its users rely on: one test for each line of the list, but for the
//! grace of one second, which is none here.
//!
//! What belongs to triggers alone is with them, in `sched-core`'s `tests/trigger/quirks.rs` and
//! `tests/cron`; here it is seen through a scheduler, by the names and arguments of the reference.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod jobs;
mod runs;
mod triggers;

use std::time::Duration;

use sched_core::{Error, Job};
use sched_testkit::TestScheduler;
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);
/// A Thursday.
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

/// Adds a job whose trigger is given as in the reference's `add_job`.
async fn by_name(test: &TestScheduler, name: &str, args: Value) -> Result<Job, Error> {
    let Value::Object(arguments) = args else { panic!("{args} is no map") };
    test.add(nothing).trigger_named(name, arguments).await
}

fn next_run(job: &Job) -> String {
    job.next_run_time().unwrap().to_string()
}
