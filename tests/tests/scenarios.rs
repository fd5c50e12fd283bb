//! What was seen of the reference at work, and what is seen here.
//!
//! Two of its scenarios, late fires with and without coalescing, are in `scheduler_fires.rs`, as is
//! the order of the memory store.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use sched_core::event::{EventKind, ParkReason};
use sched_core::trigger::Cron;
use sched_core::{Context, Error, Event, EventMask, InlineExecutor, JobFilter, Shutdown};
use sched_testkit::TestScheduler;
use sched_tests::held::HeldExecutor;
use sched_tests::told::{ENDS, codes, ids};

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

fn build() -> TestScheduler {
    TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new())).unwrap()
}

/// There a run is executed, its job removed, and only then is it told as submitted.
#[tokio::test]
async fn pending_jobs_then_start() {
    let mut test = build();
    test.add(nothing).id("once").await.unwrap();
    test.add(nothing).id("again").every(60 * SECOND).await.unwrap();
    test.start().await.unwrap();
    test.settle().await;
    let told = test.take(EventMask::REFERENCE);
    let expected = [
        EventMask::EXECUTOR_ADDED,
        EventMask::JOBSTORE_ADDED,
        EventMask::JOB_ADDED,
        EventMask::JOB_ADDED,
        EventMask::SCHEDULER_STARTED,
        EventMask::JOB_SUBMITTED,
        EventMask::JOB_EXECUTED,
        EventMask::JOB_REMOVED,
    ];
    assert_eq!(codes(&told), expected);
    assert_eq!(ids(&told), ["once", "again", "once", "once", "once"].map(Into::into));
}

/// There the missed run is told as submitted as well; here nothing was handed to an executor.
#[tokio::test]
async fn a_date_long_past() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    test.add(nothing).at("2020-01-01").misfire_grace_time(SECOND).await.unwrap();
    test.settle().await;
    let told = test.take(EventMask::all());
    let expected = [EventMask::JOB_ADDED, EventMask::JOB_MISSED, EventMask::JOB_REMOVED];
    assert_eq!(codes(&told), expected);
    let EventKind::JobMissed { run_id, .. } = &told[1].kind else { unreachable!() };
    assert_eq!(*run_id, None);
}

#[tokio::test]
async fn a_job_that_takes_longer_than_its_interval() {
    let mut test = build();
    test.start().await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(Duration::from_millis(2_500)).await };
    test.add(slow).every(SECOND).await.unwrap();
    test.advance(Duration::from_millis(3_700)).await;
    let told = test.take(ENDS | EventMask::JOB_SUBMITTED | EventMask::JOB_MAX_INSTANCES);
    let refused = EventMask::JOB_MAX_INSTANCES;
    let expected = [EventMask::JOB_SUBMITTED, refused, refused, EventMask::JOB_EXECUTED];
    assert_eq!(codes(&told), expected);
}

/// There the job is removed; here it waits, and runs when its executor is added.
#[tokio::test]
async fn an_unknown_executor() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    test.add(nothing).id("stray").executor("nowhere").await.unwrap();
    test.advance(60 * SECOND).await;
    let told = test.take(EventMask::all());
    assert_eq!(codes(&told), [EventMask::JOB_ADDED, EventMask::JOB_PARKED]);
    let EventKind::JobParked { reason, .. } = &told[1].kind else { unreachable!() };
    assert_eq!(*reason, ParkReason::UnknownExecutor("nowhere".into()));
    assert!(test.get_job("stray").await.unwrap().is_some());

    test.add_executor("nowhere", InlineExecutor::new()).await.unwrap();
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS | EventMask::JOB_REMOVED)).len(), 2);
}

