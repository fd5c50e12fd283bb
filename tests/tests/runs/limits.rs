//! Runs that overlap, that are counted, that fail again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sched_core::event::{EventKind, ParkReason};
use sched_core::task::{Permanent, RunErrorKind};
use sched_core::{Context, EventMask, OutcomeKind, Overlap, Retry};
use sched_testkit::TestScheduler;

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

/// A task that takes 25 seconds.
async fn long(cx: Context) {
    cx.sleep(25 * SECOND).await;
}

#[tokio::test]
async fn fires_that_find_no_room_wait_in_line() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let add = test.add(long).id("line").every(10 * SECOND);
    add.overlap(Overlap::Queue { limit: 2 }).await.unwrap();
    test.advance(61 * SECOND).await;
    let started: Vec<_> = test
        .take(EventMask::JOB_STARTED)
        .iter()
        .map(|event| (event.at, event.run().unwrap().scheduled_run_time))
        .collect();
    let at = |second: u32| sched_testkit::moment(START) + second * SECOND;
    assert_eq!(started, [(at(10), at(10)), (at(35), at(20)), (at(60), at(30))]);
}

#[tokio::test]
async fn a_job_has_as_many_runs_as_it_may_also_when_it_is_replaced() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let add = |test: &TestScheduler| {
        test.add(|| async {}).id("few").every(SECOND).max_runs(3).replace_existing()
    };
    add(&test).await.unwrap();
    test.advance(2 * SECOND).await;
    let job = add(&test).await.unwrap();
    assert_eq!(job.runs_so_far(), 2);
    assert_eq!(job.next_fire_times(9).len(), 1);
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 3);
    assert!(test.get_job("few").await.unwrap().is_none());
}

#[tokio::test]
async fn a_job_that_fails_too_often_is_paused_until_it_is_resumed() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let add = test.add(|| async { Err::<(), _>("no") }).id("bad").every(SECOND);
    add.pause_after_failures(3).await.unwrap();
    test.advance(10 * SECOND).await;
    let told = test.take(EventMask::JOB_ERROR | EventMask::JOB_PARKED);
    assert_eq!(told.len(), 4);
    let EventKind::JobParked { reason, .. } = &told[3].kind else { panic!("{told:?}") };
    assert_eq!(*reason, ParkReason::FailedTooOften(3));
    assert!(test.get_job("bad").await.unwrap().unwrap().is_paused());
    let resumed = test.resume_job("bad").await.unwrap().unwrap();
    assert_eq!(resumed.failures_in_a_row(), 0);
    test.advance(SECOND / 2).await;
    assert_eq!(test.take(EventMask::JOB_ERROR).len(), 1);
}

#[tokio::test]
async fn what_is_permanent_or_not_meant_is_not_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let permanent = || async { Err::<(), _>(Permanent::new("for good")) };
    test.add(permanent).id("permanent").retry(Retry::new(5)).await.unwrap();
    let only = Retry::new(5).only_after(&[RunErrorKind::TimedOut]);
    test.add(|| async { Err::<(), _>("no") }).id("other").retry(only).await.unwrap();
    test.add(|| async { Err::<(), _>("no") }).id("usual").retry(Retry::new(2)).await.unwrap();
    test.advance(60 * SECOND).await;
    let count = |id: &str, told: &[Arc<sched_core::Event>]| {
        told.iter().filter(|event| event.job_id().is_some_and(|job| job.as_str() == id)).count()
    };
    let told = test.take(EventMask::JOB_ERROR);
    assert_eq!(["permanent", "other", "usual"].map(|id| count(id, &told)), [1, 1, 2]);
}

#[tokio::test]
async fn the_last_outcome_stays_with_the_job() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let mut test = TestScheduler::start(START).await.unwrap();
    let task = || async { Ok::<_, String>(CALLS.fetch_add(1, Ordering::SeqCst)) };
    test.add(task).id("counts").every(SECOND).await.unwrap();
    test.advance(3 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 3);
    let job = test.get_job("counts").await.unwrap().unwrap();
    let last = job.last_outcome().unwrap();
    let OutcomeKind::Success { result } = &last.kind else { panic!("{last:?}") };
    assert_eq!(result.as_ref().unwrap().to_json(), 2);
    assert_eq!(last.scheduled_run_time, sched_testkit::moment(START) + 3 * SECOND);
}
