//! The protocol by which a job goes from one store to another.
//!
//! Four conditional writes, of which the second decides:
//! 1. A place is kept in the store where the job is to go, under a token.
//! 2. Where the job is, at rest, it is replaced by what departs: the job, which nobody runs any
//!    more, and the token.
//! 3. What departed takes the place that was kept.
//! 4. The record that it left is deleted.
//!
//! Whoever finds the two records, this process or another, knows from them alone what is left to do.
//! `docs/adr/0014-moving-jobs-between-stores.md` goes through the crashes.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::event::{EventKind, JobRef};
use crate::job::{End, Job, JobId, LiveBody, Phase, Transit};
use crate::scheduler::Inner;
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::stored::first_revision;
use crate::store::{Change, Record};

/// How often the driver in this process is given its turn before it is waited for by the clock.
const TURNS: u32 = 64;
/// How long to wait for a job to be at rest before looking again: the first time, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// Whether anything is to be run that has not begun.
pub(super) fn has_fires(job: &LiveBody) -> bool {
    job.schedule.phase != Phase::Finished || !job.schedule.extras.is_empty()
}

/// What a store has of a job that leaves it.
pub(super) enum Departing {
    Job(Record, LiveBody),
    Departed(Record, Arc<Transit>),
}

impl Inner {
    /// The job in a store, or what departed of it.
    pub(super) async fn departing(
        &self,
        slot: &StoreSlot,
        id: &JobId,
    ) -> Result<Option<Departing>, Error> {
        let record = slot.store.get(id).await.map_err(Error::store(&slot.alias))?;
        let Some(record) = record else { return Ok(None) };
        let transit = slot.transit(&record).map_err(slot.undecodable(id))?;
        match transit {
            Some(transit) if transit.end == End::Arriving => Ok(None),
            Some(transit) => Ok(Some(Departing::Departed(record, transit))),
            None => {
                let live = slot.read(&record).map_err(slot.undecodable(id))?;
                Ok(has_fires(&live).then_some(Departing::Job(record, live)))
            }
        }
    }
}

/// What there is where a job is to go.
enum Place {
    Free,
    /// Kept for this job, from this store.
    Kept(Record, u64),
    Taken,
}

/// How long to wait before looking again.
struct Patience {
    inner: Arc<Inner>,
    turns: u32,
    wait: Duration,
}

impl Patience {
    fn new(inner: Arc<Inner>) -> Self {
        Patience { inner, turns: 0, wait: WAITS.0 }
    }

    async fn wait(&mut self) {
        if self.turns < TURNS {
            self.turns += 1;
            return tokio::task::yield_now().await;
        }
        let clock = self.inner.clock();
        clock.sleep_until(clock.steady() + self.wait).await;
        self.wait = (self.wait * 2).min(WAITS.1);
    }
}

/// One job on its way.
pub(super) struct Mover {
    pub(super) inner: Arc<Inner>,
    pub(super) from: Arc<StoreSlot>,
    pub(super) to: Arc<StoreSlot>,
    pub(super) id: JobId,
}

impl Mover {
    pub(super) async fn run(self) -> Result<Job, Error> {
        let mut patience = Patience::new(self.inner.clone());
        loop {
            match self.inner.departing(&self.from, &self.id).await? {
                None => {
                    // Somebody else may have moved it.
                    let there = self.inner.read(&self.to, &self.id).await?;
                    let (_, live) =
                        there.ok_or_else(|| Error::JobLookup { id: self.id.clone() })?;
                    return Ok(self.inner.job(&self.to, live));
                }
                Some(Departing::Job(record, job)) => {
                    self.check(&job)?;
                    if !self.is_at_rest(&job) {
                        patience.wait().await;
                        continue;
                    }
                    match self.place().await? {
                        Place::Free => self.keep_place(&job).await?,
                        Place::Kept(place, token) => {
                            if let Some((left, transit)) = self.depart(record, job, token).await?
                                && self.arrive(&place, &transit).await?
                                && self.leave(&left).await?
                            {
                                return Ok(self.inner.job(&self.to, transit.job.clone()));
                            }
                        }
                        // By this very job, if somebody else has moved it meanwhile.
                        Place::Taken if self.has_changed(&record).await? => {}
                        Place::Taken => {
                            let (id, store) = (self.id.clone(), self.to.alias.clone());
                            return Err(Error::ConflictingId { id, store });
                        }
                    }
                }
                Some(Departing::Departed(left, transit)) => {
                    if let Some(job) = self.go_on(&left, &transit).await? {
                        return Ok(job);
                    }
                }
            }
        }
    }

    /// Goes on with a job that had departed; none: somebody else does so too, look again.
    async fn go_on(&self, left: &Record, transit: &Transit) -> Result<Option<Job>, Error> {
        if transit.other != self.to.alias {
            let (id, store) = (self.id.clone(), self.from.alias.clone());
            return Err(Error::Moving { id, store });
        }
        match self.place().await? {
            Place::Kept(place, token) if token == transit.token => {
                if !self.arrive(&place, transit).await? {
                    return Ok(None);
                }
            }
            // The place was given to what departed: since then it is a job like any other.
            Place::Taken => {}
            Place::Free | Place::Kept(..) => {
                tracing::warn!(job = %transit.job.spec.name, store = %self.to.alias,
                    "a job whose move was cut short after it had arrived has ended or was removed");
            }
        }
        let left = self.leave(left).await?;
        Ok(left.then(|| self.inner.job(&self.to, transit.job.clone())))
    }

