//! Of many idle schedulers one claims; the others do not make the store pay for it.

use std::sync::Arc;

use sched_core::EventMask;
use sched_testkit::{EncodedStore, FaultyStore, ManualClock, Verb, moment};

use crate::cluster::{Cluster, SECOND, START, nap};

const NODES: usize = 10;
const FIRES: usize = 100;

#[tokio::test]
async fn ten_idle_schedulers_do_not_claim_ten_times_for_one_fire() {
    let mut cluster = Cluster::new();
    let mut ways = Vec::new();
    for _ in 0..NODES {
        let way = Arc::new(FaultyStore::new((*cluster.store).clone()));
        cluster.join_by(way.clone()).await;
        ways.push(way);
    }
    cluster.nodes[0].scheduler.add(nap(0)).every(SECOND).await.unwrap();
    // They come to know of each other by coming too late.
    cluster.advance(5 * SECOND).await;
    let count =
        |verb| ways.iter().map(|way: &Arc<FaultyStore<EncodedStore>>| way.calls(verb)).sum();
    let (claims, asked): (usize, usize) = (count(Verb::Claim), count(Verb::NextDue));
    cluster.advance(SECOND * FIRES as u32).await;
    let ran: usize = (0..NODES).map(|n| cluster.told(n, EventMask::JOB_EXECUTED).len()).sum();
    assert_eq!(ran, FIRES + 5);
    let (claims, asked) = (count(Verb::Claim) - claims, count(Verb::NextDue) - asked);
    assert!(claims <= FIRES + FIRES / 10, "{claims} claims for {FIRES} fires");
    assert!(asked <= FIRES * (NODES + 2), "{asked} looks for {FIRES} fires");
}

#[tokio::test]
async fn hints_that_have_piled_up_are_one_look() {
    let store = Arc::new(EncodedStore::new().with_hints());
    let clock = ManualClock::at(moment(START));
    let mut cluster = Cluster { clock, store: store.clone(), nodes: Vec::new() };
    let writer = cluster.join(|b| b).await;
    let way = Arc::new(FaultyStore::new((*store).clone()));
    cluster.join_by(way.clone()).await;
    cluster.advance(SECOND).await;
    let asked = way.calls(Verb::NextDue);
    for _ in 0..200 {
        cluster.nodes[writer].scheduler.add(nap(0)).at("2030-01-01 00:00:00").await.unwrap();
    }
    // A hint that is on its way does not keep a scheduler from being idle.
    while way.calls(Verb::NextDue) == asked {
        tokio::task::yield_now().await;
    }
    cluster.advance(SECOND).await;
    let asked = way.calls(Verb::NextDue) - asked;
    assert!((1..=5).contains(&asked), "{asked} looks for 200 writes at one moment");
}

/// The one that was always first is gone: another is, and at once.
#[tokio::test]
async fn whoever_lets_others_go_first_steps_in_when_they_do_not() {
    let mut cluster = Cluster::new();
    for _ in 0..3 {
        cluster.join(|b| b).await;
    }
    cluster.nodes[0].scheduler.add(nap(0)).every(SECOND).await.unwrap();
    cluster.advance(SECOND * 5 + SECOND / 2).await;
    let first = (0..3).max_by_key(|node| cluster.told(*node, EventMask::JOB_EXECUTED).len());
    cluster.nodes[first.unwrap()].scheduler.pause().unwrap();
    for second in 0..5 {
        cluster.advance(SECOND).await;
        let ran: usize = (0..3).map(|n| cluster.told(n, EventMask::JOB_EXECUTED).len()).sum();
        assert_eq!(ran, 1, "in second {second}");
    }
}
