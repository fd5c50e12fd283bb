//! Jobs as a text that people can read, and a job that moves to another store while it fires.

use std::time::Duration;

use sched_core::export::Import;
use sched_core::{Conflict, Context, EventMask, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;

#[task]
async fn tick(cx: Context, what: String) {
    println!("{what}, of {}", cx.scheduled_time());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = SqlStore::sqlite(folder.path().join("jobs.sqlite")).build()?;
    // The store `default` is in memory.
    let scheduler = Scheduler::builder()
        .jobstore("file", file)
        .executor("default", TokioExecutor::new())
        .build()?;
    scheduler.start().await?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);

    scheduler.add(tick.call("a tick")).id("often").every(Duration::from_millis(100)).await?;
    scheduler.add(tick.call("a report")).id("nightly").cron("0 2 * * *").tag("report").await?;
    ended.next().await;

    let export = scheduler.export_jobs("default").await?;
    println!("{}", export.text);

    let moved = scheduler.move_job("often", "file").await?;
    println!("now in the store {:?}: {moved}", moved.store());
    ended.next().await;

    // Only what is not there yet.
    let import = Import::from(&export).store("file").on_conflict(Conflict::Keep);
    for entry in scheduler.import_jobs(import).await? {
        println!("entry {}, {:?}: {:?}", entry.position, entry.id, entry.result);
    }
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
