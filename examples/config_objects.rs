//! A scheduler with four job stores and two executors, from objects: what the reference's user
//! guide calls method 1.

use std::time::Duration;

use sched_core::{EventMask, JobFilter, MemoryStore, Scheduler, Shutdown, task};
use sched_exec_thread::ThreadPoolExecutor;
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;

#[task]
async fn report(to: String) {
    println!("a report for {to}");
}

/// Not async: it may block its thread, which is one of the pool's.
#[task]
fn count(up_to: u64) -> Result<u64, String> {
    Ok((1..=up_to).sum())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let scheduler = Scheduler::builder()
        .name("config example")
        .timezone("Europe/Berlin".parse()?)
        .jobstore("default", MemoryStore::new())
        .jobstore("reports", SqlStore::connect(&file("reports.sqlite"))?)
        .jobstore("billing", SqlStore::connect(&file("billing.sqlite"))?)
        .jobstore("archive", SqlStore::connect(&file("archive.sqlite"))?)
        .executor("default", TokioExecutor::new())
        .executor("blocking", ThreadPoolExecutor::with_workers(5)?)
        .build()?;
    scheduler.start().await?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);

    scheduler.add(report.call("the board")).store("reports").id("board").await?;
    scheduler.add(count.call(1_000)).store("billing").executor("blocking").await?;
    scheduler.add(report.call("nobody")).store("archive").cron("0 4 1 1 *").await?;
    scheduler.add(|| async { println!("a closure, in memory") }).await?;
    for _ in 0..3 {
        let Some(event) = ended.next().await else { break };
        println!("{event:?}");
    }
    for job in scheduler.get_jobs(JobFilter::all()).await? {
        println!("left: {job}");
    }
    scheduler.shutdown(Shutdown::WaitAtMost(Duration::from_secs(5))).await?;
    Ok(())
}
