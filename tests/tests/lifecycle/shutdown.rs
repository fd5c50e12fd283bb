//! Shutting down, with runs that go on, and starting again.

use sched_core::event::EventKind;
use sched_core::task::RunErrorKind;
use sched_core::{Context, Error, EventMask, Scheduler, SchedulerState, Shutdown};
use sched_testkit::TestScheduler;
use sched_tests::told::{ENDS, codes, soon};
use tokio::task::JoinHandle;

use crate::{SECOND, naps, nothing, started};

/// Begins to shut down; returns once it has begun.
async fn begin(test: &TestScheduler, how: Shutdown) -> JoinHandle<Result<(), Error>> {
    let scheduler = Scheduler::clone(test);
    let stopping = tokio::spawn(async move { scheduler.shutdown(how).await });
    soon(async {
        while test.is_running() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stopping
}

#[tokio::test]
async fn while_it_stops_nothing_new_is_started() {
    let mut test = started().await;
    test.add(naps(10)).await.unwrap();
    test.add(nothing).id("ticks").every(SECOND).await.unwrap();
    test.settle().await;
    let stopping = begin(&test, Shutdown::Wait).await;
    assert_eq!(test.state(), SchedulerState::Stopping);
    assert!(matches!(test.start().await, Err(Error::AlreadyRunning)));
    assert!(matches!(test.pause(), Err(Error::NotRunning)));
    assert!(matches!(test.resume(), Err(Error::NotRunning)));
    test.advance(9 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
    assert!(!stopping.is_finished());
    // Jobs can be seen and changed to the end.
    test.add(nothing).id("added").every(SECOND).await.unwrap();
    assert!(test.get_job("ticks").await.unwrap().is_some());
    test.advance(SECOND).await;
    soon(stopping).await.unwrap().unwrap();
    assert_eq!(test.take(ENDS).len(), 1);

    test.start().await.unwrap();
    assert!(test.get_job("added").await.unwrap().is_some());
}

#[tokio::test]
async fn waiting_at_most_so_long_then_cancelling() {
    let mut test = started().await;
    test.add(naps(5)).id("quick").await.unwrap();
    test.add(naps(3_600)).id("slow").await.unwrap();
    test.settle().await;
    let stopping = begin(&test, Shutdown::WaitAtMost(30 * SECOND)).await;
    test.advance(29 * SECOND).await;
    assert!(!stopping.is_finished());
    test.advance(SECOND).await;
    soon(stopping).await.unwrap().unwrap();
    let told = test.take(ENDS | EventMask::SCHEDULER_SHUTDOWN);
    let expected = [EventMask::JOB_EXECUTED, EventMask::JOB_ERROR, EventMask::SCHEDULER_SHUTDOWN];
    assert_eq!(codes(&told), expected);
    let EventKind::JobError { run, error, .. } = &told[1].kind else { unreachable!() };
    assert_eq!((&*run.job_id, error.kind()), ("slow", RunErrorKind::Cancelled));
    assert_eq!(error.to_string(), "the run was cancelled: the scheduler shut down");
}

#[tokio::test]
async fn a_second_shutdown_may_be_less_patient() {
    let mut test = started().await;
    test.add(naps(3_600)).await.unwrap();
    test.settle().await;
    let patient = begin(&test, Shutdown::Wait).await;
    let scheduler = Scheduler::clone(&test);
    let hasty = tokio::spawn(async move {
        scheduler.shutdown(Shutdown::WaitAtMost(std::time::Duration::ZERO)).await
    });
    test.settle().await;
    soon(hasty).await.unwrap().unwrap();
    soon(patient).await.unwrap().unwrap();
    assert_eq!(test.state(), SchedulerState::Stopped);
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_ERROR]);
}

/// Each would wait for the other.
#[tokio::test]
async fn two_jobs_may_shut_down_at_once() {
    let mut test = started().await;
    let ends = |cx: Context| async move { cx.scheduler().shutdown(Shutdown::Wait).await };
    for _ in 0..2 {
        test.add(ends).await.unwrap();
    }
    test.add(naps(5)).id("naps").await.unwrap();
    let clock = test.clock().clone();
    let passing = async {
        loop {
            tokio::task::yield_now().await;
            clock.advance(SECOND);
        }
    };
    tokio::select! {
        () = soon(test.wait_until_stopped()) => {}
        () = passing => {}
    }
    test.settle().await;
    let told = test.take(ENDS | EventMask::SCHEDULER_SHUTDOWN);
    let count = |code| codes(&told).iter().filter(|other| **other == code).count();
    assert_eq!(count(EventMask::JOB_EXECUTED), 3, "{told:?}");
    assert_eq!(count(EventMask::SCHEDULER_SHUTDOWN), 1);
    // They do not wait for each other, but for the third.
    let naps = told.iter().position(|event| event.job_id().is_some_and(|id| &**id == "naps"));
    let shutdown = codes(&told).iter().position(|code| *code == EventMask::SCHEDULER_SHUTDOWN);
    assert!(naps < shutdown, "{told:?}");
}

#[tokio::test]
async fn a_run_left_behind_by_a_shutdown_is_still_that_of_its_job_after_a_restart() {
    let mut test = started().await;
    let job = test.add(naps(25)).id("long").every(10 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    test.shutdown(Shutdown::NoWait).await.unwrap();
    assert_eq!(test.state(), SchedulerState::Stopped);
    assert_eq!(test.local_runs().len(), 1);
    test.start().await.unwrap();
    test.advance(24 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_STARTED | EventMask::JOB_MAX_INSTANCES);
    let (started, refused) = (EventMask::JOB_STARTED, EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [started, refused, refused]);
    test.advance(10 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_STARTED);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED, EventMask::JOB_STARTED]);
    assert!(job.reload().await.unwrap().is_some());
}

#[tokio::test]
async fn a_run_left_behind_ends_even_if_nobody_starts_again() {
    let mut test = started().await;
    test.add(naps(25)).await.unwrap();
    test.settle().await;
    test.shutdown(Shutdown::NoWait).await.unwrap();
    test.clock().advance(25 * SECOND);
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_EXECUTED]);
    assert!(test.local_runs().is_empty());
}

#[tokio::test]
async fn whoever_waits_for_the_end_sees_it() {
    let test = started().await;
    let scheduler = Scheduler::clone(&test);
    let waits = tokio::spawn(async move { scheduler.wait_until_stopped().await });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    test.shutdown(Shutdown::Wait).await.unwrap();
    soon(waits).await.unwrap();
    soon(test.wait_until_stopped()).await;
}
