//! A scheduler that cannot keep its leases stops its runs before another may start them; one that
//! waits for a store in vain does not wait for ever.

use std::sync::Arc;

use sched_core::event::EventKind;
use sched_core::task::RunErrorKind;
use sched_core::{EventMask, JobRequest, MemoryStore, OnCrash};
use sched_testkit::{EncodedStore, FaultyStore, Verb, moment};

use crate::cluster::{Cluster, SECOND, START, nap};
use crate::hand_over::Queue;

/// A way to the cluster's store that can be cut.
fn way(cluster: &Cluster) -> Arc<FaultyStore<EncodedStore>> {
    Arc::new(FaultyStore::new((*cluster.store).clone()))
}

#[tokio::test]
async fn a_run_whose_lease_cannot_be_renewed_stops_before_another_begins_with_it() {
    let mut cluster = Cluster::new();
    let way = way(&cluster);
    let cut_off = cluster.join_by(way.clone()).await;
    cluster.nodes[cut_off].scheduler.add(nap(60)).id("long").await.unwrap();
    cluster.advance(10 * SECOND).await;
    let heir = cluster.join(|b| b).await;
    way.cut_off();

    let mut stopped = None;
    for tenth in 1..=80 {
        cluster.advance(SECOND / 10).await;
        for event in cluster.told(cut_off, EventMask::JOB_ERROR) {
            let EventKind::JobError { error, .. } = &event.kind else { panic!("{event:?}") };
            assert_eq!(error.kind(), RunErrorKind::Cancelled);
            stopped = Some(tenth);
        }
        if !cluster.told(heir, EventMask::JOB_STARTED).is_empty() {
            let stopped = stopped.expect("told to stop before another begins");
            assert!(stopped < tenth, "stopped after {stopped} tenths, begun after {tenth}");
            return;
        }
    }
    panic!("nobody took it over; stopped after {stopped:?} tenths");
}

#[tokio::test]
async fn a_run_that_was_stopped_and_that_nobody_took_over_is_run_again_when_the_store_is_back() {
    let mut cluster = Cluster::new();
    let way = way(&cluster);
    let node = cluster.join_by(way.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.add(nap(60)).id("again").await.unwrap();
    scheduler.add(nap(60)).id("once").on_crash(OnCrash::Skip).await.unwrap();
    cluster.advance(SECOND).await;
    way.cut_off();
    cluster.advance(30 * SECOND).await;
    let told = cluster.told(node, EventMask::JOB_ERROR | EventMask::JOB_STARTED);
    assert_eq!(told.len(), 4, "{told:?}");
    way.reconnect();
    cluster.advance(30 * SECOND).await;

    let mask = EventMask::JOB_STARTED | EventMask::JOB_LOST;
    let mut told: Vec<_> = cluster
        .told(node, mask)
        .iter()
        .map(|event| {
            let run = event.run().unwrap();
            (event.code(), run.job_id.to_string(), run.attempt)
        })
        .collect();
    told.sort_by(|a, b| a.1.cmp(&b.1));
    let started = (EventMask::JOB_STARTED, "again".to_owned(), 2);
    assert_eq!(told, [started, (EventMask::JOB_LOST, "once".to_owned(), 1)]);
}

#[tokio::test]
async fn a_store_that_never_answers_is_down_after_a_while_and_the_others_go_on() {
    let mut cluster = Cluster::new();
    let way = way(&cluster);
    let node = cluster.join_by(way.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.add_jobstore("other", MemoryStore::new()).await.unwrap();
    scheduler.add(|| async {}).store("other").id("neighbour").every(SECOND).await.unwrap();
    scheduler.add(nap(0)).id("stuck").every(4 * SECOND).await.unwrap();
    cluster.settle().await;
    let mut held = way.hold(Verb::Claim);
    cluster.clock.advance(4 * SECOND);
    held.reached().await;
    let mut told = Vec::new();
    // The driver of the store that hangs is never idle: the others are waited for by what they do.
    for _ in 0..12 {
        cluster.clock.advance(SECOND);
        while told.iter().filter(|id| *id == "neighbour").count() == 0 {
            tokio::task::yield_now().await;
            let done = cluster.told(node, EventMask::JOB_EXECUTED | EventMask::STORE_DOWN);
            told.extend(done.iter().map(|event| match event.job_id() {
                Some(id) => id.to_string(),
                None => "down".to_owned(),
            }));
        }
        told.retain(|id| id != "neighbour");
    }
    assert_eq!(told[0], "down");
    assert!(told[1..].iter().any(|id| id == "stuck"), "it was claimed after all: {told:?}");
    drop(held);
}

#[tokio::test]
async fn leases_are_renewed_while_a_long_backlog_is_claimed() {
    let mut cluster = Cluster::new();
    let way = way(&cluster);
    let node = cluster.join_by(way.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.pause().unwrap();
    let due = moment(START);
    scheduler.add(nap(600)).id("long").at(due).await.unwrap();
    let backlog = (0..24_000).map(|_| JobRequest::new(nap(0)).at(due + SECOND));
    for added in scheduler.add_all(backlog).await {
        added.unwrap();
    }
    cluster.advance(SECOND).await;
    let mut held = way.hold(Verb::Claim);
    scheduler.resume().unwrap();
    // Each claim takes a second, and all of them longer than the lease.
    for _ in 0..10 {
        held.reached().await;
        cluster.clock.advance(SECOND);
        let next = way.hold(Verb::Claim);
        drop(held);
        held = next;
    }
    held.reached().await;
    // A run that is told to stop is gone at once.
    let runs = scheduler.local_runs();
    assert!(runs.iter().any(|run| run.job_id.as_str() == "long"), "{runs:?}");
    drop(held);
}

/// Whoever watches over leases may not have woken yet.
#[tokio::test]
async fn no_fire_begins_once_the_lease_is_over() {
    let mut cluster = Cluster::new();
    let queue = Arc::new(Queue::default());
    let there = queue.clone();
    let node = cluster.join(|b| b.shared_executor("slow", there)).await;
    cluster.nodes[node].scheduler.add(nap(0)).id("late").executor("slow").await.unwrap();
    let run = loop {
        if let Some(run) = queue.0.lock().unwrap().pop() {
            break run;
        }
        tokio::task::yield_now().await;
    };
    // The whole process stood still, and this is the first to go on.
    cluster.clock.advance(10 * SECOND);
    run.execute().await;
    let told = cluster.told(node, EventMask::JOB_STARTED | EventMask::JOB_ERROR);
    assert_eq!(told.iter().map(|e| e.code()).collect::<Vec<_>>(), [EventMask::JOB_ERROR]);
}
