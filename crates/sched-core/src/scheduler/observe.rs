//! Seeing what happens: listeners, streams, live runs.

use std::sync::Arc;

use serde_json::Value;

use crate::event::{Event, EventMask, EventStream, ListenerId};
use crate::job::{JobId, JobKey, RunId};
use crate::scheduler::Scheduler;
use crate::task::{CancelReason, RunShared};
use crate::time::Timestamp;

/// A run that goes on in this process.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunStatus {
    /// The job's id.
    pub job_id: JobId,
    /// The job's name.
    pub job_name: Arc<str>,
    /// The store's alias.
    pub store: Arc<str>,
    /// The executor's alias.
    pub executor: Arc<str>,
    /// The run's id; of several fires that are run one after the other, the first's.
    pub run_id: RunId,
    /// 1 the first time.
    pub attempt: u32,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// Whether, and why, it has been told to stop.
    pub cancelled: Option<CancelReason>,
    /// What it last said of how far it is.
    pub progress: Option<Value>,
}

impl RunStatus {
    fn of(run: &RunShared) -> Self {
        RunStatus {
            job_id: run.spec.id.clone(),
            job_name: run.spec.name.clone(),
            store: run.slot.alias.clone(),
            executor: run.spec.executor.clone(),
            run_id: run.run,
            attempt: run.attempt,
            claimed_at: run.claimed_at,
            cancelled: run.cancel_reason(),
            progress: run.progress(),
        }
    }
}

impl Scheduler {
    /// Calls `listener` for every event of the kinds in `mask`, in order, on a thread of its own
    /// kind: it may take its time and may panic, and hurts nobody. Listeners are called one after
    /// the other, in the order added; what one misses because they are far too slow is logged.
    pub fn add_listener(
        &self,
        mask: EventMask,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> ListenerId {
        self.inner.events.add_listener(mask, Arc::new(listener))
    }

    /// Takes a listener away; false if it is gone already. It may still be hearing an event.
    pub fn remove_listener(&self, listener: ListenerId) -> bool {
        self.inner.events.remove_listener(listener)
    }

    /// The events of the kinds in `mask`, from now on.
    pub fn events(&self, mask: EventMask) -> EventStream {
        self.inner.events.stream(mask)
    }

    /// The runs that go on in this process, the oldest first.
    pub fn runs(&self) -> Vec<RunStatus> {
        let stores = self.inner.stores();
        let each = |slot: &Arc<super::StoreSlot>| -> Vec<RunStatus> {
            slot.live.lock().iter().map(|run| RunStatus::of(run)).collect()
        };
        let mut runs: Vec<RunStatus> = stores.iter().flat_map(each).collect();
        runs.sort_by_key(|run| (run.claimed_at, run.run_id));
        runs
    }

    /// Whether there is nothing to do until the clock has moved on: nothing is due that could be
    /// started, and no run goes on but those that [sleep](crate::Context::sleep). For tests under a
    /// manual clock.
    pub fn is_idle(&self) -> bool {
        if !self.inner.is_open() {
            return self.runs().is_empty();
        }
        self.inner.stores().iter().all(|slot| slot.is_idle(&*self.inner.clock))
    }

    /// Tells the runs of a job that go on in this process to stop. How many there were.
    ///
    /// An async task is polled once more and then dropped; a blocking one must look at its
    /// [`Context`](crate::Context). Either way the run ends in an error and is not tried again.
    pub fn cancel_runs(&self, key: impl Into<JobKey>) -> usize {
        let key = key.into();
        let stores = self.inner.stores();
        let mut told = 0;
        for slot in stores.iter().filter(|slot| key.allows(&slot.alias)) {
            for run in slot.live.lock().iter().filter(|run| run.spec.id == key.id) {
                run.cancel(CancelReason::Requested);
                told += 1;
            }
        }
        told
    }
}
