//! A program that is nothing but its scheduler, without async: the reference's
//! `BlockingScheduler`. `run` returns when somebody shuts it down, here a job; else at Ctrl-C.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sched_core::task::blocking;
use sched_core::{Error, Scheduler, Shutdown};
use sched_exec_thread::ThreadPoolExecutor;

fn main() -> Result<(), Error> {
    let pool = ThreadPoolExecutor::with_workers(2)?;
    let scheduler = Scheduler::builder().executor("default", pool).build()?.blocking();

    let left = AtomicU32::new(3);
    let count = blocking(move |cx| {
        let now = left.fetch_sub(1, Ordering::Relaxed);
        println!("{now}, on {:?}", std::thread::current().name());
        // A run that asks for the end is not waited for.
        if now == 1 { cx.scheduler().blocking().shutdown(Shutdown::Wait) } else { Ok(()) }
    });
    scheduler.add(count).every(Duration::from_millis(200)).submit()?;

    println!("Ctrl-C ends it as well.");
    scheduler.run()?;
    println!("The scheduler has been shut down.");
    Ok(())
}
