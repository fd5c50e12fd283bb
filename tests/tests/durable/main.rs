//! What core does on a store that outlives a scheduler: several schedulers, leases, recovery.
//!
//! The store keeps bytes, in memory; the schedulers share it and a clock that the test moves. One
//! of them dies when its runtime is dropped under it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cluster;
mod down;
mod fence;
mod hand_over;
mod herd;
mod lives;
mod room;
mod skew;
mod together;
mod view;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sched_core::event::{EventKind, ParkReason};
use sched_core::store::{Body, Change, NewState};
use sched_core::task::{Args, CancelReason, Invocation};
use sched_core::trigger::Interval;
use sched_core::{
    Context, EventMask, InlineExecutor, JobFilter, JobRequest, JobStore, OnCrash, Retry, Scheduler,
    Shutdown, Task, Zone,
};
use sched_testkit::{EncodedStore, FaultyStore, ManualClock, Verb, moment};

use cluster::{Cluster, Node, SECOND, START, nap};

#[tokio::test]
async fn a_job_outlives_its_scheduler_and_what_fell_due_meanwhile_is_coalesced() {
    let mut cluster = Cluster::new();
    let first = cluster.join(|b| b).await;
    cluster.nodes[first].scheduler.add(nap(0)).id("hourly").every(3_600 * SECOND).await.unwrap();
    cluster.advance(3_700 * SECOND).await;
    assert_eq!(cluster.told(first, EventMask::JOB_EXECUTED).len(), 1);
    cluster.nodes[first].scheduler.shutdown(Shutdown::Wait).await.unwrap();
    cluster.clock.advance(10 * 3_600 * SECOND);

    let second = cluster.join(|b| b).await;
    cluster.settle().await;
    let told = cluster.told(second, EventMask::JOB_EXECUTED);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].run().unwrap().scheduled_run_time, moment("2026-01-01T11:00:00Z"));
    let job = cluster.nodes[second].scheduler.get_job("hourly").await.unwrap().unwrap();
    assert_eq!(job.next_run_time(), Some(moment("2026-01-01T12:00:00Z")));
}

#[tokio::test]
async fn many_schedulers_on_one_store_run_every_fire_once() {
    let mut cluster = Cluster::new();
    for _ in 0..3 {
        cluster.join(|b| b).await;
    }
    for n in 0..50u64 {
        let scheduler = &cluster.nodes[n as usize % 3].scheduler;
        scheduler.add(nap(n % 3)).every(Duration::from_secs(n % 7 + 3)).await.unwrap();
    }
    cluster.advance(100 * SECOND).await;
    let mut fires = Vec::new();
    for node in 0..3 {
        for event in cluster.told(node, EventMask::JOB_EXECUTED) {
            let run = event.run().unwrap();
            fires.push((run.job_id.clone(), run.scheduled_run_time));
        }
    }
    let all = fires.len();
    fires.sort();
    fires.dedup();
    assert_eq!(fires.len(), all, "a fire was run twice");
    // Those that are due at the very end may still sleep.
    let due: u64 = (0..50).map(|n| (100 - n % 3) / (n % 7 + 3)).sum();
    assert_eq!(all as u64, due);
}

#[tokio::test]
async fn a_run_whose_scheduler_died_is_run_again_within_the_lease() {
    let mut cluster = Cluster::new();
    let mortal = cluster.join_mortal().await;
    cluster.nodes[mortal].scheduler.add(nap(60)).id("long").await.unwrap();
    cluster.settle().await;
    assert_eq!(cluster.told(mortal, EventMask::JOB_STARTED).len(), 1);
    cluster.kill(mortal);

    let heir = cluster.join(|b| b).await;
    cluster.advance(6 * SECOND).await;
    let told = cluster.told(heir, EventMask::JOB_RECOVERED | EventMask::JOB_STARTED);
    let EventKind::JobRecovered { run, .. } = &told[0].kind else { panic!("{told:?}") };
    assert_eq!((run.attempt, run.scheduled_run_time), (2, moment(START)));
    assert_eq!(told.len(), 2);
    cluster.advance(60 * SECOND).await;
    assert_eq!(cluster.told(heir, EventMask::JOB_EXECUTED).len(), 1);
    assert!(cluster.store.list(None, 10).await.unwrap().is_empty(), "the record is gone");
}