    /// As [`go_on`](Self::go_on), but only where it is certain that the two stores are those of the
    /// move: nobody was asked, and aliases are a scheduler's own. False: it is not.
    pub(super) async fn finish_if_kept(&self) -> Result<bool, Error> {
        let departing = self.inner.departing(&self.from, &self.id).await?;
        let Some(Departing::Departed(left, transit)) = departing else { return Ok(true) };
        match self.place().await? {
            Place::Kept(place, token) if token == transit.token => {
                if self.arrive(&place, &transit).await? {
                    self.leave(&left).await?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn check(&self, job: &LiveBody) -> Result<(), Error> {
        if self.to.is_volatile() || job.spec.invocation.is_storable() {
            return Ok(());
        }
        Err(Error::NotStorable { store: self.to.alias.clone() })
    }

    /// Whether nothing is left of the job but its record, as it was read.
    fn is_at_rest(&self, job: &LiveBody) -> bool {
        if self.from.is_volatile() {
            return self.from.is_at_rest(&self.id);
        }
        job.schedule.live.is_empty()
    }

    async fn has_changed(&self, record: &Record) -> Result<bool, Error> {
        let now = self.from.store.get(&self.id).await.map_err(Error::store(&self.from.alias))?;
        Ok(now.is_none_or(|now| now.revision != record.revision))
    }

    async fn place(&self) -> Result<Place, Error> {
        let record = self.to.store.get(&self.id).await.map_err(Error::store(&self.to.alias))?;
        let Some(record) = record else { return Ok(Place::Free) };
        let transit = self.to.transit(&record).map_err(self.to.undecodable(&self.id))?;
        Ok(match transit {
            Some(transit) if transit.end == End::Arriving && transit.other == self.from.alias => {
                Place::Kept(record, transit.token)
            }
            _ => Place::Taken,
        })
    }

    /// The first write: keeps a place. With the job in it, so that a store that cannot take it says
    /// so before anything else has changed.
    async fn keep_place(&self, job: &LiveBody) -> Result<(), Error> {
        let to = &self.to;
        let transit = Transit {
            end: End::Arriving,
            token: fastrand::u64(..),
            other: self.from.alias.clone(),
            job: job.clone(),
        };
        let state = to.transit_state(transit, None).map_err(to.undecodable(&self.id))?;
        let revision = first_revision(to.now(self.inner.clock()));
        let (id, lane) = (self.id.clone(), state.lane);
        let record = Record { id, lane, due_at: None, revision, body: state.body };
        // If somebody was faster, the next look shows who.
        to.store.insert(vec![record]).await.map(drop).map_err(Error::store(&to.alias))
    }

    /// The second write: from here on nobody runs the job where it is. None: it has changed.
    async fn depart(
        &self,
        record: Record,
        job: LiveBody,
        token: u64,
    ) -> Result<Option<(Record, Transit)>, Error> {
        let (inner, from) = (&self.inner, &self.from);
        let transit = Transit { end: End::Departed, token, other: self.to.alias.clone(), job };
        // Due when whoever moves it must be taken for dead.
        let due_at = from.now(inner.clock()) + inner.settings.lease;
        let state = from.transit_state(transit.clone(), Some(due_at));
        let state = state.map_err(from.undecodable(&self.id))?;
        let left = Record {
            id: record.id,
            lane: state.lane.clone(),
            due_at: state.due_at,
            revision: record.revision + 1,
            body: state.body.clone(),
        };
        let change = Change { id: self.id.clone(), revision: record.revision, to: Some(state) };
        Ok(inner.write(from, change).await?.then_some((left, transit)))
    }

    /// The third write: what departed takes the place that was kept.
    async fn arrive(&self, place: &Record, transit: &Transit) -> Result<bool, Error> {
        let (inner, to) = (&self.inner, &self.to);
        if !inner.swap(to, place, &transit.job).await? {
            return Ok(false);
        }
        to.wake_for(transit.job.schedule.due_at());
        tracing::info!(job = %transit.job.spec.name, from = %self.from.alias, to = %to.alias, "job moved");
        let job = JobRef { job_id: self.id.clone(), store: Some(to.alias.clone()) };
        inner.events.emit(|| EventKind::JobAdded(job));
        Ok(true)
    }

    /// The fourth write: nothing of the job is left where it was. False: somebody else wrote there.
    async fn leave(&self, left: &Record) -> Result<bool, Error> {
        if !self.inner.delete(&self.from, left).await? {
            return Ok(false);
        }
        let job = JobRef { job_id: self.id.clone(), store: Some(self.from.alias.clone()) };
        self.inner.events.emit(|| EventKind::JobRemoved(job));
        Ok(true)
    }
}
