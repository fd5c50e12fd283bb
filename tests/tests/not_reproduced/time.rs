//! Lines 4 and 12.

use sched_core::trigger::Cron;
use sched_core::{EventMask, JobFilter};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{ENDS, executed};

use crate::{SECOND, START, nothing};

/// There the search goes back with the clock, and finds the fires of the last hour again.
#[tokio::test]
async fn not_reproduced_04_a_clock_put_back_repeats_no_cron_fire() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).trigger(Cron::new().second("*/10")).await.unwrap();
    test.advance(60 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)).len(), 7);

    test.clock().set_wall(moment(START));
    test.advance(60 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)), []);
    // Whoever pauses and resumes asks the trigger anew, from the present moment.
    let job = test.get_jobs(JobFilter::all()).await.unwrap().remove(0);
    test.clock().set_wall(moment(START));
    let job = job.pause().await.unwrap().resume().await.unwrap().unwrap();
    assert_eq!(job.next_run_time(), Some(moment("2026-01-01T00:01:10Z")));
}

/// There the wait is counted from the beginning of the scan, so whatever time the scan takes is
/// slept once more.
#[tokio::test]
async fn not_reproduced_12_a_slow_scan_does_not_oversleep() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let clock = test.clock().clone();
    // Inline, so part of the scan that starts it.
    let slow = move || {
        clock.advance(3 * SECOND);
        std::future::ready(())
    };
    test.add(slow).at(moment(START) + 10 * SECOND).await.unwrap();
    test.add(nothing).id("next").at(moment(START) + 14 * SECOND).await.unwrap();
    test.advance(60 * SECOND).await;
    let started = test.take(EventMask::JOB_STARTED);
    assert_eq!(started.len(), 2);
    assert_eq!(started[1].at, moment(START) + 14 * SECOND);
}
