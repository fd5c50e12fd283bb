//! A scheduler that goes gives back what it has not begun, and what it had to stop.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sched_core::task::{Args, Invocation};
use sched_core::{Clock, EventMask, Executor, OnCrash, Run, Shutdown};

use crate::cluster::{Cluster, SECOND, nap};

/// Takes runs and never begins with them.
#[derive(Debug, Default)]
pub(crate) struct Queue(pub(crate) Mutex<Vec<Run>>);

#[async_trait]
impl Executor for Queue {
    fn submit(&self, run: Run) {
        self.0.lock().unwrap().push(run);
    }

    async fn shutdown(&self) {
        self.0.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn what_was_not_begun_is_run_by_another_at_once_whatever_happens_in_a_crash() {
    let mut cluster = Cluster::new();
    let leaving = cluster.join(|b| b.executor("slow", Queue::default())).await;
    let scheduler = cluster.nodes[leaving].scheduler.clone();
    for (id, policy) in [("rerun", OnCrash::Rerun), ("skip", OnCrash::Skip)] {
        scheduler.add(nap(0)).id(id).executor("slow").on_crash(policy).await.unwrap();
    }
    let mut queued = 0;
    while queued < 2 {
        queued += cluster.told(leaving, EventMask::JOB_SUBMITTED).len();
        tokio::task::yield_now().await;
    }
    let heir = cluster.join(|b| b.executor("slow", sched_core::InlineExecutor::new())).await;
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    cluster.nodes[heir].scheduler.wakeup();
    cluster.settle().await;
    let told = cluster.told(heir, EventMask::JOB_EXECUTED | EventMask::JOB_LOST);
    let mut ran: Vec<_> =
        told.iter().map(|event| (event.code(), event.run().unwrap().attempt)).collect();
    ran.sort_by_key(|(_, attempt)| *attempt);
    assert_eq!(ran, [(EventMask::JOB_EXECUTED, 1); 2]);
    assert_eq!(cluster.told(leaving, EventMask::JOB_ERROR).len(), 0);
}

/// Of the run of a job that is no more nobody else could take note: it stays where it is.
#[tokio::test]
async fn what_cannot_be_given_back_is_run_by_whoever_has_it() {
    let mut cluster = Cluster::new();
    let queue = Arc::new(Queue::default());
    let there = queue.clone();
    let leaving = cluster.join(|b| b.shared_executor("slow", there)).await;
    let scheduler = cluster.nodes[leaving].scheduler.clone();
    scheduler.add(nap(0)).id("removed").executor("slow").every(100 * SECOND).await.unwrap();
    cluster.clock.advance(100 * SECOND);
    while queue.0.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    scheduler.remove_job("removed").await.unwrap();
    // Long enough for the lease to be renewed, in vain.
    for _ in 0..4 {
        cluster.clock.advance(SECOND);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    let leaves = tokio::spawn(async move { scheduler.shutdown(Shutdown::Wait).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let run = queue.0.lock().unwrap().pop().unwrap();
    run.execute().await;
    leaves.await.unwrap().unwrap();
    assert_eq!(cluster.told(leaving, EventMask::JOB_EXECUTED).len(), 1);
}

#[tokio::test]
async fn what_a_shutdown_had_to_stop_is_run_again_elsewhere_where_the_job_allows_it() {
    let mut cluster = Cluster::new();
    let leaving = cluster.join(|b| b).await;
    let scheduler = cluster.nodes[leaving].scheduler.clone();
    scheduler.add(nap(60)).id("again").await.unwrap();
    scheduler.add(nap(60)).id("once").on_crash(OnCrash::Skip).await.unwrap();
    // One that ends by itself when it is told to stop has not failed.
    let polite = Invocation::named("polite", Args::NONE);
    scheduler.add(polite).id("politely").await.unwrap();
    cluster.settle().await;
    let heir = cluster.join(|b| b).await;
    let leaves =
        tokio::spawn(async move { scheduler.shutdown(Shutdown::WaitAtMost(5 * SECOND)).await });
    tokio::task::yield_now().await;
    cluster.clock.advance(5 * SECOND);
    leaves.await.unwrap().unwrap();
    let lost = cluster.told(leaving, EventMask::JOB_LOST);
    assert_eq!(lost.iter().map(|e| e.job_id().unwrap().as_str()).collect::<Vec<_>>(), ["once"]);
    cluster.nodes[heir].scheduler.wakeup();
    cluster.settle().await;
    let told = cluster.told(heir, EventMask::JOB_STARTED);
    let begun = told.iter().map(|e| (e.job_id().unwrap().as_str(), e.run().unwrap().attempt));
    let mut begun: Vec<_> = begun.collect();
    begun.sort_unstable();
    assert_eq!(begun, [("again", 2), ("politely", 2)]);
}

/// One machine after the other is replaced: every fire is run, and none twice.
#[tokio::test]
async fn a_rolling_restart_loses_and_doubles_nothing() {
    let mut cluster = Cluster::new();
    for _ in 0..3 {
        cluster.join(|b| b).await;
    }
    for n in 0..10u64 {
        let add = cluster.nodes[0].scheduler.add(nap(n % 3)).id(n.to_string());
        add.every(5 * SECOND).coalesce(false).await.unwrap();
    }
    for node in 0..3 {
        cluster.advance(7 * SECOND).await;
        let scheduler = cluster.nodes[node].scheduler.clone();
        let gone = tokio::spawn(async move { scheduler.shutdown(Shutdown::Wait).await });
        while !gone.is_finished() {
            cluster.clock.advance(SECOND / 10);
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
        gone.await.unwrap().unwrap();
        cluster.join(|b| b).await;
    }
    cluster.advance(20 * SECOND).await;
    let last = cluster.clock.now();
    let mut fires = Vec::new();
    for node in 0..6 {
        for event in cluster.told(node, EventMask::JOB_EXECUTED | EventMask::JOB_ERROR) {
            assert_eq!(event.code(), EventMask::JOB_EXECUTED);
            let run = event.run().unwrap();
            fires.push((run.job_id.to_string(), run.scheduled_run_time));
        }
    }
    fires.sort();
    let run = fires.len();
    fires.dedup();
    assert_eq!(fires.len(), run, "a fire was run twice");
    for n in 0..10u64 {
        let ran = fires.iter().filter(|(id, _)| *id == n.to_string()).count() as u64;
        let begun = last.since(sched_testkit::moment(crate::cluster::START)).as_secs();
        // The last may still sleep.
        assert!(ran == begun / 5 || ran == (begun - n % 3) / 5, "{n}: {ran} in {begun} s");
    }
}

/// Nobody could run it again: the job that is there now calls something else.
#[tokio::test]
async fn what_is_given_back_of_an_earlier_job_is_told_of_as_lost() {
    let mut cluster = Cluster::new();
    let node = cluster.join(|b| b.executor("slow", Queue::default())).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.add(nap(0)).id("same").executor("slow").await.unwrap();
    while cluster.told(node, EventMask::JOB_SUBMITTED).is_empty() {
        tokio::task::yield_now().await;
    }
    scheduler.add(nap(1)).id("same").every(1_000 * SECOND).await.unwrap();
    cluster.told(node, EventMask::all());
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    let told = cluster.told(node, EventMask::JOB_LOST | EventMask::JOB_RETRIED);
    assert_eq!(told.iter().map(|event| event.code()).collect::<Vec<_>>(), [EventMask::JOB_LOST]);
}
