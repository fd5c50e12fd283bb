//! What is posted to a loop, and what becomes of it when the loop does not take it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_task::Runnable;
use sched_core::Run;
use tokio::runtime::Handle;

/// A piece of work for the loop: to be called once, on the loop's thread.
///
/// It returns soon, unless it is a blocking task, and never panics. Dropped instead, it ends its
/// run in an error, on whatever thread that happens.
pub type Turn = Box<dyn FnOnce() + Send>;

/// The loop takes no more work: it has ended, or was never there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event loop is closed")]
pub struct Closed;

/// How an executor reaches its loop.
#[derive(Clone)]
pub(crate) struct Post(Arc<dyn Fn(Turn) -> Result<(), Closed> + Send + Sync>);

impl Post {
    pub(crate) fn new(post: impl Fn(Turn) -> Result<(), Closed> + Send + Sync + 'static) -> Self {
        Post(Arc::new(post))
    }

    /// Has the run begin on the loop. Called inside the scheduler's runtime.
    pub(crate) fn begin(&self, run: Run) {
        self.send(Work::Begin(run, self.clone()), Handle::current());
    }

    fn poll(&self, runnable: Runnable, runtime: Handle) {
        self.send(Work::Poll(runnable), runtime);
    }

    fn send(&self, work: Work, runtime: Handle) {
        let posted = Posted { work: Some(work), runtime };
        let turn: Turn = Box::new(move || posted.call());
        // Called by the scheduler's loop and by whatever wakes a task: neither can use a panic.
        // Why the loop did not take it does not matter, what it did not take tells it by itself.
        let sent = catch_unwind(AssertUnwindSafe(|| (self.0)(turn)));
        if sent.is_err() {
            tracing::error!("the function that posts to the event loop panicked");
        }
    }
}

enum Work {
    /// The first part of a run, and where further parts go.
    Begin(Run, Post),
    /// An async task that was woken.
    Poll(Runnable),
}

/// Work on its way. It is done on the loop, or fails wherever it is dropped.
struct Posted {
    work: Option<Work>,
    runtime: Handle,
}

impl Posted {
    fn call(mut self) {
        let Some(work) = self.work.take() else { return };
        let runtime = &self.runtime;
        // Time and the like are tokio's in an async task on any loop.
        let _entered = runtime.enter();
        // A task's panics are caught further down. Whatever still comes up here, such as a panic
        // in a value that is dropped, has ended the run; it shall not end the loop as well.
        let done = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Begin(run, _) if run.is_blocking() => run.execute_blocking(),
            Work::Begin(run, post) => {
                let runtime = runtime.clone();
                let wake = move |runnable| post.poll(runnable, runtime.clone());
                let (runnable, task) = async_task::spawn(run.execute(), wake);
                // Nobody waits for it: the run itself tells how it ended.
                task.detach();
                runnable.run();
            }
            Work::Poll(runnable) => {
                runnable.run();
            }
        }));
        if done.is_err() {
            tracing::error!("a run on the event loop panicked outside of its task");
        }
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        match self.work.take() {
            None => {}
            Some(Work::Begin(run, _)) => run.fail(Closed),
            Some(Work::Poll(runnable)) => {
                tracing::error!("the event loop was closed under a run, which ends in an error");
                // With it goes what the task holds. Whoever woke the task may hold locks that
                // those things want: so not here.
                let gone = async move { drop(runnable) };
                // If the runtime has ended it is here all the same.
                let _ = catch_unwind(AssertUnwindSafe(|| self.runtime.spawn(gone)));
            }
        }
    }
}
