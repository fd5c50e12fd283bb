//! What becomes of a run when its scheduler is shut down, in three ways.
//!
//! A program usually takes [`Scheduler::run`], which waits at Ctrl-C and SIGTERM as the first does.

use std::time::Duration;

use sched_core::task::CancelReason;
use sched_core::{Context, Error, EventMask, Scheduler, Shutdown};
use sched_exec_tokio::TokioExecutor;

/// Works for half a second, and says so when it is told to stop.
async fn work(cx: Context) -> Result<(), &'static str> {
    tokio::select! {
        () = cx.sleep(Duration::from_millis(500)) => {
            println!("  the task is done");
            Ok(())
        }
        reason = cx.cancelled() => {
            // Time to put things in order, but not to wait: it is dropped at its next `await`.
            println!("  the task is told to stop: {reason:?}");
            assert_eq!(reason, CancelReason::Shutdown);
            Err("stopped half-way")
        }
    }
}

async fn shut_down(how: Shutdown) -> Result<(), Error> {
    println!("{how:?}");
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    let mut begun = scheduler.events(EventMask::JOB_STARTED);
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    scheduler.start().await?;
    scheduler.add(work).id("work").await?;
    begun.next().await;

    scheduler.shutdown(how).await?;
    println!("  shut down; {} runs go on", scheduler.local_runs().len());
    ended.next().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    shut_down(Shutdown::Wait).await?;
    shut_down(Shutdown::WaitAtMost(Duration::from_millis(100))).await?;
    shut_down(Shutdown::NoWait).await
}