#[tokio::test]
async fn a_run_goes_on_although_its_job_is_resumed_with_no_fire_left() {
    let mut cluster = Cluster::new();
    let mortal = cluster.join_mortal().await;
    let scheduler = cluster.nodes[mortal].scheduler.clone();
    let soon = Interval::every(10 * SECOND).end_date(moment(START) + 15 * SECOND);
    scheduler.add(nap(60)).id("brief").trigger(soon).paused().await.unwrap();
    cluster.advance(20 * SECOND).await;
    scheduler.run_job("brief").await.unwrap();
    cluster.settle().await;
    assert!(scheduler.resume_job("brief").await.unwrap().is_none());
    assert!(scheduler.get_job("brief").await.unwrap().is_none());
    let mask = EventMask::JOB_STARTED | EventMask::JOB_REMOVED;
    let told = cluster.told(mortal, mask);
    let codes = [EventMask::JOB_STARTED, EventMask::JOB_REMOVED];
    assert_eq!(told.iter().map(|e| e.code()).collect::<Vec<_>>(), codes);
    cluster.kill(mortal);

    let heir = cluster.join(|b| b).await;
    cluster.advance(6 * SECOND).await;
    assert_eq!(cluster.told(heir, EventMask::JOB_RECOVERED).len(), 1);
    cluster.advance(60 * SECOND).await;
    assert_eq!(cluster.told(heir, EventMask::JOB_EXECUTED).len(), 1);
    assert_eq!(cluster.told(heir, EventMask::JOB_REMOVED).len(), 0, "it was told before");
    assert!(cluster.store.list(None, 10).await.unwrap().is_empty(), "the record is gone");
}

#[tokio::test]
async fn a_run_that_must_not_be_repeated_is_reported_as_lost() {
    let mut cluster = Cluster::new();
    let mortal = cluster.join_mortal().await;
    let scheduler = cluster.nodes[mortal].scheduler.clone();
    scheduler.add(nap(60)).id("once").on_crash(OnCrash::Skip).await.unwrap();
    cluster.settle().await;
    cluster.kill(mortal);
    let heir = cluster.join(|b| b).await;
    cluster.advance(120 * SECOND).await;
    let told = cluster.told(heir, EventMask::JOB_LOST | EventMask::JOB_STARTED);
    assert_eq!(told.iter().map(|e| e.code()).collect::<Vec<_>>(), [EventMask::JOB_LOST]);
}

#[tokio::test]
async fn a_run_that_takes_its_scheduler_down_is_given_up_after_a_while() {
    let mut cluster = Cluster::new();
    let mortal = cluster.join_mortal().await;
    let job = cluster.nodes[mortal].scheduler.add(nap(60)).id("poison");
    job.every(1_000 * SECOND).next_run_time(moment(START)).await.unwrap();
    cluster.settle().await;
    cluster.kill(mortal);
    let mut attempts = Vec::new();
    for _ in 0..3 {
        let victim = cluster.join_mortal().await;
        cluster.advance(6 * SECOND).await;
        let told = cluster.told(victim, EventMask::JOB_RECOVERED);
        attempts.push(told[0].run().unwrap().attempt);
        cluster.kill(victim);
    }
    assert_eq!(attempts, [2, 3, 4]);
    let heir = cluster.join(|b| b).await;
    cluster.advance(60 * SECOND).await;
    let mask = EventMask::JOB_LOST | EventMask::JOB_STARTED | EventMask::JOB_PARKED;
    let told = cluster.told(heir, mask);
    let codes = [EventMask::JOB_LOST, EventMask::JOB_PARKED];
    assert_eq!(told.iter().map(|e| e.code()).collect::<Vec<_>>(), codes);
    let EventKind::JobParked { reason, .. } = &told[1].kind else { panic!("{told:?}") };
    assert_eq!(*reason, ParkReason::Poisoned(4));
    let job = cluster.nodes[heir].scheduler.get_job("poison").await.unwrap().unwrap();
    assert!(job.is_paused(), "it would take down the next scheduler too");
}

