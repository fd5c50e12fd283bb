//! Jobs as records: the single reads and conditional writes that everything else is made of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::Error;
use crate::event::{EventKind, JobRef, ParkReason};
use crate::job::{Fire, JobId, JobKey, JobSpec, LiveBody, Phase, Schedule};
use crate::scheduler::mover::has_fires;
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Pending};
use crate::store::{Change, CodecError, Record};
use crate::time::Timestamp;

/// What every store takes.
const GREATEST_FIRST_REVISION: i64 = 1 << 62;

impl Inner {
    pub(super) fn known_store(&self, alias: &Arc<str>) -> Result<Arc<StoreSlot>, Error> {
        self.store(alias).ok_or_else(|| Error::UnknownStore { alias: alias.clone() })
    }

    /// The job of this id, unless it only lingers for its last run.
    pub(super) async fn read(
        &self,
        slot: &StoreSlot,
        id: &JobId,
    ) -> Result<Option<(Record, LiveBody)>, Error> {
        let found = self.read_any(slot, id).await?;
        Ok(found.filter(|(_, live)| live.schedule.phase != Phase::Finished))
    }

    /// The job of this id, also one that only lingers for its last run.
    pub(super) async fn read_any(
        &self,
        slot: &StoreSlot,
        id: &JobId,
    ) -> Result<Option<(Record, LiveBody)>, Error> {
        let record = self.timed(slot, "get", slot.store.get(id)).await;
        let record = record.map_err(Error::store(&slot.alias))?;
        let Some(record) = record else {
            return Ok(None);
        };
        match slot.read(&record) {
            // It is still where it comes from.
            Err(CodecError::InTransit) if slot.is_arriving(&record) => Ok(None),
            read => {
                let live = read.map_err(slot.undecodable(id))?;
                Ok(Some((record, self.revive(live))))
            }
        }
    }

    /// The job that a key means, in the first store that has it, unless it only lingers for its
    /// last run.
    pub(super) async fn find(
        &self,
        key: &JobKey,
    ) -> Result<Option<(Arc<StoreSlot>, Record, LiveBody)>, Error> {
        let mut moving = None;
        for slot in self.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            match self.read(slot, &key.id).await {
                Ok(Some((record, live))) => return Ok(Some((slot.clone(), record, live))),
                Ok(None) => {}
                // It may have arrived in a later one.
                Err(error @ Error::Moving { .. }) => moving = Some(error),
                Err(error) => return Err(error),
            }
        }
        moving.map_or(Ok(None), Err)
    }

    pub(super) fn record(&self, slot: &StoreSlot, live: &LiveBody) -> Result<Record, Error> {
        let due_at = live.schedule.due_at();
        let state = slot.state(&live.spec, live.schedule.clone(), due_at);
        let state = state.map_err(slot.undecodable(&live.spec.id))?;
        let id = live.spec.id.clone();
        let revision = first_revision(slot.now(&*self.clock));
        Ok(Record { id, lane: state.lane, due_at, revision, body: state.body })
    }

    pub(super) async fn swap(
        &self,
        slot: &StoreSlot,
        old: &Record,
        live: &LiveBody,
    ) -> Result<bool, Error> {
        let due_at = live.schedule.due_at();
        let to = slot.state(&live.spec, live.schedule.clone(), due_at);
        let to = Some(to.map_err(slot.undecodable(&old.id))?);
        self.write(slot, Change { id: old.id.clone(), revision: old.revision, to }).await
    }

    pub(super) async fn delete(&self, slot: &StoreSlot, old: &Record) -> Result<bool, Error> {
        let change = Change { id: old.id.clone(), revision: old.revision, to: None };
        let deleted = self.write(slot, change).await?;
        if deleted {
            slot.live.lock().disown(&old.id, old.revision);
        }
        Ok(deleted)
    }

    /// Puts a job into the place of an `earlier` one of its id that only lingers for its last runs.
    /// Those are the new job's if it calls the same: what becomes of them is done for them still.
    pub(super) async fn succeed(
        &self,
        slot: &StoreSlot,
        old: &Record,
        earlier: &JobSpec,
        live: &mut LiveBody,
    ) -> Result<bool, Error> {
        let is_same = earlier.invocation.is_same(&live.spec.invocation);
        if !is_same {
            live.schedule.disown_runs();
        }
        let swapped = self.swap(slot, old, live).await?;
        if swapped && !is_same {
            slot.live.lock().disown(&old.id, old.revision);
        }
        Ok(swapped)
    }

    pub(super) async fn write(&self, slot: &StoreSlot, change: Change) -> Result<bool, Error> {
        let won = self.timed(slot, "swap", slot.store.swap(vec![change])).await;
        let won = won.map_err(Error::store(&slot.alias))?;
        slot.moved.store(true, Ordering::Relaxed);
        Ok(won.first() == Some(&true))
    }

    /// Deletes the job of this id, readable or not; if `left_over`, also what is still to be run of
    /// one whose trigger has ended. Whether it was that; none: there is neither.
    pub(super) async fn discard(
        &self,
        slot: &StoreSlot,
        id: &JobId,
        left_over: bool,
    ) -> Result<Option<bool>, Error> {
        loop {
            let record = self.timed(slot, "get", slot.store.get(id)).await;
            let Some(record) = record.map_err(Error::store(&slot.alias))? else {
                return Ok(None);
            };
            let is_left_over = match slot.read(&record) {
                Ok(live) if !has_fires(&live) => return Ok(None),
                Ok(live) => live.schedule.phase == Phase::Finished,
                Err(CodecError::InTransit) if slot.is_arriving(&record) => return Ok(None),
                // Removed here, it would arrive all the same.
                Err(moving @ CodecError::InTransit) => return Err(slot.undecodable(id)(moving)),
                Err(_) => false,
            };
            if is_left_over && !left_over {
                return Ok(None);
            }
            if self.delete(slot, &record).await? {
                return Ok(Some(is_left_over));
            }
        }
    }

    pub(super) fn tell_removed(&self, spec: &JobSpec, store: Option<Arc<str>>) {
        tracing::info!(job = %spec.name, "job removed");
        self.events.emit(|| EventKind::JobRemoved(JobRef { job_id: spec.id.clone(), store }));
    }

    pub(super) fn tell_parked(&self, slot: &StoreSlot, id: &JobId, reason: ParkReason) {
        slot.meter().job_parked(&reason);
        tracing::error!(job_id = %id, store = %slot.alias, ?reason, "job cannot be run, and is kept");
        let job = JobRef { job_id: id.clone(), store: Some(slot.alias.clone()) };
        self.events.emit(|| EventKind::JobParked { job, reason });
    }
}

/// The revision of a record that is inserted now.
///
/// The time in microseconds, so that it grows from one life of an id to the next: records are not
/// written that often. A claim, a renewal or an end of a run that was decided on an earlier job of
/// this id then never hits the later one, and fencing tokens go on growing. (They are no better
/// than the clock: one that is set back sets them back.)
pub(super) fn first_revision(now: Timestamp) -> u64 {
    now.as_micros().clamp(1, GREATEST_FIRST_REVISION).unsigned_abs()
}

impl Pending {
    pub(super) fn schedule(&self) -> Schedule {
        match self.next {
            Some(said) => Schedule::new(said.map(Fire::exactly)),
            None => Schedule { phase: Phase::Scheduled, ..Schedule::new(None) },
        }
    }
}
