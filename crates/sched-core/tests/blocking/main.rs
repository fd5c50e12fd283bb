//! The form for programs without async, called from every place where it may be called.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod drop_and_gone;
mod everyday;
mod from_jobs;
mod from_runtimes;
mod life;
mod while_starting;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use async_trait::async_trait;
use sched_core::{Context, Executor, Run, Scheduler, blocking};

/// No test takes nearly as long: one that does hangs.
const WATCHDOG: Duration = Duration::from_secs(30);

/// Runs `test` and fails if it does not end. The thread of one that hangs is left behind.
fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = channel();
    let test = std::thread::spawn(move || {
        let answer = test();
        let _ = done.send(());
        answer
    });
    if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(WATCHDOG) {
        panic!("it hangs");
    }
    match test.join() {
        Ok(answer) => answer,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// What a job or a listener has to say.
fn heard<T>(from: &Receiver<T>) -> T {
    from.recv_timeout(WATCHDOG).expect("nothing was said in time")
}

/// Runs async tasks in the scheduler's runtime, blocking ones on its threads for such.
#[derive(Debug)]
struct Spawning;

#[async_trait]
impl Executor for Spawning {
    fn submit(&self, run: Run) {
        tokio::spawn(run.execute());
    }
}

/// Runs each task on a thread of its own.
#[derive(Debug)]
struct Threads;

#[async_trait]
impl Executor for Threads {
    fn submit(&self, run: Run) {
        std::thread::spawn(move || run.execute_blocking());
    }
}

/// Runs each task in a single-threaded runtime of its own, as somebody else's event loop would.
#[derive(Debug)]
struct Loops;

#[async_trait]
impl Executor for Loops {
    fn submit(&self, run: Run) {
        std::thread::spawn(move || {
            let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            own.block_on(run.execute());
        });
    }
}

fn asynchronous() -> Scheduler {
    Scheduler::builder()
        .executor("default", Spawning)
        .executor("threads", Threads)
        .executor("loops", Loops)
        .executor("inline", sched_core::InlineExecutor::new())
        .timezone(sched_core::Zone::UTC)
        .build()
        .unwrap()
}

fn new() -> blocking::Scheduler {
    asynchronous().blocking()
}

fn started() -> blocking::Scheduler {
    let scheduler = new();
    scheduler.start().unwrap();
    scheduler
}

/// Uses the scheduler a job belongs to, in every way, with the job still there afterwards.
fn use_it(scheduler: &blocking::Scheduler) {
    let job = scheduler
        .add(|_: Context| async {})
        .every(Duration::from_secs(3_600))
        .name("other")
        .submit()
        .unwrap();
    assert_eq!(scheduler.get_job(&job).unwrap().as_ref(), Some(&job));
    let job = scheduler.modify_job(&job).name("renamed").submit().unwrap();
    assert_eq!(job.name(), "renamed");
    assert!(scheduler.pause_job(&job).unwrap().is_paused());
    assert!(scheduler.resume_job(&job).unwrap().is_some());
    scheduler.remove_job(&job).unwrap();
    scheduler.add_executor("passing", Spawning).unwrap();
    scheduler.remove_executor("passing", true).unwrap();
}
