//! The runtime that a blocking scheduler has for itself.

use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::Error;
use crate::scheduler::Scheduler;

/// A runtime made when it is first needed. Dropped, it goes on in the background until the
/// scheduler in it has ended.
pub(super) struct OwnRuntime {
    scheduler: Scheduler,
    runtime: Mutex<Option<NeverWaits>>,
}

impl OwnRuntime {
    pub(super) fn new(scheduler: Scheduler) -> Self {
        OwnRuntime { scheduler, runtime: Mutex::new(None) }
    }

    /// # Errors
    /// [`Error::NoThread`].
    pub(super) fn handle(&self) -> Result<Handle, Error> {
        let mut own = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(NeverWaits(Some(runtime))) = &*own {
            return Ok(runtime.handle().clone());
        }
        let runtime = Builder::new_multi_thread().thread_name("sched").enable_all().build();
        let runtime = runtime.map_err(|source| Error::NoThread { source })?;
        let handle = runtime.handle().clone();
        *own = Some(NeverWaits(Some(runtime)));
        Ok(handle)
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        let own = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(own) = own else { return };
        let scheduler = self.scheduler.clone();
        let end = move || {
            let NeverWaits(Some(runtime)) = &own else { return };
            // It may have been started in another runtime since.
            let home = scheduler.home().ok().flatten();
            if home.is_some_and(|home| home.id() == runtime.handle().id()) {
                runtime.block_on(scheduler.wind_up());
            }
        };
        if let Err(error) = thread::Builder::new().name("sched-end".to_owned()).spawn(end) {
            tracing::error!(%error, "no thread to shut down in: live runs end here");
        }
    }
}

/// A runtime that can be dropped anywhere, also inside of itself.
struct NeverWaits(Option<Runtime>);

impl Drop for NeverWaits {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
