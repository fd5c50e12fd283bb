//! Jobs that outlive the program: two lives of it, one after the other, on the same file.

#![allow(clippy::disallowed_methods, reason = "a program of one's own may sleep")]

use std::path::Path;
use std::time::Duration;

use sched_core::{Conflict, Context, EventMask, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;

/// What is stored is this name and the arguments: the next program finds the function by it.
#[task(name = "water the plants")]
async fn water(cx: Context, litres: u32) -> Result<String, std::fmt::Error> {
    println!("  {litres} litres, meant for {}", cx.scheduled_time());
    Ok(format!("{litres} litres"))
}

/// The beginning of every life: the same code, whether the jobs are there already or not.
async fn begin(file: &Path) -> Result<Scheduler, Box<dyn std::error::Error>> {
    let scheduler = Scheduler::builder()
        .jobstore("default", SqlStore::sqlite(file).build()?)
        .executor("default", TokioExecutor::new())
        .build()?;
    scheduler
        .add(water.call(3_u32))
        .every(Duration::from_millis(400))
        .id("plants")
        .on_conflict(Conflict::ReplaceKeepNext)
        .await?;
    Ok(scheduler)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("jobs.sqlite");

    println!("The first life:");
    let scheduler = begin(&file).await?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start().await?;
    ended.next().await;
    scheduler.shutdown(Shutdown::Wait).await?;

    println!("For a second nobody waters anything, although it is due.");
    tokio::time::sleep(Duration::from_secs(1)).await;

    println!("The second life:");
    let scheduler = begin(&file).await?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start_paused().await?;
    for job in scheduler.get_jobs(JobFilter::all()).await? {
        println!("  found: {job}, last outcome {:?}", job.last_outcome().map(|last| &last.kind));
    }
    // What fell due meanwhile is run once, for the last of it.
    scheduler.resume()?;
    ended.next().await;
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
