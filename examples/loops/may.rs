//! Jobs in green threads, which `may` has for Rust as gevent for Python: code that looks as if
//! it blocked, and costs no thread.
//!
//! What waits has to be the green thread's own code, as in `green` here. A blocking task that
//! waits would go on in another thread, away from what tokio and tracing keep for the first.

use std::error::Error;
use std::sync::{Arc, mpsc};

use may::sync::Barrier;
use sched_core::{Context, JobRequest, Scheduler, Shutdown};
use sched_exec_loop::LoopExecutor;

/// More than two threads could hold, if each had one to itself.
const JOBS: usize = 100;

/// Does it in a green thread, and waits for it as a task waits.
async fn green<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = tokio::sync::oneshot::channel();
    may::go!(move || tell.send(work()).is_ok());
    told.await.ok()
}

fn main() -> Result<(), Box<dyn Error>> {
    // Its stacks are made for less than a scheduler's calls; this many words are enough.
    may::config().set_workers(2).set_stack_size(0x1_0000);
    let executor = LoopExecutor::new(|turn| {
        may::go!(turn);
        Ok(())
    });

    // The scheduler has threads of its own. Its jobs come to those of `may`.
    let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
    scheduler.start()?;

    let everybody = Arc::new(Barrier::new(JOBS));
    let (said, heard) = mpsc::channel();
    let meet = move |cx: Context| {
        let (everybody, said) = (everybody.clone(), said.clone());
        async move {
            // Nobody gets past this before all are here.
            green(move || everybody.wait()).await;
            said.send(cx.job_id().clone())
        }
    };
    let jobs = (0..JOBS).map(|number| JobRequest::new(meet.clone()).id(number.to_string()));
    for added in scheduler.add_all(jobs)? {
        added?;
    }
    println!("{} jobs have met on two threads", heard.into_iter().take(JOBS).count());
    scheduler.shutdown(Shutdown::Wait)?;
    Ok(())
}