#[tokio::test]
async fn the_lease_of_a_long_run_is_renewed() {
    let mut cluster = Cluster::new();
    for _ in 0..2 {
        cluster.join(|b| b).await;
    }
    cluster.nodes[0].scheduler.add(nap(300)).await.unwrap();
    cluster.advance(400 * SECOND).await;
    let mask = EventMask::JOB_RECOVERED | EventMask::JOB_EXECUTED;
    let told: Vec<_> = (0..2).flat_map(|node| cluster.told(node, mask)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn max_instances_holds_across_schedulers() {
    let mut cluster = Cluster::new();
    for _ in 0..3 {
        cluster.join(|b| b).await;
    }
    cluster.nodes[0].scheduler.add(nap(25)).every(10 * SECOND).max_instances(2).await.unwrap();
    cluster.advance(300 * SECOND).await;
    let (mut started, mut refused, mut live, mut most) = (0, 0, 0, 0);
    let mask = EventMask::JOB_STARTED | EventMask::JOB_EXECUTED | EventMask::JOB_MAX_INSTANCES;
    let mut told: Vec<_> = (0..3).flat_map(|node| cluster.told(node, mask)).collect();
    // Ends before starts of the same moment.
    told.sort_by_key(|event| (event.at, event.code() != EventMask::JOB_EXECUTED));
    for event in told {
        match event.kind {
            EventKind::JobStarted { .. } => (started, live) = (started + 1, live + 1),
            EventKind::JobExecuted { .. } => live -= 1,
            _ => refused += 1,
        }
        most = most.max(live);
    }
    assert_eq!(most, 2);
    assert!(refused >= 9 && started >= 19, "{started} started, {refused} refused");
}

#[tokio::test]
async fn a_scheduler_that_lost_its_lease_is_told_and_cannot_end_the_run_of_another() {
    static CANCELLED: AtomicUsize = AtomicUsize::new(0);
    let mut cluster = Cluster::new();
    let careful = |cx: Context, ()| async move {
        tokio::select! {
            reason = cx.cancelled() => {
                assert_eq!(reason, CancelReason::LeaseLost);
                CANCELLED.fetch_add(1, Ordering::SeqCst);
            }
            () = cx.sleep(100 * SECOND) => {}
        }
    };
    let node = cluster.join(|b| b.task(Task::asynchronous("careful", careful))).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    let invocation = Invocation::named("careful", Args::NONE);
    scheduler.add(invocation).id("careful").every(1_000 * SECOND).paused().await.unwrap();
    scheduler.run_job("careful").await.unwrap();
    cluster.settle().await;

    // Somebody who took this scheduler for dead has taken the run over.
    let record = cluster.store.get(&"careful".into()).await.unwrap().unwrap();
    let other = Cluster::new();
    let mut thief = Cluster { store: cluster.store.clone(), ..other };
    thief.clock.advance(20 * SECOND);
    let heir = thief.join(|b| b.task(Task::asynchronous("careful", careful))).await;
    thief.settle().await;
    assert_eq!(thief.told(heir, EventMask::JOB_RECOVERED).len(), 1);
    let taken = cluster.store.get(&"careful".into()).await.unwrap().unwrap();
    assert!(taken.revision > record.revision);

    cluster.advance(5 * SECOND).await;
    assert_eq!(CANCELLED.load(Ordering::SeqCst), 1);
    thief.advance(100 * SECOND).await;
    assert_eq!(thief.told(heir, EventMask::JOB_EXECUTED).len(), 1, "the other's goes on");
}

/// A hint is what makes the difference here: the next look of its own would be much later.
#[tokio::test]
async fn a_job_added_elsewhere_is_noticed_at_once_also_after_the_store_was_away() {
    let clock = ManualClock::at(moment(START));
    let store = EncodedStore::new().with_hints();
    let faulty = Arc::new(FaultyStore::new(store.clone()));
    let patient = 10_000 * SECOND;
    let mut cluster = Cluster { clock, store: Arc::new(store), nodes: Vec::new() };
    let adder = cluster.join(|b| b).await;
    let scheduler = Scheduler::builder()
        .timezone(Zone::UTC)
        .clock(Arc::new(cluster.clock.clone()))
        .poll_interval(patient)
        .shared_jobstore("default", faulty.clone())
        .executor("here", InlineExecutor::new())
        .task(Task::asynchronous("nap", |_: Context, (_,): (u64,)| async {}))
        .build()
        .unwrap();
    let events = scheduler.events(EventMask::all());
    scheduler.start().await.unwrap();
    cluster.nodes.push(Node { scheduler, events, runtime: None });
    let runner = 1;
    for outage in [false, true] {
        if outage {
            faulty.cut_off();
            cluster.nodes[runner].scheduler.wakeup();
            cluster.advance(5 * SECOND).await;
            faulty.reconnect();
            cluster.advance(20 * SECOND).await;
            let mask = EventMask::STORE_DOWN | EventMask::STORE_UP;
            assert_eq!(cluster.told(runner, mask).len(), 2);
        }
        // Hints that come close upon one another count as one.
        cluster.advance(SECOND).await;
        cluster.nodes[adder].scheduler.add(nap(0)).executor("here").await.unwrap();
        while cluster.told(runner, EventMask::JOB_EXECUTED).is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// How large bodies are is only known when some have been read.
#[tokio::test]
async fn a_backlog_is_claimed_in_steps_that_grow() {
    let mut cluster = Cluster::new();
    let way = Arc::new(FaultyStore::new((*cluster.store).clone()));
    let node = cluster.join_by(way.clone()).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.pause().unwrap();
    let count = 64 + 128 + 256;
    let added = scheduler.add_all((0..count).map(|_| JobRequest::new(nap(0)))).await;
    assert!(added.iter().all(Result::is_ok));
    cluster.settle().await;
    let before = way.calls(Verb::Claim);
    scheduler.resume().unwrap();
    cluster.settle().await;
    assert_eq!(cluster.told(node, EventMask::JOB_EXECUTED).len(), count);
    assert_eq!(way.calls(Verb::Claim) - before, 4, "three that are full, and one that is not");

    // A claim that fails may have been too large for somebody: the next are half of it.
    scheduler.pause().unwrap();
    let added = scheduler.add_all((0..600).map(|_| JobRequest::new(nap(0)))).await;
    assert!(added.iter().all(Result::is_ok));
    cluster.settle().await;
    way.fail(Verb::Claim, 1);
    let before = way.calls(Verb::Claim);
    scheduler.resume().unwrap();
    cluster.advance(10 * SECOND).await;
    assert_eq!(cluster.told(node, EventMask::JOB_EXECUTED).len(), 600);
    assert_eq!(way.calls(Verb::Claim) - before, 3, "512 that fail, 256, and the rest");
}

#[tokio::test]
async fn a_retry_is_part_of_the_stored_job() {
    let mut cluster = Cluster::new();
    let mortal = cluster.join_mortal().await;
    let fail = Invocation::named("fail", Args::NONE);
    let retry = Retry::new(3).backoff(100 * SECOND);
    cluster.nodes[mortal].scheduler.add(fail).id("flaky").retry(retry).await.unwrap();
    cluster.settle().await;
    assert_eq!(cluster.told(mortal, EventMask::JOB_RETRIED).len(), 1);
    cluster.kill(mortal);
    let heir = cluster.join(|b| b).await;
    cluster.advance(400 * SECOND).await;
    let told = cluster.told(heir, EventMask::JOB_ERROR);
    let attempts: Vec<u32> = told.iter().map(|event| event.run().unwrap().attempt).collect();
    assert_eq!(attempts, [2, 3]);
    assert!(cluster.store.list(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_or_run_is_kept_reported_once_and_in_nobodys_way() {
    let mut cluster = Cluster::new();
    let node = cluster.join(|b| b.task(Task::asynchronous("gone", |_, ()| async {}))).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    for id in ["garbled", "sound", "orphan", "stray"] {
        let executor = if id == "stray" { "elsewhere" } else { "default" };
        let task = if id == "orphan" { Invocation::named("gone", Args::NONE) } else { nap(0) };
        scheduler.add(task).id(id).executor(executor).every(10 * SECOND).await.unwrap();
    }
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    let record = cluster.store.get(&"garbled".into()).await.unwrap().unwrap();
    let garbled = NewState {
        lane: record.lane,
        due_at: record.due_at,
        body: Body::from_bytes(&b"\x07?"[..]),
    };
    let change = Change { id: record.id, revision: record.revision, to: Some(garbled) };
    assert_eq!(cluster.store.swap(vec![change]).await.unwrap(), [true]);
    cluster.nodes.clear();

    let node = cluster.join(|b| b).await;
    cluster.advance(100 * SECOND).await;
    let told = cluster.told(node, EventMask::JOB_PARKED | EventMask::JOB_EXECUTED);
    let (parked, executed): (Vec<_>, Vec<_>) =
        told.iter().partition(|event| event.code() == EventMask::JOB_PARKED);
    assert_eq!(executed.len(), 10);
    let mut reasons = Vec::new();
    for event in parked {
        let EventKind::JobParked { job, reason } = &event.kind else { unreachable!() };
        reasons.push((job.job_id.to_string(), reason.clone()));
    }
    reasons.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(matches!(&reasons[0], (id, ParkReason::Undecodable(_)) if id == "garbled"));
    assert_eq!(reasons[1], ("orphan".into(), ParkReason::UnknownTask("gone".into())));
    assert_eq!(reasons[2], ("stray".into(), ParkReason::UnknownExecutor("elsewhere".into())));
    assert_eq!(reasons.len(), 3);
    let scheduler = &cluster.nodes[node].scheduler;
    assert_eq!(scheduler.get_jobs(JobFilter::all()).await.unwrap().len(), 3);
    assert!(scheduler.get_job("garbled").await.is_err());

    // Whoever can run them comes in its place, and they run.
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    cluster.nodes.clear();
    let healer = cluster.join(|b| {
        let gone = Task::asynchronous("gone", |_: Context, ()| async {});
        b.task(gone).executor("elsewhere", InlineExecutor::new())
    });
    let healer = healer.await;
    cluster.advance(70 * SECOND).await;
    let mut healed: Vec<_> = cluster
        .told(healer, EventMask::JOB_EXECUTED)
        .iter()
        .map(|event| event.run().unwrap().job_id.to_string())
        .filter(|id| id != "sound")
        .collect();
    healed.sort();
    healed.dedup();
    assert_eq!(healed, ["orphan", "stray"]);
}
