//! Waiting for a future in a place that cannot await, wherever that is.

use std::future::Future;
use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::{self, Handle, RuntimeFlavor};
use tokio::task::{block_in_place, coop};

use crate::error::Error;
use crate::executor::CURRENT_RUN;

/// What would stand still if the present thread did.
enum Place {
    /// Nothing that another thread could not do.
    Free,
    /// The tasks that a thread of a multi-threaded runtime has taken up.
    Worker,
    /// All of a single-threaded runtime.
    OnlyThread(runtime::Id),
}

impl Place {
    fn here() -> Self {
        // No worker: threads that tokio keeps for blocking code, and those in `Handle::block_on`.
        match (Handle::try_current(), runtime::worker_index()) {
            (Ok(current), Some(_)) => match current.runtime_flavor() {
                RuntimeFlavor::MultiThread => Place::Worker,
                _ => Place::OnlyThread(current.id()),
            },
            _ => Place::Free,
        }
    }
}

/// Waits for `future` on this thread, inside the runtime `inside`; `needed` is the runtime without
/// which it may not come to an end.
///
/// # Errors
/// [`Error::WouldBlock`] when this thread is all that `needed` has; [`Error::NoThread`]. `future`
/// has not been polled then.
pub(super) fn wait_for<F>(
    future: F,
    inside: &Handle,
    needed: Option<&Handle>,
) -> Result<F::Output, Error>
where
    F: Future + Send,
    F::Output: Send,
{
    let wait = || {
        let _entered = inside.enter();
        // The budget of a task around us would not be renewed while we wait.
        pollster::block_on(coop::unconstrained(future))
    };
    match Place::here() {
        Place::Free => Ok(wait()),
        Place::Worker => Ok(block_in_place(wait)),
        Place::OnlyThread(stuck) if needed.is_some_and(|needed| needed.id() == stuck) => {
            Err(Error::WouldBlock)
        }
        Place::OnlyThread(_) => elsewhere(wait),
    }
}

/// Waits on a thread made for it. On the thread of another runtime the future would be taken for
/// part of its tasks, and could be kept waiting for the next of them.
fn elsewhere<T: Send>(wait: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let run = CURRENT_RUN.try_with(|run| *run).ok();
    let wait = || match run {
        Some(run) => CURRENT_RUN.sync_scope(run, wait),
        None => wait(),
    };
    thread::scope(|scope| {
        let waiting = thread::Builder::new().name("sched-wait".to_owned());
        let waiting = waiting.spawn_scoped(scope, wait);
        let waiting = waiting.map_err(|source| Error::NoThread { source })?;
        Ok(waiting.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
