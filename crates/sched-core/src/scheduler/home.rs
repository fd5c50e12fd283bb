//! The runtime that a scheduler lives in, for those who wait for it from elsewhere.

use std::sync::PoisonError;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, coop};

use crate::error::Error;
use crate::executor::CURRENT_RUN;
use crate::scheduler::shutdown::Waiting;
use crate::scheduler::{Scheduler, SchedulerState, Shutdown};

impl Scheduler {
    /// Returns once the scheduler is shut down; at once if it is not started.
    ///
    /// Inside a job too: a shutdown does not wait for a run that waits for it.
    pub async fn wait_until_stopped(&self) {
        let inner = &self.inner;
        let _waiting = CURRENT_RUN.try_with(|run| Waiting::inside(inner, *run)).ok();
        let mut status = inner.status.subscribe();
        // An error would say that the scheduler is gone; this handle holds it.
        let _ = status.wait_for(|state| *state == SchedulerState::Stopped).await;
    }

    /// The runtime that the scheduler was last started in; none before the first start, or when
    /// it is stopped and that runtime is gone.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] when the runtime went away under a scheduler that was running.
    pub(crate) fn home(&self) -> Result<Option<Handle>, Error> {
        let inner = &self.inner;
        let home = inner.runtime.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(runtime) = home else { return Ok(None) };
        let open = inner.is_open();
        // A runtime that ends takes the drivers with it: only then it is worth a closer look.
        let ended = |driver: &JoinHandle<()>| driver.is_finished();
        let suspect =
            !open || inner.stores().iter().any(|slot| slot.driver().as_ref().is_some_and(ended));
        if !suspect || !is_gone(&runtime) {
            return Ok(Some(runtime));
        }
        if open { Err(Error::NoRuntime) } else { Ok(None) }
    }

    /// Shuts down, and returns when nothing more goes on: for those whose runtime ends then.
    pub(crate) async fn wind_up(&self) {
        if let Err(error) = self.shutdown(Shutdown::Wait).await {
            tracing::debug!(%error, "shut down already");
        }
        // Somebody else's may still be at it, and needs the runtime to the end.
        self.wait_until_stopped().await;
        drop(self.inner.lifecycle.lock().await);
        // One that did not wait has left runs, whose ends are still to be noted.
        self.inner.quiet(|_| true).await;
        self.inner.drivers_done().await;
    }
}

/// Whether a runtime takes no more tasks.
fn is_gone(runtime: &Handle) -> bool {
    let probe = runtime.spawn(async {});
    probe.is_finished() && coop::unconstrained(probe).now_or_never().is_some_and(|end| end.is_err())
}
