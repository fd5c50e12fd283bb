//! A year of a thousand daily jobs, in virtual time: what fired, and how long it took for real.
//!
//! With `--release` it takes less than a second. Each step of the clock costs something as well: if
//! no two jobs shared a minute, it would take twice as long.

#![allow(clippy::disallowed_methods, reason = "how long it takes for real is what it shows")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sched_core::{EventMask, JobId};
use sched_testkit::TestScheduler;

const DAY: Duration = Duration::from_secs(86_400);

// The clock can be moved only where nothing happens behind the test's back: on one thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sched_core::Error> {
    let began = Instant::now();
    // Of all that happens only the ends of runs are of interest here.
    let ends = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR;
    let mut year = TestScheduler::start_hearing(ends, "2026-01-01T00:00:00Z").await?;
    for n in 0..1_000 {
        // At every hour of the day some.
        let line = format!("30 {} * * *", n % 24);
        year.add(|| async {}).id(format!("job {n}")).cron(&line).await?;
    }

    let mut fires: HashMap<JobId, usize> = HashMap::new();
    for _day in 0..365 {
        year.advance(DAY).await;
        for fired in year.take_fired() {
            *fires.entry(fired.job_id).or_default() += 1;
        }
    }
    assert_eq!(fires.len(), 1_000);
    assert!(fires.values().all(|count| *count == 365), "every job, every day");
    let all: usize = fires.values().sum();
    println!("{all} fires, until {}, in {:?}", year.now(), began.elapsed());
    Ok(())
}