/// There the job is added, without a next run time and as if paused; here it is refused, unless it
/// is added paused, and resuming removes it as it does there.
#[tokio::test]
async fn a_schedule_that_is_over() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    let over = || test.add(nothing).id("over").trigger(Cron::new().year(2000));
    assert!(matches!(over().await, Err(Error::NoFireLeft { .. })));
    let job = over().paused().await.unwrap();
    assert!(job.to_string().ends_with("(trigger: cron[year='2000'], paused)"), "{job}");
    assert!(job.resume().await.unwrap().is_none());
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_ADDED, EventMask::JOB_REMOVED]);
}

#[tokio::test]
async fn resumed_too_late() {
    let mut test = build();
    test.start_paused().await.unwrap();
    test.add(nothing).misfire_grace_time(SECOND).await.unwrap();
    test.advance(Duration::from_millis(1_500)).await;
    test.resume().unwrap();
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_MISSED]);
}

#[tokio::test]
async fn two_pending_jobs_with_one_id() {
    let test = build();
    test.add(nothing).id("same").name("first").every(SECOND).await.unwrap();
    test.add(nothing).id("same").name("second").every(SECOND).await.unwrap();
    assert!(matches!(test.start().await, Err(Error::ConflictingId { .. })));

    let test = build();
    test.add(nothing).id("same").name("first").every(SECOND).await.unwrap();
    let second = test.add(nothing).id("same").name("second").every(SECOND);
    second.replace_existing().await.unwrap();
    test.start().await.unwrap();
    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.name()).collect::<Vec<_>>(), ["second"]);
}

#[tokio::test]
async fn three_jobs_of_one_worker_longer_than_the_grace() {
    let worker = HeldExecutor::new();
    let given = worker.clone();
    let mut test = TestScheduler::build(START, |b| b.shared_executor("default", given)).unwrap();
    test.start().await.unwrap();
    let clock = test.clock().clone();
    let slow = move || {
        clock.advance(2 * SECOND);
        std::future::ready(())
    };
    for _ in 0..3 {
        test.add(slow.clone()).misfire_grace_time(SECOND).await.unwrap();
    }
    for _ in 0..3 {
        worker.next().await.execute().await;
    }
    test.settle().await;
    let told = test.take(ENDS);
    assert_eq!(
        codes(&told),
        [EventMask::JOB_EXECUTED, EventMask::JOB_MISSED, EventMask::JOB_MISSED]
    );
    let EventKind::JobMissed { run_id, .. } = &told[1].kind else { unreachable!() };
    assert!(run_id.is_some(), "it was handed to its executor");
}

#[tokio::test]
async fn a_listener_that_raises() {
    let test = build();
    let (heard, hear) = mpsc::channel();
    test.add_listener(EventMask::SCHEDULER_STARTED, |_: &Event| panic!("on purpose"));
    test.add_listener(EventMask::SCHEDULER_STARTED, move |event| heard.send(event.code()).unwrap());
    test.start().await.unwrap();
    let code = hear.recv_timeout(30 * SECOND).unwrap();
    assert_eq!(code, EventMask::SCHEDULER_STARTED);
}

#[tokio::test]
async fn shutdown_with_and_without_waiting() {
    let (executed, shutdown) = (EventMask::JOB_EXECUTED, EventMask::SCHEDULER_SHUTDOWN);
    for (how, expected) in
        [(Shutdown::Wait, [executed, shutdown]), (Shutdown::NoWait, [shutdown, executed])]
    {
        let mut test = build();
        test.start().await.unwrap();
        let half = |cx: Context| async move { cx.sleep(Duration::from_millis(500)).await };
        test.add(half).await.unwrap();
        test.settle().await;
        let stopping = tokio::spawn({
            let scheduler = sched_core::Scheduler::clone(&test);
            async move { scheduler.shutdown(how).await }
        });
        test.advance(SECOND).await;
        sched_tests::told::soon(stopping).await.unwrap().unwrap();
        let told: Vec<Arc<Event>> = test.take(ENDS | EventMask::SCHEDULER_SHUTDOWN);
        assert_eq!(codes(&told), expected, "{how:?}");
    }
}
