//! Several callers at once.

use std::sync::Arc;

use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, EventMask, InlineExecutor, JobFilter, JobRequest, MemoryStore, Scheduler,
    SchedulerState, Shutdown, Task, Zone,
};
use sched_exec_tokio::TokioExecutor;
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb};
use sched_tests::told::{ENDS, codes, soon};
use tokio::task::JoinSet;

use crate::{SECOND, START, nothing};

fn idle() -> Invocation {
    Invocation::named("idle", Args::NONE)
}

/// A scheduler whose start is held up while it puts the first pending job into its store.
async fn starting(
    pending: &[&str],
) -> (TestScheduler, sched_testkit::Held, tokio::task::JoinHandle<Result<(), sched_core::Error>>) {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let mut held = store.hold(Verb::Insert);
    let task = Task::asynchronous("idle", |_: Context, ()| async {});
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).task(task).shared_jobstore("default", store)
    });
    let test = build.unwrap();
    for id in pending {
        test.add(idle()).id(*id).every(10 * SECOND).await.unwrap();
    }
    let scheduler = Scheduler::clone(&test);
    let start = tokio::spawn(async move { scheduler.start().await });
    soon(held.reached()).await;
    (test, held, start)
}

async fn ids(test: &TestScheduler) -> Vec<String> {
    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    let mut ids: Vec<String> = jobs.iter().map(|job| job.id().to_string()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_job_added_while_the_scheduler_starts_is_there_once() {
    let (mut test, held, start) = starting(&["a", "b"]).await;
    test.add(idle()).id("c").every(10 * SECOND).await.unwrap();
    held.release();
    soon(start).await.unwrap().unwrap();
    assert_eq!(ids(&test).await, ["a", "b", "c"]);
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 3);
    let added = test.get_jobs(JobFilter::all()).await.unwrap();
    assert!(added.iter().all(|job| !job.is_pending()));
}

/// A start has the pending jobs in hand: what is to become of them waits until they are placed.
#[tokio::test]
async fn a_pending_job_changed_or_removed_while_the_scheduler_starts() {
    let (mut test, held, start) = starting(&["a", "b", "c", "d"]).await;
    let scheduler = Scheduler::clone(&test);
    let changes = tokio::spawn(async move {
        scheduler.remove_job("a").await?;
        scheduler.modify_job("b").name("changed").await?;
        scheduler.pause_job("c").await.map(drop)
    });
    tokio::task::yield_now().await;
    held.release();
    soon(start).await.unwrap().unwrap();
    soon(changes).await.unwrap().unwrap();
    assert_eq!(ids(&test).await, ["b", "c", "d"]);
    assert_eq!(test.get_job("b").await.unwrap().unwrap().name(), "changed");
    assert!(test.get_job("c").await.unwrap().unwrap().is_paused());
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 2);
}

#[tokio::test]
async fn removing_all_pending_jobs_while_the_scheduler_starts_leaves_none() {
    let (test, held, start) = starting(&["a", "b", "c"]).await;
    let scheduler = Scheduler::clone(&test);
    let cleared = tokio::spawn(async move { scheduler.remove_all_jobs(None).await });
    tokio::task::yield_now().await;
    held.release();
    soon(start).await.unwrap().unwrap();
    soon(cleared).await.unwrap().unwrap();
    assert!(ids(&test).await.is_empty());
}

