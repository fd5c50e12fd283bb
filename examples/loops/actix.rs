//! Jobs on the arbiter of an actix program, where they may spawn what cannot leave its thread.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use actix_rt::{Arbiter, System};
use sched_core::{Context, Scheduler, Shutdown};
use sched_exec_loop::{Closed, LoopExecutor};

fn main() -> Result<(), Box<dyn Error>> {
    let system = System::new();
    let arbiter = Arbiter::current();
    let executor =
        LoopExecutor::new(move |turn| arbiter.spawn_fn(turn).then_some(()).ok_or(Closed));
    // Underneath actix is tokio, which does for the scheduler itself.
    let scheduler = Scheduler::builder().executor("default", executor).build()?;

    let here = thread::current().id();
    let runs = Arc::new(AtomicU32::new(0));
    let tick = move |cx: Context| {
        let runs = runs.clone();
        async move {
            // Anywhere else this would panic: only an arbiter takes what is not `Send`.
            let counted = actix_rt::spawn(async move {
                let count = Rc::new(Cell::new(0));
                let counting = count.clone();
                actix_rt::spawn(async move { counting.set(1) }).await.map(|()| count.get())
            });
            let run = counted.await?? + runs.fetch_add(1, Ordering::SeqCst);
            println!("run {run}, on the loop's thread: {}", thread::current().id() == here);
            if run == 3 {
                // First the scheduler, while the loop still turns for it.
                cx.scheduler().shutdown(Shutdown::Wait).await?;
                System::current().stop();
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        }
    };
    system.block_on(async {
        scheduler.start().await?;
        scheduler.add(tick).every(Duration::from_millis(100)).await
    })?;
    system.run()?;
    Ok(())
}
