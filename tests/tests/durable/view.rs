//! What any scheduler on the store can see and stop, wherever it goes on.

use sched_core::event::{EventKind, ParkReason};
use sched_core::scheduler::WaitsFor;
use sched_core::task::{CancelReason, RunErrorKind};
use sched_core::{EventMask, OutcomeKind};
use sched_testkit::moment;

use crate::cluster::{Cluster, SECOND, START, nap};

#[tokio::test]
async fn runs_are_seen_from_every_scheduler_with_place_and_lease() {
    let mut cluster = Cluster::new();
    let worker = cluster.join(|b| b.name("worker")).await;
    cluster.nodes[worker].scheduler.add(nap(60)).id("long").await.unwrap();
    cluster.advance(SECOND).await;
    let watcher = cluster.join(|b| b.name("watcher")).await;
    let seen = cluster.nodes[watcher].scheduler.runs().await.unwrap();
    let [run] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((&*run.scheduler, run.is_local), ("worker", false));
    assert_eq!((run.job_id.as_str(), run.attempt, run.recoveries), ("long", 1, 0));
    assert_eq!(run.claimed_at, moment(START));
    assert_eq!(run.lease_until, Some(moment(START) + 6 * SECOND));
    assert!(cluster.nodes[watcher].scheduler.local_runs().is_empty());
    let own = cluster.nodes[worker].scheduler.runs().await.unwrap();
    assert_eq!(own.iter().map(|run| run.is_local).collect::<Vec<_>>(), [true]);
}

#[tokio::test]
async fn a_run_can_be_stopped_from_every_scheduler() {
    let mut cluster = Cluster::new();
    let worker = cluster.join(|b| b).await;
    cluster.nodes[worker].scheduler.add(nap(60)).id("long").await.unwrap();
    cluster.advance(SECOND).await;
    let other = cluster.join(|b| b).await;
    assert_eq!(cluster.nodes[other].scheduler.cancel_runs("long").await.unwrap(), 1);
    assert_eq!(cluster.nodes[other].scheduler.cancel_runs("long").await.unwrap(), 0, "asked");
    // Found when the lease is renewed: after a third of it.
    cluster.advance(2 * SECOND).await;
    let told = cluster.told(worker, EventMask::JOB_ERROR);
    let [event] = &told[..] else { panic!("{told:?}") };
    let EventKind::JobError { error, .. } = &event.kind else { panic!("{event:?}") };
    assert_eq!(error.kind(), RunErrorKind::Cancelled);
    cluster.advance(60 * SECOND).await;
    for node in [worker, other] {
        assert!(cluster.told(node, EventMask::JOB_STARTED | EventMask::JOB_LOST).len() <= 1);
        assert!(cluster.nodes[node].scheduler.runs().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_last_outcome_is_known_to_every_scheduler() {
    let mut cluster = Cluster::new();
    let worker = cluster.join(|b| b).await;
    let fails = sched_core::task::Invocation::named("fail", sched_core::task::Args::NONE);
    cluster.nodes[worker].scheduler.add(fails).id("bad").every(10 * SECOND).await.unwrap();
    cluster.advance(11 * SECOND).await;
    let other = cluster.join(|b| b).await;
    let job = cluster.nodes[other].scheduler.get_job("bad").await.unwrap().unwrap();
    let last = job.last_outcome().unwrap();
    assert_eq!((last.scheduled_run_time, last.attempt), (moment(START) + 10 * SECOND, 1));
    let OutcomeKind::Error { kind, message } = &last.kind else { panic!("{last:?}") };
    assert_eq!((*kind, message.as_str()), (RunErrorKind::Failed, "the task failed: no"));
    assert_eq!(job.failures_in_a_row(), 1);
    let next: Vec<_> = [20, 30, 40].map(|second| moment(START) + second * SECOND).into();
    assert_eq!(job.next_fire_times(3), next);
}

#[tokio::test]
async fn what_a_job_waits_for_is_explained() {
    let mut cluster = Cluster::new();
    let node = cluster.join(|b| b).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    scheduler.add(nap(0)).id("job").every(10 * SECOND).await.unwrap();
    let explained = scheduler.explain("job").await.unwrap();
    let next = moment(START) + 10 * SECOND;
    assert_eq!(explained.waits_for, WaitsFor::RunTime(next));
    assert!(explained.to_string().contains("waits for its next run time"), "{explained}");

    scheduler.pause_job("job").await.unwrap();
    assert_eq!(scheduler.explain("job").await.unwrap().waits_for, WaitsFor::Resume);
    scheduler.add(nap(0)).id("stray").executor("elsewhere").await.unwrap();
    let explained = scheduler.explain("stray").await.unwrap();
    let nobody = ParkReason::UnknownExecutor("elsewhere".into());
    assert_eq!(explained.waits_for, WaitsFor::AnotherScheduler(nobody));
    scheduler.pause().unwrap();
    scheduler.add(nap(0)).id("held").await.unwrap();
    assert_eq!(scheduler.explain("held").await.unwrap().waits_for, WaitsFor::SchedulerResume);
    assert!(scheduler.explain("nobody").await.is_err());
}

/// The counterpart of a run that somebody stops: the reason reaches the task.
#[tokio::test]
async fn a_queued_fire_takes_the_place_of_the_run_that_it_stops() {
    use sched_core::Overlap;
    let mut cluster = Cluster::new();
    for _ in 0..2 {
        cluster.join(|b| b).await;
    }
    let add = cluster.nodes[0].scheduler.add(nap(25)).id("newest");
    add.every(10 * SECOND).overlap(Overlap::CancelRunning).await.unwrap();
    cluster.advance(29 * SECOND).await;
    let mut started = Vec::new();
    let mut stopped = 0;
    for node in 0..2 {
        for event in cluster.told(node, EventMask::JOB_STARTED | EventMask::JOB_ERROR) {
            match &event.kind {
                EventKind::JobStarted { run } => started.push(run.scheduled_run_time),
                _ => stopped += 1,
            }
        }
    }
    started.sort();
    assert_eq!(started, [10, 20].map(|second| moment(START) + second * SECOND));
    assert_eq!(stopped, 1);
    let runs = cluster.nodes[0].scheduler.runs().await.unwrap();
    assert!(runs.iter().all(|run| run.cancelled != Some(CancelReason::Requested)), "{runs:?}");
}
