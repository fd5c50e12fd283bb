//! Imported jobs in a scheduler.

use std::collections::BTreeSet;
use std::sync::Arc;

use sched_core::task::{Context, Task};
use sched_core::{Conflict, InlineExecutor, JobFilter, MemoryStore, Scheduler, SchedulerBuilder};
use sched_import::{Import, Refusal};
use sched_store_sql::SqlStore;
use sched_testkit::ManualClock;
use serde_json::Value;

use crate::{NOW, TABLES, fixtures, import, stored};

fn builder() -> SchedulerBuilder {
    Scheduler::builder()
        .executor("default", InlineExecutor::new())
        .executor("processes", InlineExecutor::new())
        .clock(Arc::new(ManualClock::at(NOW)))
        .task(Task::blocking("report", |_: Context, _: Value| ()))
}

/// What stands in the mapping for `send`.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only whether the arguments fit is asked")]
struct Mail {
    to: String,
    subject: String,
    #[serde(default)]
    copies: u32,
}

fn with_mail(builder: SchedulerBuilder) -> Scheduler {
    builder.task(Task::blocking("mail", |_: Context, _: Mail| ())).build().unwrap()
}

async fn found() -> Import {
    import(stored(&fixtures(), "3.11.3", TABLES[0]).await)
}

async fn keeps_everything(scheduler: Scheduler) {
    scheduler.start_paused().await.unwrap();
    let imported = found().await;
    let expected = imported.jobs.clone();
    let added = imported.add_to(&scheduler, "default", Conflict::Refuse).await;
    assert_eq!(added.refused.len(), 8, "{added}");
    assert!(added.to_string().starts_with(&format!("added: {}\n", expected.len())));

    let jobs = scheduler.get_jobs(JobFilter::default()).await.unwrap();
    assert_eq!(jobs.len(), expected.len());
    for its in &expected {
        let job = jobs.iter().find(|job| job.id().as_str() == its.id).expect("it was added");
        assert_eq!(job.name(), its.name);
        assert_eq!(job.args(), &its.args);
        assert_eq!(job.trigger(), &its.trigger);
        assert_eq!(job.executor(), its.executor);
        assert_eq!(job.misfire_grace_time(), its.misfire_grace_time);
        assert_eq!(job.coalesce(), its.coalesce);
        assert_eq!(job.max_instances(), its.max_instances);
        let next = match its.next {
            sched_import::NextRun::At(moment) => Some(moment),
            _ => None,
        };
        assert_eq!(job.next_run_time(), next, "{}", its.id);
        assert_eq!(job.is_paused(), next.is_none(), "{}", its.id);
    }

    // Once more: all are there already, and stay as they are.
    let again = found().await.add_to(&scheduler, "default", Conflict::Refuse).await;
    assert_eq!((again.jobs.len(), again.refused.len()), (0, 8 + expected.len()));
    let kept = found().await.add_to(&scheduler, "default", Conflict::Keep).await;
    assert_eq!((kept.jobs.len(), kept.refused.len()), (expected.len(), 8));
}

#[tokio::test]
async fn all_is_kept_in_memory() {
    keeps_everything(with_mail(builder().jobstore("default", MemoryStore::new()))).await;
}

#[tokio::test]
async fn all_is_kept_in_a_store_that_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jobs.sqlite");
    let store = SqlStore::connect(&format!("sqlite:///{}", file.display())).unwrap();
    keeps_everything(with_mail(builder().jobstore("default", store))).await;
}

#[tokio::test]
async fn what_the_tasks_do_not_take_is_refused_by_the_scheduler() {
    let scheduler = builder().build().unwrap();
    scheduler.start_paused().await.unwrap();
    let added = found().await.add_to(&scheduler, "default", Conflict::Refuse).await;
    let by_scheduler = |its: &&sched_import::Refused| matches!(its.reason, Refusal::Scheduler(_));
    let ids: BTreeSet<&str> =
        added.refused.iter().filter(by_scheduler).map(|its| its.id.as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["both", "kwargs"]));
    let said = added.to_string();
    assert!(said.contains("  both: no task is registered under the name \"mail\"\n"), "{said}");
}
