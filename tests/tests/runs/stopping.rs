//! Runs that are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sched_core::event::EventKind;
use sched_core::task::{CancelReason, RunErrorKind, blocking};
use sched_core::{Context, EventMask, Retry, Scheduler, Shutdown, Zone};
use sched_exec_thread::ThreadPoolExecutor;
use sched_testkit::{ManualClock, TestScheduler, moment};
use sched_tests::told::{ENDS, codes, next};

use crate::{SECOND, START, attempts, kind};

#[tokio::test]
async fn a_time_out_drops_an_async_task_and_is_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let dropped = Arc::new(AtomicU32::new(0));
    let count = dropped.clone();
    let sleeps = move |cx: Context| {
        let guard = Counted(count.clone());
        async move {
            cx.sleep(60 * SECOND).await;
            drop(guard);
        }
    };
    let job = test.add(sleeps).timeout(5 * SECOND).retry(Retry::new(2));
    job.await.unwrap();
    test.advance(300 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(attempts(&told), [1, 2]);
    for event in &told {
        assert_eq!(kind(event), RunErrorKind::TimedOut);
        let EventKind::JobError { started, ended, .. } = &event.kind else { unreachable!() };
        assert_eq!(ended.since(*started), 5 * SECOND);
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Each of several fires run one after the other has its own time.
#[tokio::test]
async fn a_time_out_is_that_of_each_fire() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let sleeps = |cx: Context| async move { cx.sleep(4 * SECOND).await };
    let job = test.add(sleeps).every(10 * SECOND).coalesce(false).timeout(5 * SECOND);
    job.await.unwrap();
    test.pause().unwrap();
    test.advance(30 * SECOND).await;
    test.resume().unwrap();
    test.advance(20 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(codes(&told)[..3], [EventMask::JOB_EXECUTED; 3]);
}

#[tokio::test]
async fn a_cancelled_run_ends_in_an_error_and_is_not_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let sleeps = |cx: Context| async move { cx.sleep(3_600 * SECOND).await };
    for id in ["a", "b"] {
        let job = test.add(sleeps).id(id).every(600 * SECOND).retry(Retry::new(9));
        job.next_run_time(moment(START)).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.cancel_runs("nobody").await.unwrap(), 0);
    assert_eq!(test.cancel_runs("a").await.unwrap(), 1);
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(kind(event), RunErrorKind::Cancelled);
    assert_eq!(event.job_id().map(|id| &**id), Some("a"));
    assert_eq!(test.local_runs().len(), 1);
    // The schedule goes on.
    assert!(test.get_job("a").await.unwrap().is_some_and(|job| !job.is_paused()));
}

/// In the moment that it has to put things in order a task may return, which changes nothing.
#[tokio::test]
async fn a_task_that_answers_a_cancellation_with_an_error_was_cancelled() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let answers = |cx: Context| async move {
        tokio::select! {
            () = cx.sleep(3_600 * SECOND) => Ok(()),
            _ = cx.cancelled() => Err("stopped half-way"),
        }
    };
    test.add(answers).id("a").retry(Retry::new(9)).await.unwrap();
    test.settle().await;
    assert_eq!(test.cancel_runs("a").await.unwrap(), 1);
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(kind(event), RunErrorKind::Cancelled);
}

/// A blocking task cannot be dropped: it is told, and looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_task_is_told_to_stop() {
    let clock = ManualClock::at(moment(START));
    let builder = Scheduler::builder().clock(Arc::new(clock.clone())).timezone(Zone::UTC);
    let scheduler = builder.executor("default", ThreadPoolExecutor::new()).build().unwrap();
    let mut events = scheduler.events(EventMask::JOB_STARTED | ENDS);
    scheduler.start().await.unwrap();
    let looks = blocking(|cx| {
        while !cx.is_cancelled() {
            std::thread::yield_now();
        }
        match cx.cancel_reason() {
            Some(CancelReason::TimedOut) => Err::<(), _>("late"),
            other => panic!("{other:?}"),
        }
    });
    scheduler.add(looks).timeout(5 * SECOND).await.unwrap();
    assert_eq!(next(&mut events).await.code(), EventMask::JOB_STARTED);
    // The watch may begin a moment after the run: it counts from then.
    let ended = loop {
        clock.advance(5 * SECOND);
        tokio::select! {
            biased;
            event = next(&mut events) => break event,
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(kind(&ended), RunErrorKind::TimedOut);
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
}
