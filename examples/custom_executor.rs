//! An executor of one's own: a thread with a large stack for each run, for tasks that recurse
//! deeply.

use async_trait::async_trait;
use sched_core::{EventMask, Executor, Run, Scheduler, Shutdown, task};

/// A thread for each run, with a stack of 256 MiB.
#[derive(Debug)]
struct LargeStacks {
    at_once: usize,
}

#[async_trait]
impl Executor for LargeStacks {
    /// The scheduler hands over no more at once. What is beyond stays in its store.
    fn capacity(&self) -> usize {
        self.at_once
    }

    /// Called by the scheduler's loop: it must not wait.
    fn submit(&self, run: Run) {
        let thread = std::thread::Builder::new()
            .name(format!("{}", run.run_id()))
            .stack_size(256 << 20)
            // Misfires, time-outs, panics and events are dealt with in there.
            .spawn(move || run.execute_blocking());
        if let Err(error) = thread {
            // The run was dropped with the closure, and ends in an error.
            println!("no thread: {error}");
        }
    }
}

/// Goes so many calls deep.
#[task]
fn depth(steps: u64) -> u64 {
    fn down(steps: u64) -> u64 {
        if steps == 0 { 0 } else { 1 + std::hint::black_box(down(steps - 1)) }
    }
    let reached = down(steps);
    println!("{reached} calls deep, on thread {:?}", std::thread::current().name());
    reached
}

#[tokio::main]
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", LargeStacks { at_once: 2 }).build()?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    scheduler.start().await?;
    for steps in [10_u64, 10_000, 500_000] {
        scheduler.add(depth.call(steps)).await?;
    }
    for _ in 0..3 {
        ended.next().await;
    }
    scheduler.shutdown(Shutdown::Wait).await
}
