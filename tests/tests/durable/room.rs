//! Places of an executor that stores share, and room in a store for what a run adds to a job.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::event::{EventKind, ParkReason};
use sched_core::task::{Args, Invocation};
use sched_core::{Context, EventMask, Executor, InlineExecutor, JobRequest, OnCrash, Run, Task};
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb, moment};
use sched_tests::told::{ENDS, codes, ids};

use crate::cluster::{Cluster, SECOND, START, nap};

/// Takes one run at a time.
#[derive(Debug)]
struct One(InlineExecutor);

#[async_trait]
impl Executor for One {
    fn capacity(&self) -> usize {
        1
    }

    fn submit(&self, run: Run) {
        self.0.submit(run);
    }

    async fn shutdown(&self) {
        self.0.shutdown().await;
    }
}

#[tokio::test]
async fn places_that_were_kept_in_vain_are_had_by_another_store_at_once() {
    let slow = Arc::new(FaultyStore::new(EncodedStore::new()));
    let shared = slow.clone();
    let mut test = TestScheduler::build(START, |b| {
        b.shared_jobstore("slow", shared).executor("default", One(InlineExecutor::new()))
    })
    .unwrap();
    test.start().await.unwrap();
    test.settle().await;
    // Somebody says that something is due there, and nothing is: the store takes its time.
    let mut held = slow.hold(Verb::Claim);
    test.add(|| async {}).id("elsewhere").at(moment(START) + SECOND).await.unwrap();
    test.wakeup();
    held.reached().await;
    test.clock().advance(SECOND);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(test.take(ENDS).is_empty(), "the only place is taken");
    held.release();
    test.settle().await;
    assert_eq!(ids(&test.take(ENDS)), ["elsewhere".into()]);
}

#[tokio::test]
async fn stores_that_wait_for_room_do_not_wake_each_other() {
    let mut test = TestScheduler::build(START, |b| {
        b.jobstore("other", EncodedStore::new())
            .executor("default", InlineExecutor::new())
            .executor("full", One(InlineExecutor::new()))
    })
    .unwrap();
    test.start().await.unwrap();
    let long = |cx: Context| async move { cx.sleep(10 * SECOND).await };
    for id in ["runs", "waits"] {
        test.add(long).id(id).executor("full").await.unwrap();
    }
    test.settle().await;
    test.wakeup();
    // They would never come to rest.
    test.settle().await;
    test.advance(30 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 2);
}

#[tokio::test]
async fn what_falls_due_while_the_store_answers_is_not_late() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    cluster.nodes[node].scheduler.add(nap(0)).id("soon").every(10 * SECOND).await.unwrap();
    cluster.settle().await;
    let mut held = store.hold(Verb::NextDue);
    cluster.nodes[node].scheduler.wakeup();
    held.reached().await;
    cluster.clock.advance(10 * SECOND);
    held.release();
    cluster.settle().await;
    assert_eq!(cluster.told(node, ENDS).len(), 1);
}

#[tokio::test]
async fn a_job_that_has_no_room_for_a_run_is_parked_and_in_nobodys_way() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    store.too_large(Verb::Claim, "large");
    let scheduler = cluster.nodes[node].scheduler.clone();
    let jobs = ["large", "small"].map(|id| JobRequest::new(nap(0)).id(id));
    assert!(scheduler.add_all(jobs).await.iter().all(Result::is_ok));
    cluster.settle().await;
    let told = cluster.told(node, ENDS | EventMask::JOB_PARKED | EventMask::STORE_DOWN);
    assert_eq!(ids(&told), ["large".into(), "small".into()]);
    let EventKind::JobParked { reason, .. } = &told[0].kind else { panic!("{told:?}") };
    assert!(matches!(reason, ParkReason::TooLarge(_)), "{reason:?}");
    // It is tried again from time to time: somebody may have made it smaller.
    cluster.advance(60 * SECOND).await;
    assert_eq!(ids(&cluster.told(node, ENDS)), ["large".into()]);
}

#[tokio::test]
async fn an_end_that_cannot_be_written_does_not_keep_the_others_from_it() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    // What it came to is left out the second time, and that is still too much.
    store.too_large(Verb::Swap, "large");
    store.too_large(Verb::Swap, "large");
    let scheduler = cluster.nodes[node].scheduler.clone();
    let jobs = ["large", "small"].map(|id| JobRequest::new(nap(0)).id(id).every(100 * SECOND));
    assert!(scheduler.add_all(jobs).await.iter().all(Result::is_ok));
    cluster.advance(100 * SECOND).await;
    assert_eq!(store.faults_left(), 0);
    let told = cluster.told(node, ENDS | EventMask::STORE_DOWN);
    assert_eq!(told.len(), 2, "{told:?}");
    let small = scheduler.get_job("small").await.unwrap().unwrap();
    assert!(small.last_outcome().is_some());
    // Its lease expires, and it is run again.
    cluster.advance(10 * SECOND).await;
    let told = cluster.told(node, EventMask::JOB_RECOVERED);
    assert_eq!(ids(&told), ["large".into()]);
}

