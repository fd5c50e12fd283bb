//! Jobs that a caller writes into their store itself, inside a transaction of its own.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::job::{Conflict, Job, JobId, JobSettings, LiveBody, Schedule};
use crate::scheduler::add::Placed;
use crate::scheduler::{Scheduler, StoreSlot};
use crate::store::Record;

/// A job that is ready to be written, and is in no store yet: made by
/// [`JobRequest::prepare`](crate::JobRequest::prepare).
///
/// Whoever has a transaction in the store's own database writes it there, with
/// `sched_store_sql::SqlStore::add_in` or whatever another store offers, and calls
/// [`committed`](Self::committed) afterwards. A transaction that is rolled back leaves nothing: the
/// prepared job is dropped, and that is all.
///
/// The first fire was found when it was prepared. If the transaction takes longer than that, it is
/// late by the rest, and the job's misfire grace time says what becomes of it.
#[must_use = "it is in no store until somebody writes it"]
pub struct PreparedJob {
    scheduler: Scheduler,
    slot: Arc<StoreSlot>,
    live: LiveBody,
    record: Record,
}

impl PreparedJob {
    /// The job's id.
    pub fn id(&self) -> &JobId {
        &self.live.spec.id
    }

    /// The alias of the store that it was prepared for.
    pub fn store(&self) -> &Arc<str> {
        &self.slot.alias
    }

    /// What is to be inserted, for stores that offer to do it in a caller's transaction.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Says that the transaction was committed: tells
    /// [`JOB_ADDED`](crate::EventMask::JOB_ADDED), and has the scheduler look if it would otherwise
    /// sleep past the first fire.
    ///
    /// Costs no call to the store. Without it the job runs as well: the scheduler finds it at its
    /// next look, as those of other processes do, and no scheduler tells the event.
    pub fn committed(self) -> Job {
        let PreparedJob { scheduler, slot, live, record: _ } = self;
        scheduler.inner.welcome(&slot, Placed::Inserted, &live);
        scheduler.inner.job(&slot, live)
    }
}

impl fmt::Debug for PreparedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedJob")
            .field("id", self.id())
            .field("store", self.store())
            .finish_non_exhaustive()
    }
}

impl Scheduler {
    /// What [`JobRequest::prepare`](crate::JobRequest::prepare) promises.
    pub(crate) fn prepare(&self, settings: JobSettings) -> Result<PreparedJob, Error> {
        let inner = &self.inner;
        inner.here()?;
        if settings.conflict != Conflict::Refuse {
            let reason = "a job that you write yourself can only be refused if its id is taken";
            return Err(Error::invalid("on_conflict", reason));
        }
        let job = inner.prepare(settings)?;
        let slot = inner.known_store(&job.store)?;
        if slot.is_volatile() {
            let reason =
                format!("{:?} is in the memory of this process, without transactions", job.store);
            return Err(Error::invalid("store", reason));
        }
        let next = inner.first_fire(&slot, &job)?;
        let live = LiveBody { spec: job.spec, schedule: Schedule::new(next) };
        let record = inner.record(&slot, &live)?;
        Ok(PreparedJob { scheduler: self.clone(), slot, live, record })
    }
}
