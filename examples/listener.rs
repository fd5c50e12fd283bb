//! A listener that hears how runs end, and why one did not go well.

use sched_core::{Event, EventKind, EventMask, Scheduler, Shutdown};
use sched_exec_tokio::TokioExecutor;

fn tell(event: &Event) {
    match &event.kind {
        EventKind::JobExecuted { run, retval, .. } => println!("{} came to {retval}", run.job_id),
        EventKind::JobError { run, error, .. } => println!("{} failed: {error}", run.job_id),
        _ => {}
    }
}

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    scheduler.add_listener(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR, tell);
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    scheduler.start().await?;

    let divide = |by: i32| async move { 84_i32.checked_div(by).ok_or("division by zero") };
    scheduler.add(move || divide(2)).id("by two").await?;
    scheduler.add(move || divide(0)).id("by zero").await?;
    for _ in 0..2 {
        ended.next().await;
    }
    // Returns when listeners have heard the last event.
    scheduler.shutdown(Shutdown::Wait).await
}
