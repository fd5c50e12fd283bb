//! How many runs go on at once: as many as there are, or as many as the limit says.

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::EventStream;
use sched_core::{EventMask, JobFilter, JobRequest, Scheduler};
use sched_exec_tokio::TokioExecutor;
use tokio::sync::{Barrier, Notify};

/// A scheduler that has been started, and what it tells of runs that went well.
async fn start(executor: TokioExecutor) -> (Scheduler, EventStream) {
    let scheduler = Scheduler::builder().executor("default", executor).build();
    let scheduler = scheduler.expect("it makes sense");
    let events = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start().await.expect("it starts");
    (scheduler, events)
}

async fn in_time<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wanted).await.expect("it happens in time")
}

#[tokio::test]
async fn without_a_limit_a_thousand_runs_wait_for_each_other() {
    let (scheduler, mut executed) = start(TokioExecutor::new()).await;
    let all_there = Arc::new(Barrier::new(1_000));
    let job = |_| {
        let all_there = all_there.clone();
        JobRequest::new(move || {
            let all_there = all_there.clone();
            async move {
                all_there.wait().await;
            }
        })
    };
    for added in scheduler.add_all((0..1_000).map(job)).await {
        added.unwrap();
    }
    for _ in 0..1_000 {
        in_time(executed.next()).await;
    }
}

#[tokio::test]
async fn runs_beyond_the_limit_stay_in_their_store() {
    let (scheduler, mut executed) = start(TokioExecutor::new().limit(1).unwrap()).await;
    let (begun, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let holds = {
        let (begun, release) = (begun.clone(), release.clone());
        move || {
            let (begun, release) = (begun.clone(), release.clone());
            async move {
                begun.notify_one();
                release.notified().await;
            }
        }
    };
    scheduler.add(holds).id("running").await.unwrap();
    in_time(begun.notified()).await;
    scheduler.add(|| async {}).id("left").await.unwrap();
    // Whatever is claimed goes from the store at once: these jobs run only once.
    let jobs = scheduler.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id().as_str()).collect::<Vec<_>>(), ["left"]);
    release.notify_one();
    in_time(executed.next()).await;
    in_time(executed.next()).await;
    assert!(scheduler.get_jobs(JobFilter::all()).await.unwrap().is_empty());
}
