//! A store that does some of what it is asked, and not the rest.

use std::sync::Arc;

use sched_core::{EventMask, JobRequest};
use sched_testkit::{EncodedStore, FaultyStore, Verb};
use sched_tests::told::codes;

use crate::cluster::{Cluster, SECOND, nap};

const STATES: EventMask = EventMask::STORE_DOWN.union(EventMask::STORE_UP);

/// It is told of once, and asked less and less often.
#[tokio::test]
async fn a_store_that_can_be_opened_and_not_used_is_down() {
    for verb in [Verb::Claim, Verb::NextDue] {
        let mut cluster = Cluster::new();
        let store = Arc::new(FaultyStore::new(EncodedStore::new()));
        let node = cluster.join_by(store.clone()).await;
        cluster.settle().await;
        store.fail(verb, 8);
        let scheduler = &cluster.nodes[node].scheduler;
        scheduler.wakeup();
        scheduler.add(nap(0)).every(SECOND).await.unwrap();
        cluster.advance(60 * SECOND).await;
        assert_eq!(store.faults_left(), 0, "{verb:?}");
        let told = cluster.told(node, STATES);
        assert_eq!(codes(&told), [EventMask::STORE_DOWN, EventMask::STORE_UP], "{verb:?}");
        let took = told[1].at.since(told[0].at);
        assert!(took >= 10 * SECOND, "{verb:?}: {took:?}");
    }
}

/// Reads do not say that it is well.
#[tokio::test]
async fn a_store_that_can_be_read_and_not_written_is_down() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    cluster.nodes[node].scheduler.add(nap(0)).every(100 * SECOND).await.unwrap();
    cluster.settle().await;
    store.fail(Verb::Swap, 6);
    cluster.advance(120 * SECOND).await;
    assert_eq!(store.faults_left(), 0);
    let told = cluster.told(node, STATES | EventMask::JOB_RECOVERED);
    assert_eq!(codes(&told), [EventMask::STORE_DOWN, EventMask::STORE_UP]);
}

/// It failed because it was down, and not since so many were asked for.
#[tokio::test]
async fn a_backlog_is_claimed_by_many_again_once_the_store_is_back() {
    let mut cluster = Cluster::new();
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let node = cluster.join_by(store.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.pause().unwrap();
    let added = scheduler.add_all((0..600).map(|_| JobRequest::new(nap(0)))).await;
    assert!(added.iter().all(Result::is_ok));
    cluster.settle().await;
    store.fail(Verb::Claim, 7);
    let before = store.calls(Verb::Claim);
    scheduler.resume().unwrap();
    cluster.advance(60 * SECOND).await;
    assert_eq!(cluster.told(node, EventMask::JOB_EXECUTED).len(), 600);
    let claims = store.calls(Verb::Claim) - before;
    assert!(claims < 30, "{claims} claims");
}
