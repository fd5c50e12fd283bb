//! All that is told of one job, in order, read as a stream: added, submitted, removed since it has no
//! fire left, failed, tried again, executed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sched_core::event::StreamItem;
use sched_core::{EventKind, EventMask, Retry, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;

/// Fails the first time.
#[task]
async fn fetch() -> Result<u32, String> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    match CALLS.fetch_add(1, Ordering::Relaxed) {
        0 => Err("the other side hung up".to_owned()),
        calls => Ok(calls),
    }
}

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    // From here on nothing is missed, even what happens before somebody reads.
    let mut events = scheduler.events(EventMask::ALL);
    scheduler.start().await?;
    let retry = Retry::new(3).backoff(Duration::from_millis(100));
    scheduler.add(fetch.call()).retry(retry).id("fetch").await?;

    while let Some(item) = events.next().await {
        let StreamItem::Event(event) = item else { continue };
        match &event.kind {
            EventKind::JobAdded(job) => println!("{} was added", job.job_id),
            EventKind::JobSubmitted { job, .. } => println!("{} was submitted", job.job_id),
            EventKind::JobError { run, error, .. } => {
                println!("{}, attempt {}: {error}", run.job_id, run.attempt);
            }
            EventKind::JobRetried { retry_at, .. } => println!("it is tried again at {retry_at}"),
            EventKind::JobExecuted { run, retval, .. } => {
                println!("{}, attempt {}: {retval}", run.job_id, run.attempt);
                break;
            }
            EventKind::JobRemoved(job) => println!("{} has no fire left", job.job_id),
            _ => {}
        }
    }
    scheduler.shutdown(Shutdown::Wait).await
}
