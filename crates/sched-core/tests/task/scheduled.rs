//! Jobs that come from the code. All of this program's are in this file: `add_scheduled` adds all.

use std::collections::BTreeSet;
use std::time::Duration;

use sched_core::job::JobDefaults;
use sched_core::{
    Context, InlineExecutor, Job, MemoryStore, Scheduler, Timestamp, Zone, scheduled, task,
};
use serde_json::json;

use crate::{ends, next, scheduler};

#[scheduled(cron = "0 9 * * mon-fri")]
async fn weekdays() {}

#[scheduled(
    every = "1h30m",
    id = "everything",
    name = "Everything said",
    timezone = "Europe/Berlin",
    executor = "other",
    store = "archive",
    misfire_grace_time = "30s",
    coalesce = false,
    max_instances = 3,
    timeout = "5m",
    tags = ["nightly", "mail"],
    jitter = "10s"
)]
fn all_options() {}

#[scheduled(at = "9999-12-31 23:00:00", timezone = "Europe/Berlin", misfire_grace_time = "none")]
fn once() {}

#[scheduled(at = "2001-01-01")]
fn long_ago() {}

#[scheduled(every = "10m", id = "b-often")]
#[task(name = "a.twice", alias = "a.double")]
#[scheduled(cron = "@daily", id = "a-daily")]
async fn twice(cx: Context) -> String {
    cx.job_id().to_string()
}

fn with_archive() -> Scheduler {
    let mut defaults = JobDefaults::default();
    defaults.misfire_grace_time = Some(Duration::from_secs(1));
    Scheduler::builder()
        .executor("default", InlineExecutor::new())
        .executor("other", InlineExecutor::new())
        .jobstore("archive", MemoryStore::new())
        .timezone(Zone::UTC)
        .job_defaults(defaults)
        .build()
        .unwrap()
}

fn find<'a>(jobs: &'a [Job], id: &str) -> &'a Job {
    jobs.iter().find(|job| job.id().as_str() == id).unwrap()
}

#[tokio::test]
async fn all_are_added_in_the_order_of_their_tasks() {
    let jobs = with_archive().add_scheduled().await.unwrap();
    let ids: Vec<&str> = jobs.iter().map(|job| job.id().as_str()).collect();
    let expected =
        ["a-daily", "b-often", "everything", "task::scheduled::once", "task::scheduled::weekdays"];
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn what_is_said_is_what_the_job_has() {
    let scheduler = with_archive();
    scheduler.start_paused().await.unwrap();
    let jobs = scheduler.add_scheduled().await.unwrap();
    let job = find(&jobs, "everything");
    assert_eq!(job.name(), "Everything said");
    assert_eq!(job.task(), "task::scheduled::all_options");
    assert_eq!(job.trigger().to_string(), "interval[1:30:00]");
    let next = job.next_run_time().unwrap();
    assert_eq!(job.trigger().zone_at(next), Some("Europe/Berlin".parse().unwrap()));
    let jitter = job.trigger().jitter_settings().unwrap();
    assert_eq!(jitter.most(), Duration::from_secs(10));
    assert_eq!(job.executor(), "other");
    assert_eq!(job.store().map(|alias| &**alias), Some("archive"));
    assert_eq!(job.misfire_grace_time(), Some(Duration::from_secs(30)));
    assert!(!job.coalesce());
    assert_eq!(job.max_instances(), 3);
    assert_eq!(job.timeout(), Some(Duration::from_secs(300)));
    let tags = ["mail", "nightly"].map(str::to_owned);
    assert_eq!(job.tags(), &BTreeSet::from(tags));
}

#[tokio::test]
async fn what_is_not_said_has_its_default() {
    let scheduler = with_archive();
    scheduler.start_paused().await.unwrap();
    let jobs = scheduler.add_scheduled().await.unwrap();
    let job = find(&jobs, weekdays::NAME);
    assert_eq!(job.name(), "weekdays");
    assert_eq!(job.trigger().to_string(), "cron['0 9 * * mon-fri']");
    assert_eq!(job.trigger().zone_at(job.next_run_time().unwrap()), Some(Zone::UTC));
    assert_eq!(job.trigger().jitter_settings(), None);
    assert_eq!(job.executor(), "default");
    assert_eq!(job.store().map(|alias| &**alias), Some("default"));
    assert_eq!(job.misfire_grace_time(), Some(Duration::from_secs(1)));
    assert!(job.tags().is_empty());
    let job = find(&jobs, once::NAME);
    assert_eq!(job.misfire_grace_time(), None);
    assert_eq!(job.next_run_time().unwrap().to_string(), "9999-12-31T22:00:00Z");
}

#[tokio::test]
async fn added_again_a_job_keeps_its_next_run_time() {
    let scheduler = with_archive();
    scheduler.start_paused().await.unwrap();
    scheduler.add_scheduled().await.unwrap();
    let soon = Timestamp::from_secs(4_000_000_000);
    let changed = scheduler.modify_job("b-often").next_run_time(soon).name("other").await;
    assert_eq!(changed.unwrap().name(), "other");
    let jobs = scheduler.add_scheduled().await.unwrap();
    let job = find(&jobs, "b-often");
    assert_eq!((job.name(), job.next_run_time()), ("twice", Some(soon)));
    assert_eq!(scheduler.get_jobs(sched_core::JobFilter::all()).await.unwrap().len(), 5);
}

#[tokio::test]
async fn each_job_of_one_task_runs() {
    let scheduler = with_archive();
    scheduler.add_scheduled().await.unwrap();
    scheduler.start().await.unwrap();
    let mut ends = ends(&scheduler);
    for id in ["a-daily", "b-often"] {
        scheduler.run_job(id).await.unwrap();
        assert_eq!(next(&mut ends).await, Ok(json!(id)));
    }
}

#[tokio::test]
async fn a_job_that_is_refused_names_its_task() {
    let scheduler = scheduler();
    scheduler.start_paused().await.unwrap();
    let error = scheduler.add_scheduled().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "scheduled task \"task::scheduled::all_options\": no job store with the alias \"archive\""
    );
    let others = scheduler.get_jobs(sched_core::JobFilter::all()).await.unwrap();
    assert_eq!(others.len(), 4);
}
