//! A scheduler beside the rest of a program, without async: the reference's
//! `BackgroundScheduler`.

#![allow(clippy::disallowed_methods, reason = "a program of one's own may sleep")]

use std::time::Duration;

use sched_core::task::blocking;
use sched_core::{Error, Scheduler, Shutdown};
use sched_exec_thread::ThreadPoolExecutor;

fn main() -> Result<(), Error> {
    let scheduler =
        Scheduler::builder().executor("default", ThreadPoolExecutor::new()).build()?.blocking();
    // It has threads of its own, and returns at once.
    scheduler.start()?;
    let tick = blocking(|cx| println!("  tick, meant for {}", cx.scheduled_time()));
    let tick = scheduler.add(tick).every(Duration::from_millis(200)).id("tick").submit()?;

    println!("The program goes on with its own work.");
    std::thread::sleep(Duration::from_millis(700));

    // Its jobs are managed from any thread.
    scheduler.pause_job(&tick)?;
    println!("{}", scheduler.block_on(scheduler.asynchronous().explain("tick"))??);
    scheduler.modify_job("tick").name("slower").submit()?;
    scheduler.remove_job("tick")?;

    // It does not keep the program alive. Whoever wants runs to end in peace says so.
    scheduler.shutdown(Shutdown::Wait)
}
