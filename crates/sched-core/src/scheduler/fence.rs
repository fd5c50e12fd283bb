//! Stopping in time: a run whose lease cannot be kept is told to stop before another scheduler may
//! start it again.

use std::convert::Infallible;
use std::time::Duration;

use crate::scheduler::Inner;
use crate::scheduler::slot::StoreSlot;
use crate::task::{CancelReason, RunShared};
use crate::time::Timestamp;

impl Inner {
    /// How long before the end of its lease a run is told to stop.
    fn fence_margin(&self) -> Duration {
        self.settings.lease / 10
    }

    /// Stops a run whose lease is over, or nearly.
    pub(crate) fn stop_if_too_late(&self, run: &RunShared, now: Timestamp) {
        if run.lease_until().is_some_and(|until| until <= now + self.fence_margin()) {
            stop(run);
        }
    }

    /// Watches over the leases of a store's runs, beside the driver: that may be waiting for an
    /// answer that does not come.
    pub(super) async fn fence(&self, slot: &StoreSlot) -> Infallible {
        if slot.is_volatile() {
            return std::future::pending().await;
        }
        let margin = self.fence_margin();
        loop {
            // The steady clock first: if time passes between the two, we wake early and not late.
            let steady = self.clock.steady();
            let now = slot.now(&*self.clock);
            // Whatever is claimed from now on has a whole lease before it.
            let mut wait = self.settings.lease - margin;
            for run in slot.live.lock().iter() {
                let Some(until) = run.lease_until() else { continue };
                let left = until.since(now).saturating_sub(margin);
                if left.is_zero() {
                    stop(run);
                } else {
                    wait = wait.min(left);
                }
            }
            self.clock.sleep_until(steady + wait).await;
        }
    }
}

fn stop(run: &RunShared) {
    if run.cancel(CancelReason::LeaseLost) {
        run.slot.meter().lease_lost();
        tracing::warn!(job = %run.spec.name, run = %run.run,
            "the lease could not be renewed: the run is told to stop");
    }
}
