//! The executor: spawns what it is given.

use std::num::NonZeroUsize;

use sched_core::{Error, Executor, Run};

use crate::crowd;

/// Runs each job as a task of the runtime that the scheduler was started in.
///
/// - It takes any number of runs at once, unless [limited](Self::limit).
/// - It has nothing to start and nothing to give back: runs go on after a shutdown that did not
///   wait for them, for as long as the runtime does.
/// - It can be given to several schedulers; each has its own limit.
#[derive(Debug, Clone, Default)]
pub struct TokioExecutor {
    limit: Option<NonZeroUsize>,
}

impl TokioExecutor {
    /// An executor without a limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// At most `runs` at once, async and blocking ones together. Those beyond stay in their store
    /// until there is room, where another scheduler may take them.
    ///
    /// # Errors
    /// [`Error::Config`] when it is zero.
    pub fn limit(mut self, runs: usize) -> Result<Self, Error> {
        let refused = || Error::Config {
            key: "max_workers".to_owned(),
            reason: "an executor that takes no runs would keep every job waiting".to_owned(),
        };
        self.limit = Some(NonZeroUsize::new(runs).ok_or_else(refused)?);
        Ok(self)
    }
}

impl Executor for TokioExecutor {
    fn capacity(&self) -> usize {
        self.limit.map_or(usize::MAX, NonZeroUsize::get)
    }

    fn submit(&self, run: Run) {
        // Nobody waits for the handle: the run itself tells how it ended, even when it is dropped.
        drop(tokio::spawn(run.execute()));
    }

    fn submit_all(&self, runs: &mut dyn Iterator<Item = Run>) {
        crowd::spawn(runs);
    }
}
