//! A program whose scheduler runs until somebody says stop. Says on standard output how far it is.
//!
//! Its one job goes on until the scheduler stops; with the argument `stubborn` until it is
//! cancelled.

use sched_core::{Context, Error, InlineExecutor, Scheduler};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stubborn = std::env::args().any(|argument| argument == "stubborn");
    let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
    let job = move |cx: Context| async move {
        println!("begun");
        while cx.scheduler().is_running() {
            tokio::task::yield_now().await;
        }
        println!("stopping");
        if stubborn {
            cx.cancelled().await;
        }
        println!("job ended");
    };
    scheduler.add(job).await?;
    scheduler.run().await?;
    println!("ended");
    Ok(())
}
