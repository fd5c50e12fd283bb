//! What tasks may do to their process without harm to the scheduler: crash, hang, take all memory.

use std::time::Duration;

use sched_core::event::StreamItem;
use sched_core::{Context, EventKind, EventMask, Scheduler, Shutdown, task};
use sched_exec_process::ProcessPoolExecutor;

#[task]
fn add(a: u64, b: u64) -> u64 {
    a + b
}

/// What a bug in a C library comes to.
#[task]
fn crash() {
    eprintln!("double free, say");
    std::process::abort();
}

/// Blocks its thread, and does not look whether it is to stop.
#[task]
fn hang() {
    loop {
        std::thread::park();
    }
}

#[task]
fn hoard() -> usize {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1 << 20]);
    }
}

/// There is a context, with all that belongs to the run.
#[task]
fn report(cx: Context) -> Result<String, sched_core::task::ArgsError> {
    cx.report_progress("half-way")?;
    Ok(format!("{} is told by process {}", cx.job_id(), std::process::id()))
}

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    // The workers are this program, started once more: this is where they begin to work.
    sched_exec_process::worker();

    println!("the scheduler is in process {}", std::process::id());
    let pool = ProcessPoolExecutor::with_workers(2)?.memory_limit(256 << 20);
    let scheduler = Scheduler::builder().executor("default", pool).build()?;
    let mut ends = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    scheduler.start().await?;

    scheduler.add(add.call(40, 2)).id("add").await?;
    scheduler.add(crash.call()).id("crash").await?;
    scheduler.add(hang.call()).id("hang").timeout(Duration::from_secs(1)).await?;
    scheduler.add(hoard.call()).id("hoard").await?;
    scheduler.add(report.call()).id("report").await?;

    for _ in 0..5 {
        let Some(StreamItem::Event(end)) = ends.next().await else { break };
        match &end.kind {
            EventKind::JobExecuted { run, retval, .. } => println!("{}: {retval}", run.job_id),
            EventKind::JobError { run, error, .. } => println!("{}: {error}", run.job_id),
            _ => {}
        }
    }
    scheduler.shutdown(Shutdown::Wait).await
}
