//! Runs beside the schedule, and jobs that are changed while they run.

use sched_core::event::EventKind;
use sched_core::trigger::{Cron, Interval};
use sched_core::{Context, Error, EventMask, InlineExecutor};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{codes, executed};

use crate::{SECOND, START, nothing};

#[tokio::test]
async fn running_a_job_now_obeys_its_limit_and_needs_a_started_scheduler() {
    let mut test =
        TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new())).unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let job = test.add(slow).id("slow").every(3_600 * SECOND).await.unwrap();
    assert!(matches!(job.run_now().await, Err(Error::NotRunning)));
    test.start().await.unwrap();
    for _ in 0..2 {
        test.run_job("slow").await.unwrap();
        test.settle().await;
    }
    let told = test.take(EventMask::JOB_STARTED | EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [EventMask::JOB_STARTED, EventMask::JOB_MAX_INSTANCES]);
    // While the scheduler is paused it is kept for later.
    test.advance(10 * SECOND).await;
    test.pause().unwrap();
    test.run_job("slow").await.unwrap();
    test.advance(10 * SECOND).await;
    assert!(test.take(EventMask::JOB_STARTED).is_empty());
    test.resume().unwrap();
    test.settle().await;
    assert_eq!(test.take(EventMask::JOB_STARTED).len(), 1);
}

#[tokio::test]
async fn a_job_changed_while_it_runs_keeps_its_run_and_goes_on_as_changed() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let job = test.add(slow).id("job").name("old").every(10 * SECOND).await.unwrap();
    test.advance(11 * SECOND).await;
    job.modify().name("new").task(nothing).max_instances(2).await.unwrap();
    job.reschedule(Interval::every(20 * SECOND)).await.unwrap();
    test.advance(60 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED);
    let start = moment(START);
    assert_eq!(executed(&told), [10, 31, 51, 71].map(|second| start + second * SECOND));
    let EventKind::JobExecuted { started, ended, .. } = &told[0].kind else { unreachable!() };
    assert_eq!(ended.since(*started), 5 * SECOND, "the run went on as it had begun");
}

/// With a fixed delay there is no next run time while it runs: the new trigger names it at the end.
#[tokio::test]
async fn a_new_trigger_in_the_midst_of_a_fixed_delay_takes_over_at_the_end_of_the_run() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let delay = Interval::every(10 * SECOND).fixed_delay();
    let job = test.add(slow).id("job").trigger(delay).await.unwrap();
    test.advance(11 * SECOND).await;
    let every_minute = Cron::new().second(0);
    job.modify().trigger(every_minute).await.unwrap();
    test.advance(180 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED | EventMask::JOB_REMOVED);
    let start = moment(START);
    assert_eq!(executed(&told), [10, 60, 120, 180].map(|second| start + second * SECOND));
    assert_eq!(told.len(), 4);
}