/// It may have become smaller, or be another's by then.
#[tokio::test]
async fn a_job_that_was_too_large_is_tried_again_before_it_is_parked_later() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    store.too_large(Verb::Claim, "large");
    store.lose_claims(1);
    cluster.nodes[node].scheduler.add(nap(0)).id("large").await.unwrap();
    cluster.advance(SECOND).await;
    assert_eq!(store.faults_left(), 0);
    let told = cluster.told(node, ENDS | EventMask::JOB_PARKED);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED]);
}

/// What another one has locked, or is always faster with, is not asked for without a pause; nor when
/// something else waits for room.
#[tokio::test]
async fn what_is_due_and_cannot_be_had_is_left_alone_for_a_moment() {
    for waits in [false, true] {
        let mut cluster = Cluster::new();
        let store = Arc::new(FaultyStore::new(EncodedStore::new()));
        let builder = cluster.describe_on(store.clone());
        let builder = builder.executor("full", One(InlineExecutor::new()));
        let node = cluster.start(builder).await;
        let scheduler = cluster.nodes[node].scheduler.clone();
        if waits {
            for id in ["runs", "waits"] {
                scheduler.add(nap(100)).id(id).executor("full").await.unwrap();
            }
        }
        scheduler.add(nap(0)).id("held").every(10 * SECOND).await.unwrap();
        cluster.settle().await;
        store.lose_claims(1_000);
        cluster.advance(20 * SECOND).await;
        let claims = 1_000 - store.faults_left();
        assert!((10..=510).contains(&claims), "{claims} in ten seconds");
    }
}

/// What it came to may be long: the end itself makes the record smaller.
#[tokio::test]
async fn an_end_that_is_too_large_is_written_without_what_it_came_to() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    store.too_large(Verb::Swap, "large");
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.add(nap(0)).id("large").every(100 * SECOND).await.unwrap();
    cluster.advance(150 * SECOND).await;
    assert_eq!(store.faults_left(), 0);
    let told = cluster.told(node, ENDS | EventMask::JOB_RECOVERED | EventMask::STORE_DOWN);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED]);
    let large = scheduler.get_job("large").await.unwrap().unwrap();
    assert!(large.last_outcome().is_none());
}

/// A run goes on beside one whose end cannot be written.
#[tokio::test]
async fn an_end_that_cannot_be_written_takes_no_other_run_along() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    let job = scheduler.add(nap(60)).id("large").every(55 * SECOND);
    job.max_instances(3).on_crash(OnCrash::Skip).await.unwrap();
    cluster.advance(115 * SECOND - Duration::from_millis(1)).await;
    store.too_large(Verb::Swap, "large");
    store.too_large(Verb::Swap, "large");
    cluster.advance(60 * SECOND).await;
    assert_eq!(store.faults_left(), 0);
    let told = cluster.told(node, ENDS | EventMask::JOB_LOST);
    let expected = [EventMask::JOB_EXECUTED, EventMask::JOB_LOST, EventMask::JOB_EXECUTED];
    assert_eq!(codes(&told), expected);
}

/// Places that claims keep are no reason to wait for room: else each would wake the other by giving
/// back what it kept in vain.
#[tokio::test]
async fn idle_stores_that_share_executors_come_to_rest() {
    for apart in 0..20 {
        let stores = ["a", "b"].map(|_| Arc::new(FaultyStore::new(EncodedStore::new())));
        let mut test = TestScheduler::build(START, |b| {
            b.shared_jobstore("a", stores[0].clone())
                .shared_jobstore("b", stores[1].clone())
                .executor("one", One(InlineExecutor::new()))
                .executor("three", One(InlineExecutor::new()))
                .executor("two", One(InlineExecutor::new()))
                .task(Task::asynchronous("nothing", |_: Context, ()| async {}))
        })
        .unwrap();
        test.start().await.unwrap();
        test.settle().await;
        let claims = || stores.each_ref().map(|store| store.calls(Verb::Claim));
        let before = claims();
        for (store, alias, turns) in [(&stores[0], "a", 8), (&stores[1], "b", 7)] {
            let nothing = Invocation::named("nothing", Args::NONE);
            let soon = test.add(nothing).store(alias).executor("one").at(moment(START) + SECOND);
            soon.await.unwrap();
            store.take_turns(turns);
            for _ in 0..apart {
                tokio::task::yield_now().await;
            }
        }
        test.settle().await;
        test.advance(2 * SECOND).await;
        assert_eq!(test.take(ENDS).len(), 2);
        for (before, after) in before.into_iter().zip(claims()) {
            assert!(after - before <= 25, "{apart}: {}", after - before);
        }
    }
}
