//! Managing jobs: adding, finding, changing, removing, listing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod add;
mod bulk;
mod change;
mod conflict;
mod find;
mod own_trigger;
mod prepare;
mod print;

use std::time::Duration;

use sched_core::{Context, InlineExecutor, Job, JobFilter, SchedulerBuilder, Task};
use sched_testkit::TestScheduler;

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

/// With a task `greet` that takes a name and a number.
fn describe(builder: SchedulerBuilder) -> SchedulerBuilder {
    let greet = |_: Context, (name, times): (String, u32)| {
        std::future::ready(Ok::<String, String>(name.repeat(times as usize)))
    };
    let greet = Task::asynchronous("greet", greet).display_name("Greeting").alias("salute");
    builder.executor("default", InlineExecutor::new()).task(greet)
}

fn build() -> TestScheduler {
    TestScheduler::build(START, describe).unwrap()
}

async fn started() -> TestScheduler {
    let test = build();
    test.start().await.unwrap();
    test
}

fn next_run(job: &Job) -> String {
    job.next_run_time().map_or_else(|| "none".to_owned(), |at| at.to_string())
}

/// The ids of the jobs that a filter lets through, as listed.
async fn listed(test: &TestScheduler, filter: JobFilter) -> Vec<String> {
    let jobs = test.get_jobs(filter).await.unwrap();
    jobs.iter().map(|job| job.id().to_string()).collect()
}
