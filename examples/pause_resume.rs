//! One job, or all of them, put on hold and let go again; and what a job waits for, in words.

use std::time::Duration;

use sched_core::{EventMask, Scheduler, Shutdown};
use sched_exec_tokio::TokioExecutor;

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start().await?;
    let tick = scheduler.add(|| async { println!("tick") });
    let tick = tick.id("tick").every(Duration::from_millis(200)).await?;
    ended.next().await;

    tick.pause().await?;
    println!("{}", scheduler.explain("tick").await?);
    tick.resume().await?;
    ended.next().await;

    // Nothing at all is started; what falls due meanwhile is late, and run once.
    scheduler.pause()?;
    println!("{:?}", scheduler.state());
    scheduler.resume()?;
    ended.next().await;
    println!("{}", scheduler.explain("tick").await?);
    scheduler.shutdown(Shutdown::Wait).await
}
