//! Moving jobs from one store to another: no fire is missed, and none is run twice.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::error::Error;
use crate::event::ParkReason;
use crate::job::{End, Job, JobFilter, JobId, JobKey};
use crate::scheduler::find::PAGE;
use crate::scheduler::mover::{Mover, has_fires};
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Scheduler};

/// The most jobs that are moved at once.
const AT_ONCE: usize = 8;

/// What became of one of the jobs that [`Scheduler::move_jobs`] was to move.
#[derive(Debug)]
#[non_exhaustive]
pub struct Moved {
    /// The job's id.
    pub id: JobId,
    /// The job in its new store, or why it is not there.
    pub result: Result<Job, Error>,
}

impl Scheduler {
    /// Moves a job, as it is and wherever it stands, to the store of another alias.
    ///
    /// Every fire is run once, by schedulers on the one store or on the other, and the job is never
    /// in neither. It keeps its id, its options, its next fire, its counts and its last outcome.
    /// Between two writes, a round trip to each store, nobody runs it: a fire that falls due then
    /// is late by that.
    ///
    /// - **A job with live runs** is moved when they have ended: until then it goes on where it is.
    ///   One that is never without a run, because it may have several instances, is never moved;
    ///   drop the call, and pause the job first. A run that moves its own job would wait for its
    ///   own end.
    /// - **Dropping the call**, an error, or the end of the process leaves the job where it is, or
    ///   on its way. On its way nobody runs it; any scheduler that has both stores, under the same
    ///   aliases, sees it arrive after a lease's time. If none does, the job is reported as parked,
    ///   and moving it again, to the same store, finishes the move.
    /// - **A job that is there already** is answered with as it is.
    /// - Told are [`JOB_ADDED`](crate::EventMask::JOB_ADDED) for the one store, then
    ///   [`JOB_REMOVED`](crate::EventMask::JOB_REMOVED) for the other.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sched_core::Error> {
    /// use std::time::Duration;
    /// use sched_core::{InlineExecutor, MemoryStore, Scheduler};
    ///
    /// let scheduler = Scheduler::builder()
    ///     .executor("default", InlineExecutor::new())
    ///     .jobstore("archive", MemoryStore::new())
    ///     .build()?;
    /// scheduler.start().await?;
    /// scheduler.add(|| async {}).id("report").every(Duration::from_secs(60)).await?;
    /// let moved = scheduler.move_job("report", "archive").await?;
    /// assert_eq!(moved.store().map(|alias| &**alias), Some("archive"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::UnknownStore`]; [`Error::JobLookup`];
    /// [`Error::ConflictingId`] when the other store has a job of this id;
    /// [`Error::NotStorable`] for a closure; [`Error::Moving`] when it is on its way to a third
    /// store; [`Error::Undecodable`]; [`Error::Store`].
    pub async fn move_job(&self, key: impl Into<JobKey>, to: &str) -> Result<Job, Error> {
        let (inner, key) = (&self.inner, key.into());
        let to = inner.destination(to)?;
        match inner.source(&key, &to).await? {
            Some(from) => Mover { inner: inner.clone(), from, to, id: key.id }.run().await,
            None => {
                let there = inner.read(&to, &key.id).await?;
                let (_, live) = there.ok_or(Error::JobLookup { id: key.id })?;
                Ok(inner.job(&to, live))
            }
        }
    }

    /// Moves all jobs that pass the filter, several at once, as [`move_job`](Self::move_job) moves
    /// one. Answers for each; one that cannot be moved does not keep the others. Those in the other
    /// store already are left out, and those that cannot be read, which are reported as parked.
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::UnknownStore`]; [`Error::Store`] when they cannot be
    /// listed, and none is moved then.
    pub async fn move_jobs(
        &self,
        filter: impl Into<JobFilter>,
        to: &str,
    ) -> Result<Vec<Moved>, Error> {
        let (inner, filter) = (&self.inner, filter.into());
        let to = inner.destination(to)?;
        let mut movers = Vec::new();
        for from in inner.stores().iter().filter(|slot| filter.allows_store(&slot.alias)) {
            if !Arc::ptr_eq(from, &to) {
                for id in inner.movable(from, &filter, &to).await? {
                    let (inner, from, to) = (inner.clone(), from.clone(), to.clone());
                    movers.push(Mover { inner, from, to, id });
                }
            }
        }
        let moves = movers.into_iter().enumerate().map(|(at, mover)| async move {
            let id = mover.id.clone();
            (at, Moved { id, result: mover.run().await })
        });
        let mut moved: Vec<_> = stream::iter(moves).buffer_unordered(AT_ONCE).collect().await;
        moved.sort_by_key(|(at, _)| *at);
        Ok(moved.into_iter().map(|(_, moved)| moved).collect())
    }
}

impl Inner {
    fn destination(&self, alias: &str) -> Result<Arc<StoreSlot>, Error> {
        self.here()?;
        if !self.is_open() {
            return Err(Error::NotRunning);
        }
        self.known_store(&Arc::from(alias))
    }

    /// The first store other than `to` that has the job, or what departed of it.
    async fn source(
        &self,
        key: &JobKey,
        to: &Arc<StoreSlot>,
    ) -> Result<Option<Arc<StoreSlot>>, Error> {
        for slot in self.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            if !Arc::ptr_eq(slot, to) && self.departing(slot, &key.id).await?.is_some() {
                return Ok(Some(slot.clone()));
            }
        }
        Ok(None)
    }

    /// The ids of the jobs of a store that pass a filter, and of those that departed from it.
    async fn movable(
        self: &Arc<Self>,
        slot: &Arc<StoreSlot>,
        filter: &JobFilter,
        to: &StoreSlot,
    ) -> Result<Vec<JobId>, Error> {
        let mut ids = Vec::new();
        let mut after: Option<JobId> = None;
        loop {
            let page = slot.store.list(after.as_ref(), PAGE).await;
            let page = page.map_err(Error::store(&slot.alias))?;
            for record in &page {
                let job = match slot.transit(record) {
                    Ok(None) => slot.read(record).map(Some),
                    Ok(Some(transit)) => {
                        let ours = transit.end == End::Departed && transit.other == to.alias;
                        Ok(ours.then(|| transit.job.clone()))
                    }
                    Err(error) => Err(error),
                };
                match job {
                    Ok(Some(job)) if has_fires(&job) => {
                        if filter.allows(&self.job(slot, job)) {
                            ids.push(record.id.clone());
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let reason = ParkReason::Undecodable(error.to_string());
                        self.tell_parked(slot, &record.id, reason);
                    }
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                _ => return Ok(ids),
            }
        }
    }

    /// Finishes a move that was cut short after the job had departed, in the background. Where it
    /// cannot, that is reported if it is news.
    pub(super) fn finish_move(
        self: &Arc<Self>,
        from: &Arc<StoreSlot>,
        id: JobId,
        to: &str,
        news: bool,
    ) {
        let Some(to) = self.store(to) else { return };
        let (inner, from) = (self.clone(), from.clone());
        tokio::spawn(async move {
            let mover = Mover { inner, from, to, id };
            match mover.finish_if_kept().await {
                Ok(true) => {}
                Ok(false) if news => {
                    let reason = ParkReason::Moving(mover.to.alias.clone());
                    mover.inner.tell_parked(&mover.from, &mover.id, reason);
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(job_id = %mover.id, %error, "a move that was cut short goes on later");
                }
            }
        });
    }
}
