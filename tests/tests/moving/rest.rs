//! Jobs whose runs go on when they are to be moved.

use std::sync::Arc;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::Interval;
use sched_core::{EventMask, Job, MemoryStore, Retry, Scheduler, SchedulerBuilder};

use crate::SECOND;
use crate::two_stores::{TwoStores, noted, told};

/// A scheduler on both stores, of which `a` may be one of its own that keeps nothing.
fn on_both(stores: &TwoStores, volatile: bool) -> SchedulerBuilder {
    let both = stores.describe().shared_jobstore("b", Arc::new(stores.b.clone()));
    if volatile {
        both.jobstore("a", MemoryStore::new())
    } else {
        both.shared_jobstore("a", Arc::new(stores.a.clone()))
    }
}

/// Begins a move, and lets time pass until it is done.
async fn move_and_wait(stores: &TwoStores, scheduler: &Scheduler) -> (Job, u64) {
    let mover = scheduler.clone();
    let moved = tokio::spawn(async move { mover.move_job("job", "b").await });
    let mut tenths = 0;
    while !moved.is_finished() {
        // Virtual time, so that a move that never ends fails here.
        assert!(tenths < 1_000, "not moved after a hundred seconds");
        tokio::task::yield_now().await;
        stores.clock.advance(SECOND / 10);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tenths += 1;
    }
    (moved.await.unwrap().unwrap(), tenths)
}

#[tokio::test]
async fn a_run_that_goes_on_ends_where_it_began_and_then_the_job_is_moved() {
    for volatile in [false, true] {
        let mut stores = TwoStores::new();
        let (scheduler, mut events) = stores.start(on_both(&stores, volatile)).await;
        let job = scheduler.add(noted(5)).id("job").store("a").every(10 * SECOND);
        job.coalesce(false).await.unwrap();
        stores.advance(12 * SECOND).await;
        let (job, tenths) = move_and_wait(&stores, &scheduler).await;
        assert!((30..=35).contains(&tenths), "{tenths}");
        assert_eq!(job.store().map(|alias| &**alias), Some("b"));
        assert_eq!((job.runs_so_far(), job.last_outcome().is_some()), (1, true));
        stores.advance(20 * SECOND).await;
        let ends = told(&mut events, EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
        let stores_of_runs: Vec<_> = ends.iter().map(|e| &*e.run().unwrap().store).collect();
        assert_eq!(stores_of_runs[0], "a");
        assert!(stores_of_runs[1..].iter().all(|store| *store == "b"), "{stores_of_runs:?}");
        assert_eq!(stores.ran(), [10, 20, 30]);
    }
}

/// What a run's end leaves to be done is not left behind: a delay that is counted from it.
#[tokio::test]
async fn a_fixed_delay_goes_on_in_the_other_store() {
    for volatile in [false, true] {
        let mut stores = TwoStores::new();
        let (scheduler, _) = stores.start(on_both(&stores, volatile)).await;
        let delay = Interval::every(10 * SECOND).fixed_delay();
        scheduler.add(noted(5)).id("job").store("a").trigger(delay).await.unwrap();
        stores.advance(12 * SECOND).await;
        move_and_wait(&stores, &scheduler).await;
        stores.advance(60 * SECOND).await;
        // 5 seconds of each run, 10 between two.
        assert_eq!(stores.ran(), [10, 25, 40, 55, 70]);
    }
}

/// And another attempt, with its count and its time.
#[tokio::test]
async fn a_retry_waits_on_in_the_other_store() {
    let mut stores = TwoStores::new();
    let (scheduler, mut events) = stores.start(on_both(&stores, true)).await;
    let fail = Invocation::named("fail", Args::NONE);
    let retry = Retry::new(2).backoff(100 * SECOND);
    scheduler.add(fail).id("job").store("a").retry(retry).await.unwrap();
    stores.advance(SECOND).await;
    move_and_wait(&stores, &scheduler).await;
    stores.advance(200 * SECOND).await;
    let errors = told(&mut events, EventMask::JOB_ERROR);
    let attempts: Vec<_> =
        errors.iter().map(|e| (&*e.run().unwrap().store, e.run().unwrap().attempt)).collect();
    assert_eq!(attempts, [("a", 1), ("b", 2)]);
}
