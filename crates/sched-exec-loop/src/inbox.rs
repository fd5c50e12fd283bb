//! A loop of one's own: what is posted waits until the host has time for it.

use std::fmt;
use std::time::Instant;

use crossbeam_channel::{Receiver, unbounded};

use crate::executor::LoopExecutor;
use crate::turn::{Closed, Turn};

/// Where work waits for a host that has a loop of its own and nothing to post to: a game that
/// gives its jobs a part of each frame, an embedder that comes round now and then.
///
/// The thread that calls [`run_pending`](Self::run_pending) is the one that jobs run on. Dropped,
/// it is a closed loop: what waits in it ends in an error.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use sched_core::task::blocking;
/// use sched_core::Scheduler;
/// use sched_exec_loop::Inbox;
///
/// # fn main() -> Result<(), sched_core::Error> {
/// let (executor, inbox) = Inbox::new();
/// let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
/// scheduler.start()?;
/// # let (told, done) = std::sync::mpsc::channel();
/// # let job = scheduler.add(blocking(move |_| told.send(())));
/// # job.submit()?;
/// loop {
///     // Ten milliseconds of each frame.
///     inbox.run_pending(Instant::now() + Duration::from_millis(10));
///     // Then the frame itself.
/// #   if done.try_recv().is_ok() { break }
/// #   std::thread::yield_now();
/// }
/// # Ok(())
/// # }
/// ```
pub struct Inbox {
    turns: Receiver<Turn>,
}

impl Inbox {
    /// An executor, and where its work comes to.
    pub fn new() -> (LoopExecutor, Inbox) {
        let (sender, turns) = unbounded();
        let executor = LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed));
        (executor, Inbox { turns })
    }

    /// Does what waits here, until nothing does or the deadline has passed. Does not wait for
    /// work. True if some is left.
    ///
    /// One piece is done even when the deadline has passed before, so that a host that is always
    /// late gets on. No piece is cut short: a blocking task takes as long as it takes.
    pub fn run_pending(&self, deadline: Instant) -> bool {
        while let Ok(turn) = self.turns.try_recv() {
            turn();
            if has_passed(deadline) {
                break;
            }
        }
        !self.turns.is_empty()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("waiting", &self.turns.len()).finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "the host's own budget, and no time of a job")]
fn has_passed(deadline: Instant) -> bool {
    Instant::now() >= deadline
}
