//! Lines 16 to 18.

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::executor::ExecutorError;
use sched_core::trigger::{Cron, Interval};
use sched_core::{
    Error, EventMask, Executor, InlineExecutor, JobFilter, Run, Scheduler, SchedulerState,
    Shutdown, Zone,
};
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb};
use sched_tests::told::{ENDS, codes, next};

use crate::{SECOND, START, executors, idle, nothing, with_idle};

/// There what was begun stays begun, and the next start stumbles over it.
#[tokio::test]
async fn not_reproduced_16_a_start_that_failed_can_be_tried_again() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let given = store.clone();
    let build = TestScheduler::build(START, |b| with_idle(b).shared_jobstore("faulty", given));
    let mut test = build.unwrap();
    for (id, store) in [("a", "default"), ("b", "faulty")] {
        test.add(idle()).id(id).store(store).every(10 * SECOND).await.unwrap();
    }
    for verb in [Verb::Open, Verb::Insert] {
        store.fail(verb, 1);
        let refused = test.start().await.unwrap_err();
        assert!(
            matches!(&refused, Error::Store { alias, .. } if &**alias == "faulty"),
            "{refused}"
        );
        assert_eq!(test.state(), SchedulerState::Stopped);
        let pending = test.get_jobs(JobFilter::all()).await.unwrap();
        assert_eq!(pending.len(), 2, "still pending after {verb:?}");
        assert!(pending.iter().all(|job| job.is_pending()));
    }
    test.advance(65 * SECOND).await;
    let quiet = ENDS | EventMask::JOB_ADDED | EventMask::SCHEDULER_STARTED;
    assert!(test.take(quiet).is_empty());

    test.start().await.unwrap();
    test.advance(10 * SECOND).await;
    assert_eq!(test.get_jobs(JobFilter::all()).await.unwrap().len(), 2);
    assert_eq!(test.take(ENDS).len(), 2);
}

#[tokio::test]
async fn not_reproduced_16_a_pending_job_that_cannot_be_placed_is_named_and_can_be_removed() {
    let mut test = TestScheduler::build(START, with_idle).unwrap();
    test.add(nothing).id("same").every(SECOND).await.unwrap();
    test.add(nothing).id("same").every(SECOND).await.unwrap();
    for _ in 0..2 {
        let refused = test.start().await.unwrap_err();
        assert!(
            matches!(&refused, Error::ConflictingId { id, .. } if &**id == "same"),
            "{refused}"
        );
    }
    test.remove_job("same").await.unwrap();
    test.add(nothing).id("lost").store("nowhere").every(SECOND).await.unwrap();
    let refused = test.start().await.unwrap_err();
    assert!(
        matches!(&refused, Error::UnknownStore { alias } if &**alias == "nowhere"),
        "{refused}"
    );
    test.remove_job("lost").await.unwrap();
    test.start().await.unwrap();
    test.advance(SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
}

/// Refuses its first start.
#[derive(Debug, Default)]
struct Reluctant {
    asked: std::sync::atomic::AtomicBool,
    inner: InlineExecutor,
}

#[async_trait]
impl Executor for Reluctant {
    fn start(&self, alias: &str) -> Result<(), ExecutorError> {
        if self.asked.swap(true, std::sync::atomic::Ordering::SeqCst) {
            return Ok(());
        }
        Err(ExecutorError { alias: alias.to_owned(), source: "not now".into() })
    }

    fn submit(&self, run: Run) {
        self.inner.submit(run);
    }
}

#[tokio::test]
async fn not_reproduced_16_an_executor_that_failed_can_be_tried_again() {
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).executor("reluctant", Reluctant::default())
    });
    let mut test = build.unwrap();
    let refused = test.start().await.unwrap_err();
    assert!(matches!(refused, Error::Executor(_)), "{refused}");
    assert_eq!(refused.to_string(), "executor \"reluctant\" could not be started");
    assert_eq!(test.state(), SchedulerState::Stopped);
    test.add(nothing).executor("reluctant").await.unwrap();
    test.start().await.unwrap();
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_EXECUTED]);
}

/// There the pools are gone, and every run after the restart is swallowed.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_17_after_a_restart_jobs_run() {
    for (name, executor) in executors() {
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let scheduler = builder.shared_executor("default", executor).build().unwrap();
        let mut events = scheduler.events(ENDS);
        for round in 0..3 {
            scheduler.start().await.unwrap();
            scheduler.add(nothing).await.unwrap();
            assert_eq!(next(&mut events).await.code(), EventMask::JOB_EXECUTED, "{name}, {round}");
            scheduler.shutdown(Shutdown::Wait).await.unwrap();
        }
    }
}

/// There the memory store is emptied by the shutdown.
#[tokio::test]
async fn not_reproduced_17_jobs_in_memory_are_there_after_a_restart() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("kept").every(10 * SECOND).await.unwrap();
    test.shutdown(Shutdown::Wait).await.unwrap();
    test.start().await.unwrap();
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
}

/// There such a job stays for ever, and looks as if somebody had paused it.
#[tokio::test]
async fn not_reproduced_18_a_job_that_would_never_run_is_refused() {
    let mut test = TestScheduler::build(START, with_idle).unwrap();
    for started in [false, true] {
        let past = test.add(nothing).trigger(Cron::new().year(2000)).await.unwrap_err();
        assert!(matches!(&past, Error::NoFireLeft { .. }), "{past}");
        assert_eq!(
            past.to_string(),
            "trigger cron[year='2000'] has no fire left: the job would never run"
        );
        let ended = Interval::every(SECOND).end_date("2025-12-31");
        let ended = test.add(nothing).trigger(ended).await.unwrap_err();
        assert!(matches!(&ended, Error::NoFireLeft { .. }), "{ended}");
        assert!(test.get_jobs(JobFilter::all()).await.unwrap().is_empty());
        if !started {
            test.start().await.unwrap();
        }
    }
    assert!(!codes(&test.take(EventMask::all())).contains(&EventMask::JOB_ADDED));
}

/// Between adding and starting the last fire may pass: the job is told as removed, not kept.
#[tokio::test]
async fn not_reproduced_18_a_pending_job_whose_last_fire_passed_is_removed() {
    let mut test = TestScheduler::build(START, with_idle).unwrap();
    let minutes = Interval::new().minutes(1).end_date("2026-01-01 00:01:30");
    test.add(nothing).id("brief").trigger(minutes).await.unwrap();
    test.advance(600 * SECOND).await;
    test.start().await.unwrap();
    assert!(test.get_job("brief").await.unwrap().is_none());
    let told = test.take(EventMask::JOB_ADDED | EventMask::JOB_REMOVED);
    assert_eq!(codes(&told), [EventMask::JOB_REMOVED]);
}
