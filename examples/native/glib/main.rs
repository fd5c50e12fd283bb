//! Jobs on GLib's main loop, which is GTK's: there they may change what is on the screen.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use glib::MainLoop;
use sched_core::task::blocking;
use sched_core::{Context, Scheduler, Shutdown};
use sched_exec_loop::LoopExecutor;

fn main() -> Result<(), Box<dyn Error>> {
    let main_loop = MainLoop::new(None, false);
    // Not `MainContext::invoke`: on the loop's own thread that calls the turn at once.
    let executor = LoopExecutor::new(|turn| {
        glib::idle_add_once(turn);
        Ok(())
    });

    // The scheduler has threads of its own. Its jobs come here.
    let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
    scheduler.start()?;

    let here = thread::current().id();
    // As a button's callback would be: short, and in the loop.
    let at_once = blocking(move |_: Context| {
        println!("at once, on the loop's thread: {}", thread::current().id() == here);
    });
    scheduler.add(at_once).submit()?;

    let (quits, runs) = (main_loop.clone(), Arc::new(AtomicU32::new(0)));
    let tick = move |cx: Context| {
        let (quits, runs) = (quits.clone(), runs.clone());
        async move {
            // Woken by the scheduler's clock, on another thread, and still polled on this one.
            cx.sleep(Duration::from_millis(20)).await;
            let run = 1 + runs.fetch_add(1, Ordering::SeqCst);
            println!("run {run}, on the loop's thread: {}", thread::current().id() == here);
            if run == 3 {
                // First the scheduler, while the loop still turns for it.
                cx.scheduler().shutdown(Shutdown::Wait).await?;
                quits.quit();
            }
            Ok::<_, sched_core::Error>(())
        }
    };
    scheduler.add(tick).every(Duration::from_millis(100)).submit()?;
    main_loop.run();
    Ok(())
}
