//! Lines 4 to 7, 9 and 13.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sched_core::task::blocking;
use sched_core::trigger::When;
use sched_core::{Context, Error, EventKind, EventMask, InlineExecutor, Scheduler, Shutdown, Zone};
use sched_exec_thread::ThreadPoolExecutor;
use sched_testkit::{TestScheduler, moment};
use sched_tests::held::HeldExecutor;
use sched_tests::told::{ENDS, codes, executed, missed, next};
use serde_json::json;

use crate::{SECOND, START, next_run, nothing};

#[tokio::test]
async fn kept_04_defaults_of_jobs() {
    let test = TestScheduler::start(START).await.unwrap();
    let job = test.add(nothing).every(SECOND).await.unwrap();
    assert!(job.coalesce());
    assert_eq!(job.max_instances(), 1);
    assert_eq!((job.executor(), job.store().map(|alias| &**alias)), ("default", Some("default")));
    assert_eq!(job.id().len(), 32);
    assert!(job.id().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    // The one default that differs: one second drops runs of a busy program.
    assert_eq!(job.misfire_grace_time(), None);
}

/// Exactly as late as allowed is not too late, and what counts is when the run begins.
#[tokio::test]
async fn kept_04_lateness_is_judged_when_the_run_begins() {
    let held = HeldExecutor::new();
    let given = held.clone();
    let mut test = TestScheduler::build(START, |b| b.shared_executor("default", given)).unwrap();
    test.start().await.unwrap();
    for late in [Duration::from_secs(1), Duration::from_micros(1_000_001)] {
        test.add(nothing).misfire_grace_time(SECOND).await.unwrap();
        let run = held.next().await;
        test.clock().advance(late);
        run.execute().await;
    }
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_EXECUTED, EventMask::JOB_MISSED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_04_ten_workers() {
    let builder = Scheduler::builder().executor("default", ThreadPoolExecutor::new());
    let scheduler = builder.timezone(Zone::UTC).build().unwrap();
    let mut events = scheduler.events(ENDS);
    scheduler.start().await.unwrap();
    // Nobody goes on before ten are there.
    let ten = Arc::new(std::sync::Barrier::new(10));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = most.clone();
    let task = blocking(move |_| {
        counted.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        ten.wait();
        running.fetch_sub(1, Ordering::SeqCst);
    });
    for _ in 0..30 {
        scheduler.add(task.clone()).await.unwrap();
    }
    for _ in 0..30 {
        assert_eq!(next(&mut events).await.code(), EventMask::JOB_EXECUTED);
    }
    assert_eq!(most.load(Ordering::SeqCst), 10);
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
}

#[tokio::test]
async fn kept_05_coalescing_keeps_the_last_and_tells_nothing_of_the_others() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let minutes = |minutes: u32| moment(START) + 60 * minutes * SECOND;
    test.add(nothing).id("one").every(60 * SECOND).await.unwrap();
    test.add(nothing).id("each").every(60 * SECOND).coalesce(false).await.unwrap();
    let grace = test.add(nothing).id("late").every(60 * SECOND);
    grace.coalesce(false).misfire_grace_time(90 * SECOND).await.unwrap();
    test.pause().unwrap();
    test.advance(270 * SECOND).await;
    test.resume().unwrap();
    test.settle().await;
    let told = test.take(EventMask::all());
    let of = |id: &str| -> Vec<_> {
        told.iter()
            .filter(|event| event.job_id().is_some_and(|job| &**job == id))
            .cloned()
            .collect()
    };
    assert_eq!(executed(&of("one")), [minutes(4)]);
    assert_eq!(missed(&of("one")), []);
    assert_eq!(executed(&of("each")), [1, 2, 3, 4].map(minutes));
    assert_eq!(executed(&of("late")), [3, 4].map(minutes));
    assert_eq!(missed(&of("late")), [1, 2].map(minutes));
}

#[tokio::test]
async fn kept_06_a_fire_beyond_the_limit_is_dropped_and_the_schedule_goes_on() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(25 * SECOND).await };
    let job = test.add(slow).every(10 * SECOND).await.unwrap();
    test.advance(31 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_SUBMITTED | EventMask::JOB_MAX_INSTANCES);
    let (submitted, refused) = (EventMask::JOB_SUBMITTED, EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [submitted, refused, refused]);
    let job = job.reload().await.unwrap().unwrap();
    assert_eq!(next_run(&job), "2026-01-01T00:00:40Z");
}

/// So a run whose scheduler dies is not run twice by accident.
#[tokio::test]
async fn kept_06_the_next_run_time_is_stored_before_the_run_begins() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let look = |cx: Context| async move {
        let job = cx.scheduler().get_job(cx.job_id()).await?;
        Ok::<_, Error>(job.map(|job| next_run(&job)))
    };
    test.add(look).every(10 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    let told = test.take(ENDS);
    let EventKind::JobExecuted { retval, .. } = &told[0].kind else { unreachable!() };
    assert_eq!(*retval, json!("2026-01-01T00:00:20Z"));
}

#[tokio::test]
async fn kept_07_no_trigger_none_and_an_explicit_next_run_time() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("now").await.unwrap();
    let paused = test.add(nothing).every(SECOND).next_run_time::<When>(None).await.unwrap();
    assert!(paused.is_paused());
    let first = test.add(nothing).id("explicit").every(60 * SECOND);
    first.next_run_time("2026-01-01 00:00:07").await.unwrap();
    test.advance(130 * SECOND).await;
    let told = test.take(ENDS);
    let start = moment(START);
    let expected = [0, 7, 67, 127].map(|second| start + second * SECOND);
    assert_eq!(executed(&told), expected);
}

#[tokio::test]
async fn kept_09_a_job_is_removed_when_its_last_run_is_submitted() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(10 * SECOND).await };
    test.add(slow).id("last").await.unwrap();
    test.settle().await;
    assert!(test.get_job("last").await.unwrap().is_none());
    assert_eq!(test.local_runs().len(), 1);
    // Its id is free again, even while it runs.
    test.add(nothing).id("last").every(60 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    let told = test.take(EventMask::JOB_REMOVED | ENDS);
    assert_eq!(codes(&told), [EventMask::JOB_REMOVED, EventMask::JOB_EXECUTED]);
    assert!(test.get_job("last").await.unwrap().is_some());
}

#[tokio::test]
async fn kept_13_a_listener_that_fails_hurts_nobody() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let (heard, hear) = std::sync::mpsc::channel();
    test.add_listener(EventMask::JOB_EXECUTED, |_| panic!("a listener with a bug"));
    test.add_listener(EventMask::JOB_EXECUTED, move |event| heard.send(event.code()).unwrap());
    test.add(nothing).every(SECOND).await.unwrap();
    test.advance(3 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 3);
    for _ in 0..3 {
        let code = hear.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(code, EventMask::JOB_EXECUTED);
    }
}

/// There the limit is each executor's own; here a job that was moved to another is still one job.
#[tokio::test]
async fn kept_13_the_limit_is_that_of_the_job_on_every_executor() {
    let test = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).executor("other", InlineExecutor::new())
    });
    let mut test = test.unwrap();
    test.start().await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(15 * SECOND).await };
    let job = test.add(slow).every(10 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    job.modify().executor("other").await.unwrap();
    test.advance(25 * SECOND).await;
    let told = test.take(EventMask::JOB_SUBMITTED | EventMask::JOB_MAX_INSTANCES);
    let (submitted, refused) = (EventMask::JOB_SUBMITTED, EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [submitted, refused, submitted]);
}
