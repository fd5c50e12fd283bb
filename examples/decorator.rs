//! Functions that say themselves when they run: the counterpart of `@scheduled_job`.

use sched_core::{Context, EventMask, Scheduler, Shutdown, scheduled};
use sched_exec_tokio::TokioExecutor;

#[scheduled(every = "200ms", id = "pulse")]
async fn pulse(cx: Context) {
    println!("{} at {}", cx.job_id(), cx.scheduled_time());
}

#[scheduled(cron = "0 9 * * mon-fri", timezone = "Europe/Berlin", id = "morning")]
fn open_the_shop() {}

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start().await?;
    for job in scheduler.add_scheduled().await? {
        println!("{job}");
    }
    for _ in 0..3 {
        ended.next().await;
    }
    scheduler.shutdown(Shutdown::Wait).await
}
