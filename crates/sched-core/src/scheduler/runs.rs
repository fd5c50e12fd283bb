//! What runs where, and how to stop it.

use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::job::{JobId, JobKey, JobSpec, LiveRun, RunId, Schedule};
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Scheduler};
use crate::task::{CancelReason, RunShared};
use crate::time::Timestamp;

/// A run that goes on, here or on another scheduler that shares the store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunStatus {
    /// The job's id.
    pub job_id: JobId,
    /// The job's name.
    pub job_name: Arc<str>,
    /// The store's alias, in this scheduler.
    pub store: Arc<str>,
    /// The executor's alias.
    pub executor: Arc<str>,
    /// The name of the scheduler that has it; by default its machine and process.
    pub scheduler: Arc<str>,
    /// The run's id; of several fires that are run one after the other, the first's.
    pub run_id: RunId,
    /// 1 the first time.
    pub attempt: u32,
    /// How many times it was taken over from a scheduler that died.
    pub recoveries: u32,
    /// When it was claimed, by the store's clock.
    pub claimed_at: Timestamp,
    /// Until when nobody takes it over, by the store's clock; none in a store that no other
    /// scheduler sees.
    pub lease_until: Option<Timestamp>,
    /// Whether it goes on in this process. What follows is known only then.
    pub is_local: bool,
    /// Whether, and why, it has been told to stop.
    pub cancelled: Option<CancelReason>,
    /// What it last said of how far it is.
    pub progress: Option<Value>,
}

impl RunStatus {
    fn local(inner: &Inner, run: &RunShared) -> Self {
        RunStatus {
            job_id: run.spec.id.clone(),
            job_name: run.spec.name.clone(),
            store: run.slot.alias.clone(),
            executor: run.spec.executor.clone(),
            scheduler: inner.settings.name.clone(),
            run_id: run.run,
            attempt: run.attempt,
            recoveries: run.recoveries,
            claimed_at: run.claimed_at,
            lease_until: run.lease_until(),
            is_local: true,
            cancelled: run.cancel_reason(),
            progress: run.progress(),
        }
    }

    fn elsewhere(slot: &StoreSlot, spec: &JobSpec, run: &LiveRun) -> Self {
        RunStatus {
            job_id: spec.id.clone(),
            job_name: spec.name.clone(),
            store: slot.alias.clone(),
            executor: spec.executor.clone(),
            scheduler: run.scheduler.clone(),
            run_id: run.run,
            attempt: run.attempt.max(1),
            recoveries: run.recoveries,
            claimed_at: run.claimed_at,
            lease_until: Some(run.lease_until),
            is_local: false,
            cancelled: run.cancel.then_some(CancelReason::Requested),
            progress: None,
        }
    }
}

impl Scheduler {
    /// The runs that go on in this process, the oldest first.
    pub fn local_runs(&self) -> Vec<RunStatus> {
        let inner = &self.inner;
        let each = |slot: &Arc<StoreSlot>| -> Vec<RunStatus> {
            slot.live.lock().iter().map(|run| RunStatus::local(inner, run)).collect()
        };
        let mut runs: Vec<RunStatus> = inner.stores().iter().flat_map(each).collect();
        runs.sort_by_key(|run| (run.claimed_at, run.run_id));
        runs
    }

    /// The runs that go on in this process and, as far as this scheduler's stores know, on all
    /// that share them, the oldest first. Reads every job.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn runs(&self) -> Result<Vec<RunStatus>, Error> {
        self.inner.here()?;
        let mut runs = self.local_runs();
        if !self.inner.is_open() {
            return Ok(runs);
        }
        for slot in self.inner.stores().iter().filter(|slot| !slot.is_volatile()) {
            for live in self.inner.read_all(slot).await? {
                for run in &live.schedule.live {
                    if !slot.live.lock().contains(run.run) {
                        runs.push(RunStatus::elsewhere(slot, &live.spec, run));
                    }
                }
            }
        }
        runs.sort_by_key(|run| (run.claimed_at, run.run_id));
        Ok(runs)
    }

    /// The runs of one job, as far as [`runs`](Self::runs) would know them.
    pub(super) fn runs_of(
        &self,
        slot: &StoreSlot,
        spec: &JobSpec,
        schedule: &Schedule,
    ) -> Vec<RunStatus> {
        let live = slot.live.lock();
        let here = live.iter().filter(|run| run.spec.id == spec.id);
        let mut runs: Vec<RunStatus> = here.map(|run| RunStatus::local(&self.inner, run)).collect();
        let others = schedule.live.iter().filter(|run| !live.contains(run.run));
        runs.extend(others.map(|run| RunStatus::elsewhere(slot, spec, run)));
        runs.sort_by_key(|run| (run.claimed_at, run.run_id));
        runs
    }

    /// Tells the runs of a job to stop, wherever they go on. How many there were.
    ///
    /// Those in this process are told at once; another scheduler finds the request when it next
    /// renews the lease of the run, that is within a third of its lease. An async task is polled
    /// once more and then dropped; a blocking one must look at its [`Context`](crate::Context).
    /// Either way the run ends in an error and is not tried again.
    ///
    /// # Errors
    /// [`Error::Store`]; runs of this process have been told then.
    pub async fn cancel_runs(&self, key: impl Into<JobKey>) -> Result<usize, Error> {
        let (inner, key) = (&self.inner, key.into());
        inner.here()?;
        let mut told = 0;
        for slot in inner.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            for run in slot.live.lock().iter().filter(|run| run.spec.id == key.id) {
                run.cancel(CancelReason::Requested);
                told += 1;
            }
        }
        if !inner.is_open() {
            return Ok(told);
        }
        for slot in inner.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            if !slot.is_volatile() {
                told += inner.cancel_elsewhere(slot, &key.id).await?;
            }
        }
        Ok(told)
    }
}

impl Inner {
    /// Notes in the record of a job that those of its runs are to stop that go on elsewhere.
    async fn cancel_elsewhere(&self, slot: &StoreSlot, id: &JobId) -> Result<usize, Error> {
        loop {
            let (record, mut live) = match self.read_any(slot, id).await {
                Ok(Some(found)) => found,
                // One that is on its way has no runs.
                Ok(None) | Err(Error::Moving { .. }) => return Ok(0),
                Err(error) => return Err(error),
            };
            let mut told = 0;
            for run in live.schedule.live.iter_mut().filter(|run| !run.cancel) {
                if !slot.live.lock().contains(run.run) {
                    run.cancel = true;
                    told += 1;
                }
            }
            if told == 0 || self.swap(slot, &record, &live).await? {
                return Ok(told);
            }
        }
    }
}