#[tokio::test]
async fn of_two_starts_at_once_one_is_refused() {
    let (test, held, start) = starting(&["a"]).await;
    let scheduler = Scheduler::clone(&test);
    let second = tokio::spawn(async move { scheduler.start().await });
    tokio::task::yield_now().await;
    held.release();
    soon(start).await.unwrap().unwrap();
    assert!(matches!(soon(second).await.unwrap(), Err(sched_core::Error::AlreadyRunning)));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_added_from_everywhere_while_it_starts_all_run_once() {
    let scheduler = Scheduler::builder().timezone(Zone::UTC);
    let scheduler = scheduler.executor("default", TokioExecutor::new()).build().unwrap();
    let mut ends = scheduler.events(ENDS);
    let mut adding = JoinSet::new();
    const EACH: usize = 50;
    for _ in 0..8 {
        let scheduler = scheduler.clone();
        adding.spawn(async move {
            for _ in 0..EACH {
                scheduler.add(nothing).await.unwrap();
            }
        });
    }
    scheduler.start().await.unwrap();
    soon(adding.join_all()).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 * EACH {
        let event = sched_tests::told::next(&mut ends).await;
        assert_eq!(event.code(), EventMask::JOB_EXECUTED);
        assert!(seen.insert(event.job_id().unwrap().clone()), "a job ran twice");
    }
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
}

/// Whatever is said at once, what was said last is what holds.
#[tokio::test(flavor = "multi_thread")]
async fn turns_from_everywhere_leave_a_scheduler_that_works() {
    let scheduler = Scheduler::builder().timezone(Zone::UTC);
    let scheduler = scheduler.executor("default", TokioExecutor::new()).build().unwrap();
    for _ in 0..50 {
        scheduler.start().await.unwrap();
        let mut turning = JoinSet::new();
        for n in 0..8 {
            let scheduler = scheduler.clone();
            turning.spawn(async move {
                for _ in 0..20 {
                    let turned = if n % 2 == 0 { scheduler.pause() } else { scheduler.resume() };
                    turned.unwrap();
                }
            });
        }
        soon(turning.join_all()).await;
        let mut ends = scheduler.events(ENDS);
        scheduler.resume().unwrap();
        scheduler.add(nothing).await.unwrap();
        sched_tests::told::next(&mut ends).await;
        soon(scheduler.shutdown(Shutdown::Wait)).await.unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    }
}

/// A shutdown may come in the midst of a start, or of members that come.
#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_from_elsewhere_ends_what_has_just_begun() {
    let scheduler = Scheduler::builder().timezone(Zone::UTC);
    let scheduler = scheduler.executor("default", TokioExecutor::new()).build().unwrap();
    for round in 0..200 {
        let (starter, stopper, adder) = (scheduler.clone(), scheduler.clone(), scheduler.clone());
        let start = tokio::spawn(async move { starter.start().await });
        let stop = tokio::spawn(async move {
            while let Err(sched_core::Error::NotRunning) = stopper.shutdown(Shutdown::Wait).await {
                tokio::task::yield_now().await;
            }
        });
        let alias = format!("store {round}");
        let add = tokio::spawn(async move { adder.add_jobstore(alias, MemoryStore::new()).await });
        soon(start).await.unwrap().unwrap();
        soon(add).await.unwrap().unwrap();
        soon(stop).await.unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped, "round {round}");
        soon(scheduler.remove_jobstore(&format!("store {round}"))).await.unwrap();
    }
}

#[tokio::test]
async fn a_start_that_fails_leaves_what_was_added_meanwhile_pending() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let task = Task::asynchronous("idle", |_: Context, ()| async {});
    let given = store.clone();
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).task(task).shared_jobstore("default", given)
    });
    let mut test = build.unwrap();
    let requests = ["a", "b"].map(|id| JobRequest::new(idle()).id(id).every(10 * SECOND));
    assert!(test.add_all(requests).await.iter().all(Result::is_ok));
    // The first job is placed, the second is not.
    let mut held = store.hold(Verb::Insert);
    store.fail(Verb::Insert, 1);
    let scheduler = Scheduler::clone(&test);
    let start = tokio::spawn(async move { scheduler.start().await });
    soon(held.reached()).await;
    test.add(idle()).id("c").every(10 * SECOND).await.unwrap();
    held.release();
    assert!(soon(start).await.unwrap().is_err());
    assert_eq!(ids(&test).await, ["a", "b", "c"]);
    assert!(codes(&test.take(EventMask::JOB_ADDED)).is_empty());
    test.start().await.unwrap();
    assert_eq!(ids(&test).await, ["a", "b", "c"]);
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 3);
}
