//! The executor: posts what it is given.

use std::fmt;
use std::num::NonZeroUsize;

use sched_core::{Error, Executor, Run};

use crate::turn::{Closed, Post, Turn};

/// Runs jobs on the thread, or threads, of somebody else's event loop.
///
/// - Async tasks are polled there and nowhere else, once for each time that they are woken. They
///   may use what belongs to that loop, and also tokio's time: the scheduler's runtime is entered
///   around each poll.
/// - Blocking tasks run there too, which is what a function that changes a window must do, and
///   keep the loop from everything else until they return. [Otherwise](Self::blocking_elsewhere)
///   they run on threads that tokio keeps for such.
/// - It takes any number of runs at once, unless [limited](Self::limit).
/// - If the loop is closed, the run ends in an error of the kind
///   [`Executor`](sched_core::task::RunErrorKind::Executor), and so does one that had begun. The
///   same happens to runs whose turn the loop throws away. No run waits for ever on a loop that is
///   gone; one that is only stuck is waited for.
///
/// The loop must not wait for the scheduler: a shutdown with
/// [`Shutdown::Wait`](sched_core::Shutdown::Wait) waits for runs, which wait for the loop. Ask for
/// it from elsewhere, from an async task of the scheduler for example, while the loop still turns.
#[derive(Clone)]
pub struct LoopExecutor {
    post: Post,
    limit: Option<NonZeroUsize>,
    blocking_elsewhere: bool,
}

impl LoopExecutor {
    /// An executor for the loop that `post` reaches.
    ///
    /// `post` is called from any thread, the loop's own included. It hands the [`Turn`] over and
    /// returns; it must neither wait for it nor call it itself. If the loop is gone it answers
    /// [`Closed`] and drops the turn.
    ///
    /// ```
    /// # use sched_exec_loop::{Closed, LoopExecutor};
    /// let (sender, turns) = std::sync::mpsc::channel();
    /// let executor = LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed));
    /// # let _ = (executor, turns);
    /// ```
    pub fn new(post: impl Fn(Turn) -> Result<(), Closed> + Send + Sync + 'static) -> Self {
        LoopExecutor { post: Post::new(post), limit: None, blocking_elsewhere: false }
    }

    /// At most `runs` at once, async and blocking ones together. Those beyond stay in their store
    /// until there is room, where another scheduler may take them.
    ///
    /// # Errors
    /// [`Error::Config`] when it is zero.
    pub fn limit(mut self, runs: usize) -> Result<Self, Error> {
        let refused = || Error::Config {
            key: "limit".to_owned(),
            reason: "an executor that takes no runs would keep every job waiting".to_owned(),
        };
        self.limit = Some(NonZeroUsize::new(runs).ok_or_else(refused)?);
        Ok(self)
    }

    /// Keeps blocking tasks off the loop: they run on threads that tokio keeps for such.
    pub fn blocking_elsewhere(mut self) -> Self {
        self.blocking_elsewhere = true;
        self
    }
}

impl Executor for LoopExecutor {
    fn capacity(&self) -> usize {
        self.limit.map_or(usize::MAX, NonZeroUsize::get)
    }

    fn submit(&self, run: Run) {
        if self.blocking_elsewhere && run.is_blocking() {
            // Nobody waits for the handle: the run itself tells how it ended.
            drop(tokio::spawn(run.execute()));
        } else {
            self.post.begin(run);
        }
    }
}

impl fmt::Debug for LoopExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopExecutor")
            .field("limit", &self.limit)
            .field("blocking_elsewhere", &self.blocking_elsewhere)
            .finish_non_exhaustive()
    }
}
