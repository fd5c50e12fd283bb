//! Looking jobs up.

use std::sync::Arc;

use crate::error::Error;
use crate::event::ParkReason;
use crate::job::{Job, JobFilter, JobId, JobKey, LiveBody, Phase};
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Pending, Scheduler};
use crate::store::CodecError;

/// Records read at once when all are listed.
pub(super) const PAGE: usize = 1_000;

impl Scheduler {
    /// The job, if it is there. Before the start, a pending one; afterwards, from the first store
    /// that has it.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Undecodable`] when it is there and cannot be read;
    /// [`Error::Moving`] when it has left one store and not arrived in another.
    pub async fn get_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        let (inner, key) = (&self.inner, key.into());
        inner.here()?;
        if !inner.is_open() {
            let pending = inner.pending();
            let found = pending.iter().find(|job| job.spec.id == key.id);
            return Ok(found.map(|job| inner.pending_job(job)));
        }
        let found = inner.find(&key).await?;
        Ok(found.map(|(slot, _, live)| inner.job(&slot, live)))
    }

    /// The jobs that pass the filter: store by store in the order added, in each by next run time,
    /// those without one last, equal ones by id. Before the start, pending jobs in the order added.
    /// One that cannot be read is left out, and reported as parked.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn get_jobs(&self, filter: impl Into<JobFilter>) -> Result<Vec<Job>, Error> {
        let (inner, filter) = (&self.inner, filter.into());
        inner.here()?;
        if !inner.is_open() {
            let pending = inner.pending();
            let there = pending.iter().filter(|job| filter.allows_store(&job.store));
            let jobs = there.map(|job| inner.pending_job(job));
            return Ok(jobs.filter(|job| filter.allows(job)).collect());
        }
        let mut all = Vec::new();
        for slot in inner.stores().iter().filter(|slot| filter.allows_store(&slot.alias)) {
            let mut jobs = inner.list(slot).await?;
            jobs.retain(|job| filter.allows(job));
            jobs.sort_by_cached_key(|job| {
                let next = job.next_run_time();
                (next.is_none(), next, job.id().clone())
            });
            all.append(&mut jobs);
        }
        Ok(all)
    }
}

impl Inner {
    async fn list(self: &Arc<Self>, slot: &Arc<StoreSlot>) -> Result<Vec<Job>, Error> {
        let all = self.read_all(slot).await?.into_iter();
        let jobs = all.filter(|live| live.schedule.phase != Phase::Finished);
        Ok(jobs.map(|live| self.job(slot, live)).collect())
    }

    /// All jobs of a store that can be read, those too that only linger for their last run; the
    /// others are reported.
    pub(super) async fn read_all(&self, slot: &StoreSlot) -> Result<Vec<LiveBody>, Error> {
        let mut jobs = Vec::new();
        let mut after: Option<JobId> = None;
        loop {
            let page = self.timed(slot, "list", slot.store.list(after.as_ref(), PAGE)).await;
            let page = page.map_err(Error::store(&slot.alias))?;
            for record in &page {
                match slot.read(record) {
                    Ok(live) => jobs.push(self.revive(live)),
                    // Told by the driver, if the move is cut short.
                    Err(CodecError::InTransit) => {}
                    Err(error) => {
                        let reason = ParkReason::Undecodable(error.to_string());
                        self.tell_parked(slot, &record.id, reason);
                    }
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                _ => return Ok(jobs),
            }
        }
    }

    pub(super) fn job(self: &Arc<Self>, slot: &StoreSlot, live: LiveBody) -> Job {
        let scheduler = Scheduler::from_inner(self.clone());
        Job::new(live.spec, live.schedule, Some(slot.alias.clone()), scheduler)
    }

    pub(super) fn pending_job(self: &Arc<Self>, job: &Pending) -> Job {
        let scheduler = Scheduler::from_inner(self.clone());
        Job::new(job.spec.clone(), job.schedule(), None, scheduler)
    }
}
