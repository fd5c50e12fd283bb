//! Jobs on Qt's event loop. Every binding of Qt has some way to post to it; here it is a dozen
//! lines of C++.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use sched_core::{Context, Scheduler, Shutdown};
use sched_exec_loop::LoopExecutor;

mod qt;

fn main() -> Result<(), Box<dyn Error>> {
    let application = qt::Application::open();
    let executor = LoopExecutor::new(qt::post);

    // The scheduler has threads of its own. Its jobs come here.
    let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
    scheduler.start()?;

    let here = thread::current().id();
    let runs = Arc::new(AtomicU32::new(0));
    let tick = move |cx: Context| {
        let runs = runs.clone();
        async move {
            // Woken by the scheduler's clock, on another thread, and still polled on this one.
            cx.sleep(Duration::from_millis(20)).await;
            let run = 1 + runs.fetch_add(1, Ordering::SeqCst);
            println!("run {run}, on the loop's thread: {}", thread::current().id() == here);
            if run == 3 {
                // First the scheduler, while the loop still turns for it.
                cx.scheduler().shutdown(Shutdown::Wait).await?;
                qt::quit();
            }
            Ok::<_, sched_core::Error>(())
        }
    };
    scheduler.add(tick).every(Duration::from_millis(100)).submit()?;
    match application.run() {
        0 => Ok(()),
        status => Err(format!("Qt's loop ended with {status}").into()),
    }
}
