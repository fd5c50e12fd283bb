//! Shutting down, and waiting for runs to end, from wherever it is asked for.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::event::EventKind;
use crate::executor::{CURRENT_RUN, IN_LOOP};
use crate::job::RunId;
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Scheduler, SchedulerState};
use crate::task::{CancelReason, RunShared};

/// What a shutdown does about runs that go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Shutdown {
    /// Waits for them. A run that itself asks for the shutdown is not waited for.
    #[default]
    Wait,
    /// Leaves them running; their ends are still noted.
    NoWait,
    /// Waits this long, then cancels them.
    WaitAtMost(Duration),
}

/// For listeners to hear the last events, and for cancelled runs to end.
const COURTESY: Duration = Duration::from_secs(1);

impl Scheduler {
    /// Shuts down: starts nothing more, deals with live runs as told, then closes stores and
    /// executors. Jobs stay in their stores; the scheduler may be started again.
    ///
    /// May be called from inside a job or a listener. Returns when listeners have heard the last
    /// event, or after a second.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub async fn shutdown(&self, how: Shutdown) -> Result<(), Error> {
        let inner = &self.inner;
        let first = inner.begin_stopping()?;
        inner.stores().iter().for_each(|slot| inner.direct(slot));
        match how {
            Shutdown::Wait => inner.quiet(|_| true).await,
            Shutdown::NoWait => {}
            Shutdown::WaitAtMost(limit) => {
                let quiet = inner.quiet(|_| true);
                tokio::pin!(quiet);
                tokio::select! {
                    () = &mut quiet => {}
                    () = inner.clock.sleep(limit) => {
                        inner.cancel_all(CancelReason::Shutdown);
                        // A blocking task may take no notice.
                        let _ = tokio::time::timeout(COURTESY, quiet).await;
                    }
                }
            }
        }
        if !first {
            return Ok(());
        }
        let lifecycle = inner.lifecycle.lock().await;
        inner.drivers_done().await;
        inner.stop_executors().await;
        let watch = inner.clock_watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watch) = watch {
            watch.abort();
        }
        inner.status.send_replace(SchedulerState::Stopped);
        tracing::info!("scheduler has been shut down");
        inner.events.emit(|| EventKind::SchedulerShutdown);
        drop(lifecycle);
        let _ = tokio::time::timeout(COURTESY, inner.events.delivered()).await;
        Ok(())
    }
}

impl Inner {
    /// To stopping; false if somebody else was faster.
    fn begin_stopping(&self) -> Result<bool, Error> {
        self.here()?;
        let mut began = Ok(true);
        self.status.send_if_modified(|state| {
            match *state {
                SchedulerState::Stopped => began = Err(Error::NotRunning),
                SchedulerState::Stopping => began = Ok(false),
                SchedulerState::Running | SchedulerState::Paused => {
                    *state = SchedulerState::Stopping;
                }
            }
            matches!(began, Ok(true))
        });
        began
    }

    /// Waits until none of the runs asked for is live but those inside which somebody waits.
    pub(super) async fn quiet(&self, asked: impl Fn(&RunShared) -> bool) {
        let _waiting = CURRENT_RUN.try_with(|run| Waiting::inside(self, *run)).ok();
        // The loop stands still around this very call: nobody would note the end of a run.
        if IN_LOOP.try_with(|()| ()).is_ok() {
            return;
        }
        loop {
            let quieter = self.quieter.notified();
            tokio::pin!(quieter);
            quieter.as_mut().enable();
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let counts = |run: &RunShared| asked(run) && !waiting.iter().any(|at| run.has(*at));
            let stores = self.stores();
            let is_busy = |slot: &Arc<StoreSlot>| {
                slot.claiming.load(Ordering::SeqCst)
                    || slot.live.lock().iter().any(|run| counts(run))
            };
            if !stores.iter().any(is_busy) {
                return;
            }
            quieter.await;
        }
    }

    pub(super) fn quieter(&self) {
        self.quieter.notify_waiters();
    }

    fn cancel_all(&self, reason: CancelReason) {
        for slot in self.stores().iter() {
            slot.live.lock().iter().for_each(|run| {
                run.cancel(reason);
            });
        }
    }

    /// Waits for the drivers that have nothing live any more to close their stores.
    pub(super) async fn drivers_done(&self) {
        for slot in self.stores().iter() {
            let driver = slot.driver().take();
            let Some(mut driver) = driver else { continue };
            if slot.live.lock().is_empty() && (&mut driver).await.is_ok() {
                continue;
            }
            // Its runs go on; it closes the store after the last.
            *slot.driver() = Some(driver);
        }
    }
}

/// As long as it lives, the run is not waited for.
pub(super) struct Waiting<'a> {
    inner: &'a Inner,
    run: RunId,
}

impl<'a> Waiting<'a> {
    pub(super) fn inside(inner: &'a Inner, run: RunId) -> Self {
        inner.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(run);
        inner.quieter();
        Waiting { inner, run }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = waiting.iter().position(|run| *run == self.run) {
            waiting.swap_remove(at);
        }
    }
}
