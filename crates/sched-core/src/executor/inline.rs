//! The debug executor: runs are part of the scheduler's own loop.

use async_trait::async_trait;

use crate::executor::{Executor, Run};

tokio::task_local! {
    /// There while a blocking task is part of the scheduler's own loop.
    pub(crate) static IN_LOOP: ();
}

/// Runs each task at once, in the scheduler's own loop, which stands still meanwhile: one thing
/// after the other, for tests and for debugging.
///
/// An async task that has to wait goes on as a task of the runtime, and the loop with it. A blocking
/// one that shuts the scheduler down does not wait for other runs: the loop that would see them end
/// waits for it.
#[derive(Debug, Default)]
pub struct InlineExecutor {}

impl InlineExecutor {
    /// The debug executor.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Executor for InlineExecutor {
    fn submit(&self, run: Run) {
        if run.is_blocking() {
            return IN_LOOP.sync_scope((), || run.execute_blocking());
        }
        if let Some(rest) = run.execute_now() {
            tokio::spawn(rest);
        }
    }
}
