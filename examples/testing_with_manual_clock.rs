//! How to test jobs: time is the test's own, and a week takes milliseconds. In a test file `main`
//! would be a `#[tokio::test]`.

use std::time::Duration;

use sched_core::{Context, EventKind, EventMask, Retry, task};
use sched_testkit::TestScheduler;

const HOUR: Duration = Duration::from_secs(3_600);

/// Fails on Wednesdays, the first time.
#[task]
async fn back_up(cx: Context) -> Result<String, String> {
    let date = cx.scheduled_time().to_utc().map(|at| at.format("%A").to_string());
    match (date.as_deref(), cx.attempt()) {
        (Some("Wednesday"), 1) => Err("the disk is full".to_owned()),
        (day, _) => {
            cx.sleep(2 * HOUR).await; // takes no time here
            Ok(day.unwrap_or_default().to_owned())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sched_core::Error> {
    // A Monday.
    let mut test = TestScheduler::start("2026-03-02T00:00:00Z").await?;
    let retry = Retry::new(2).backoff(HOUR);
    test.add(back_up.call()).cron("0 3 * * *").id("backup").retry(retry).await?;

    test.advance(24 * 7 * HOUR).await;
    let told = test.take(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    for event in &told {
        match &event.kind {
            EventKind::JobExecuted { started, ended, retval, .. } => {
                println!("{started}: {retval}, took {:?}", ended.since(*started));
                assert_eq!(ended.since(*started), 2 * HOUR);
            }
            EventKind::JobError { started, error, .. } => println!("{started}: {error}"),
            _ => {}
        }
    }
    assert_eq!(told.len(), 7 + 1, "seven nights, and one that failed at first");

    // What happens after a week off? One run, for the last night.
    test.pause()?;
    test.advance(24 * 7 * HOUR).await;
    test.resume()?;
    test.advance(HOUR * 5 / 2).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 1);

    let job = test.get_job("backup").await?.expect("it goes on");
    println!("{job}");
    assert_eq!(job.last_fire_time().map(|at| at.to_string()), Some("2026-03-15T03:00:00Z".into()));
    Ok(())
}
