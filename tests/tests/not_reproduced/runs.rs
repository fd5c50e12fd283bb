//! Lines 22 to 24 and 28.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sched_core::event::EventKind;
use sched_core::task::RunErrorKind;
use sched_core::{
    Context, EventMask, Executor, InlineExecutor, MemoryStore, Retry, Run, RunId, Scheduler,
    Shutdown, Zone,
};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{ENDS, codes, executed, next};
use serde::Serialize;

use crate::{SECOND, START, executors, nothing};

/// What an executor that is broken does with a run.
#[derive(Debug, Clone, Copy)]
enum Broken {
    /// As a worker does that dies.
    Drops,
    Refuses,
    Panics,
}

#[async_trait]
impl Executor for Broken {
    fn submit(&self, run: Run) {
        match self {
            Broken::Drops => drop(run),
            Broken::Refuses => run.fail("no room"),
            Broken::Panics => panic!("an executor with a bug, given {run:?}"),
        }
    }
}

async fn with(broken: Broken) -> TestScheduler {
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).executor("broken", broken)
    });
    let test = build.unwrap();
    test.start().await.unwrap();
    test
}

/// There a worker that dies leaves no trace but a line in the log.
#[tokio::test]
async fn not_reproduced_22_a_run_that_its_executor_loses_ends_in_an_error() {
    let mut test = with(Broken::Drops).await;
    test.add(nothing).executor("broken").await.unwrap();
    test.settle().await;
    let told = test.take(ENDS | EventMask::JOB_SUBMITTED);
    assert_eq!(codes(&told), [EventMask::JOB_SUBMITTED, EventMask::JOB_ERROR]);
    let EventKind::JobError { error, .. } = &told[1].kind else { unreachable!() };
    assert_eq!(error.kind(), RunErrorKind::Executor);
    assert!(test.local_runs().is_empty());
}

/// A value that cannot be written.
struct Untransferable;

impl Serialize for Untransferable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not for the wire"))
    }
}

/// There a result that cannot be sent back is no event either.
#[tokio::test]
async fn not_reproduced_22_a_result_that_cannot_be_written_is_an_error() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(|| async { Ok::<_, std::fmt::Error>(Untransferable) }).await.unwrap();
    test.settle().await;
    let told = test.take(ENDS);
    let EventKind::JobError { error, .. } = &told[0].kind else { panic!("{told:?}") };
    assert_eq!(error.to_string(), "the task failed: not for the wire");
}

/// There the run is gone without an event.
#[tokio::test]
async fn not_reproduced_23_a_submission_that_fails_ends_in_an_error_and_may_be_retried() {
    for broken in [Broken::Refuses, Broken::Panics] {
        let mut test = with(broken).await;
        test.add(nothing).executor("broken").retry(Retry::new(3)).await.unwrap();
        test.add(nothing).every(10 * SECOND).await.unwrap();
        test.advance(60 * SECOND).await;
        let told = test.take(ENDS);
        let failed: Vec<u32> = told
            .iter()
            .filter(|event| event.code() == EventMask::JOB_ERROR)
            .map(|event| event.run().unwrap().attempt)
            .collect();
        assert_eq!(failed, [1, 2, 3], "{broken:?}");
        assert_eq!(executed(&told).len(), 6, "{broken:?}: the scheduler goes on");
    }
}

/// There the end of a run is often told before its submission.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_24_no_run_ends_before_it_is_submitted() {
    for (name, executor) in executors() {
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let scheduler = builder.shared_executor("default", executor).build().unwrap();
        let told = EventMask::JOB_SUBMITTED | EventMask::JOB_STARTED | EventMask::JOB_REMOVED;
        let mut events = scheduler.events(told | ENDS);
        scheduler.start().await.unwrap();
        const JOBS: usize = 200;
        let requests = (0..JOBS).map(|_| sched_core::JobRequest::new(nothing));
        for added in scheduler.add_all(requests).await {
            added.unwrap();
        }
        // Submitted, started, executed, removed.
        let mut seen: BTreeMap<RunId, Vec<EventMask>> = BTreeMap::new();
        let mut runs = BTreeMap::new();
        for _ in 0..4 * JOBS {
            let event = next(&mut events).await;
            match &event.kind {
                EventKind::JobSubmitted { job, run_id, .. } => {
                    runs.insert(job.job_id.clone(), *run_id);
                    seen.entry(*run_id).or_default().push(event.code());
                }
                EventKind::JobRemoved(job) => {
                    assert!(runs.contains_key(&job.job_id), "{name}: removed before submitted");
                }
                _ => seen.entry(event.run().unwrap().run_id).or_default().push(event.code()),
            }
        }
        let order = [EventMask::JOB_SUBMITTED, EventMask::JOB_STARTED, EventMask::JOB_EXECUTED];
        assert!(seen.len() == JOBS && seen.values().all(|codes| *codes == order), "{name}");
        scheduler.shutdown(Shutdown::Wait).await.unwrap();
    }
}

/// There jobs with one id in two stores count as one.
#[tokio::test]
async fn not_reproduced_28_equal_ids_in_two_stores_have_limits_of_their_own() {
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).jobstore("other", MemoryStore::new())
    });
    let mut test = build.unwrap();
    test.start().await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    for store in ["default", "other"] {
        test.add(slow).id("same").store(store).at(moment(START) + SECOND).await.unwrap();
    }
    test.advance(10 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED; 2]);
}
