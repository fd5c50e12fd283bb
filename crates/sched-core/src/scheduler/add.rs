//! Adding jobs: checked as far as they can be, then put into their stores, or kept until the start.

use std::sync::Arc;

use crate::error::Error;
use crate::event::{EventKind, JobRef};
use crate::job::{
    Adding, Conflict, Fire, Job, JobRequest, JobSettings, LiveBody, Phase, Schedule, default_alias,
};
use crate::plan;
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Pending, Scheduler};
use crate::task::{IntoInvocation, Invocation};
use crate::time::Timestamp;
use crate::trigger::When;

/// What became of a job that was put into a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    Inserted,
    Replaced,
    Kept,
    /// Its trigger had no fire left: it was not put there.
    Exhausted,
}

/// A job on its way into a store, and where its answer belongs.
type Admission = (usize, Pending, LiveBody);

impl Scheduler {
    /// A job to be added: what it calls, then how and when, then await it. Jobs that are added to a
    /// store at the same time are written together; [`add_all`](Self::add_all) is for those that
    /// you have at hand.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sched_core::Error> {
    /// use std::time::Duration;
    /// use sched_core::{InlineExecutor, Scheduler};
    ///
    /// let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
    /// let job = scheduler.add(|| async { println!("tick") }).every(Duration::from_secs(60)).await?;
    /// assert!(job.is_pending());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: a task that nobody registered or that does not take these arguments, a
    /// trigger that was refused or has no fire left, an unknown store, an id that is taken, a
    /// closure for a store that outlives the process, a store that fails. After
    /// [`StoreError::Unavailable`](crate::store::StoreError::Unavailable) the job may have been added
    /// or not.
    pub fn add<M>(&self, task: impl IntoInvocation<M>) -> JobRequest<Adding> {
        JobRequest::new(task).adding(self.clone())
    }

    /// Adds many jobs with few round trips. Answers for each, in order; one that is refused does
    /// not keep out the others.
    ///
    /// # Errors
    /// Each job's own, as with [`add`](Self::add).
    pub async fn add_all(
        &self,
        requests: impl IntoIterator<Item = JobRequest>,
    ) -> Vec<Result<Job, Error>> {
        let prepare = |request: JobRequest| {
            self.inner.here()?;
            self.inner.prepare(request.into_settings())
        };
        let requests = requests.into_iter().map(prepare);
        let prepared: Vec<Result<Pending, Error>> = requests.collect();
        self.inner.admit_all(prepared).await
    }

    pub(crate) async fn add_one(&self, settings: Box<JobSettings>) -> Result<Job, Error> {
        self.inner.here()?;
        let job = self.inner.prepare(*settings)?;
        self.inner.admit(job).await
    }
}

impl Inner {
    /// Checks a new job as far as it can be checked without a store.
    pub(super) fn prepare(&self, settings: JobSettings) -> Result<Pending, Error> {
        let store = settings.store.clone().unwrap_or_else(default_alias);
        let (conflict, next) = (settings.conflict, self.resolve_next(&settings)?);
        let at = self.defaults(|alias| alias == &*store);
        // First, so that a job without a name of its own gets the task's display name.
        if let Some(invocation) = &settings.options.invocation {
            self.check_task(invocation)?;
        }
        let spec = settings.into_spec(&self.settings.job_defaults, &self.triggers, &at)?;
        if spec.id.len() > 255 {
            return Err(Error::invalid("id", format!("{} bytes are more than 255", spec.id.len())));
        }
        if let Some(slot) = self.store(&store)
            && !slot.is_volatile()
            && !spec.invocation.is_storable()
        {
            return Err(Error::NotStorable { store });
        }
        if next.is_none() && plan::first(&spec, None, at.now).is_none() {
            return Err(Error::NoFireLeft { trigger: spec.trigger.to_string() });
        }
        Ok(Pending { spec: Arc::new(spec), store, conflict, next })
    }

    pub(super) fn resolve_next(
        &self,
        settings: &JobSettings,
    ) -> Result<Option<Option<Timestamp>>, Error> {
        let zone = self.settings.zone;
        let resolve = |next: &Option<When>| {
            next.as_ref().map(|when| when.resolve("next_run_time", zone)).transpose()
        };
        Ok(settings.next_run_time.as_ref().map(resolve).transpose()?)
    }

    /// Finds the task, and sees whether it takes the arguments.
    pub(super) fn check_task(&self, invocation: &Invocation) -> Result<(), Error> {
        let name = invocation.task();
        let known = invocation.resolved().or_else(|| self.tasks.get(name));
        let task = known.ok_or_else(|| Error::UnknownTask { name: name.clone() })?.clone();
        let misfit = |source| Error::Args { task: name.clone(), source };
        invocation.check(&task).map_err(misfit)?;
        invocation.resolve(task);
        Ok(())
    }

    /// Takes in a new job: into its store, or, before the start, among the pending.
    async fn admit(self: &Arc<Self>, job: Pending) -> Result<Job, Error> {
        let job = match self.keep_pending(job) {
            Ok(pending) => return Ok(pending),
            Err(job) => job,
        };
        let slot = self.known_store(&job.store)?;
        let next = self.first_fire(&slot, &job)?;
        let (placed, live) = self.insert(&slot, &job, next).await?;
        self.welcome(&slot, placed, &live);
        Ok(self.job(&slot, live))
    }

    /// As [`admit`](Self::admit), with one round trip for all that meet no other job.
    async fn admit_all(
        self: &Arc<Self>,
        jobs: Vec<Result<Pending, Error>>,
    ) -> Vec<Result<Job, Error>> {
        let mut answers: Vec<Option<Result<Job, Error>>> = Vec::with_capacity(jobs.len());
        let mut batches: Vec<(Arc<StoreSlot>, Vec<Admission>)> = Vec::new();
        for (at, job) in jobs.into_iter().enumerate() {
            answers.push(None);
            let job = match job.map(|job| self.keep_pending(job)) {
                Ok(Err(job)) => job,
                Ok(Ok(pending)) => {
                    answers[at] = Some(Ok(pending));
                    continue;
                }
                Err(refused) => {
                    answers[at] = Some(Err(refused));
                    continue;
                }
            };
            match self
                .known_store(&job.store)
                .and_then(|slot| Ok((slot.clone(), self.first_fire(&slot, &job)?)))
            {
                Err(refused) => answers[at] = Some(Err(refused)),
                Ok((slot, next)) => {
                    let live = LiveBody { spec: job.spec.clone(), schedule: Schedule::new(next) };
                    match batches.iter_mut().find(|(other, _)| Arc::ptr_eq(other, &slot)) {
                        Some((_, batch)) => batch.push((at, job, live)),
                        None => batches.push((slot, vec![(at, job, live)])),
                    }
                }
            }
        }
        for (slot, batch) in batches {
            self.admit_batch(&slot, batch, &mut answers).await;
        }
        answers.into_iter().map(|answer| answer.expect("each job was dealt with above")).collect()
    }

    async fn admit_batch(
        self: &Arc<Self>,
        slot: &Arc<StoreSlot>,
        batch: Vec<Admission>,
        answers: &mut [Option<Result<Job, Error>>],
    ) {
        let mut records = Vec::with_capacity(batch.len());
        let mut sent = Vec::with_capacity(batch.len());
        for (at, job, live) in batch {
            match self.record(slot, &live) {
                Ok(record) => {
                    records.push(record);
                    sent.push((at, job, live));
                }
                Err(refused) => answers[at] = Some(Err(refused)),
            }
        }
        let mut inserted = self.insert_all(slot, records).await;
        inserted.resize_with(sent.len(), || Ok(false));
        for ((at, job, live), inserted) in sent.into_iter().zip(inserted) {
            let placed = match inserted {
                Ok(true) => Ok((Placed::Inserted, live)),
                Ok(false) => self.insert(slot, &job, live.schedule.next).await,
                Err(error) => Err(Error::store(&slot.alias)(error)),
            };
            answers[at] = Some(placed.map(|(placed, live)| {
                self.welcome(slot, placed, &live);
                self.job(slot, live)
            }));
        }
    }

    /// Keeps the job until the start, or gives it back because the scheduler has been started.
    fn keep_pending(self: &Arc<Self>, job: Pending) -> Result<Job, Pending> {
        let mut pending = self.pending();
        if self.is_open() {
            return Err(job);
        }
        let seen = self.pending_job(&job);
        tracing::info!(job = %job.spec.name, "job added tentatively, until the scheduler starts");
        pending.push(job);
        Ok(seen)
    }

    pub(super) fn first_fire(
        &self,
        slot: &StoreSlot,
        job: &Pending,
    ) -> Result<Option<Fire>, Error> {
        self.fire_after(slot, job, None)
    }

    /// The next fire of a job that has just been said, given the last of the one in its place.
    fn fire_after(
        &self,
        slot: &StoreSlot,
        job: &Pending,
        last: Option<Timestamp>,
    ) -> Result<Option<Fire>, Error> {
        match job.next {
            Some(said) => Ok(said.map(Fire::exactly)),
            None => {
                let next = plan::first(&job.spec, last, slot.now(&*self.clock));
                let none_left = || Error::NoFireLeft { trigger: job.spec.trigger.to_string() };
                next.map(Some).ok_or_else(none_left)
            }
        }
    }

    /// Puts a job that was pending into its store.
    pub(super) async fn place(
        self: &Arc<Self>,
        job: &Pending,
    ) -> Result<(Arc<StoreSlot>, Placed), Error> {
        let slot = self.known_store(&job.store)?;
        let next = match self.first_fire(&slot, job) {
            Err(Error::NoFireLeft { .. }) => return Ok((slot, Placed::Exhausted)),
            next => next?,
        };
        let (placed, _) = self.insert(&slot, job, next).await?;
        Ok((slot, placed))
    }

    /// Inserts a job, or does what it says about one with its id. Answers with the job that is
    /// there then.
    async fn insert(
        self: &Arc<Self>,
        slot: &Arc<StoreSlot>,
        job: &Pending,
        next: Option<Fire>,
    ) -> Result<(Placed, LiveBody), Error> {
        if !slot.is_volatile() && !job.spec.invocation.is_storable() {
            return Err(Error::NotStorable { store: slot.alias.clone() });
        }
        loop {
            let fresh = LiveBody { spec: job.spec.clone(), schedule: Schedule::new(next) };
            let record = self.record(slot, &fresh)?;
            let inserted = self.insert_one(slot, record).await;
            if inserted.map_err(Error::store(&slot.alias))? {
                return Ok((Placed::Inserted, fresh));
            }
            // Seldom, and large: kept out of the future of every job that is added.
            if let Some(met) = Box::pin(self.meet(slot, job, &fresh)).await? {
                return Ok(met);
            }
        }
    }

    /// Does what a job says about one with its id that is in the store already. None: that has
    /// just gone, or changed.
    async fn meet(
        &self,
        slot: &StoreSlot,
        job: &Pending,
        fresh: &LiveBody,
    ) -> Result<Option<(Placed, LiveBody)>, Error> {
        let old = self.timed(slot, "get", slot.store.get(&job.spec.id)).await;
        let old = old.map_err(Error::store(&slot.alias))?;
        let Some(old) = old else {
            return Ok(None);
        };
        let there = match slot.read(&old) {
            Ok(there) => self.revive(there),
            // Whoever replaces need not be able to read.
            Err(_) if job.conflict == Conflict::Replace => fresh.clone(),
            Err(error) => return Err(slot.undecodable(&job.spec.id)(error)),
        };
        let gone = there.schedule.phase == Phase::Finished;
        if !gone && job.conflict == Conflict::Keep {
            return Ok(Some((Placed::Kept, there)));
        }
        if !gone && job.conflict == Conflict::Refuse {
            let (id, store) = (job.spec.id.clone(), slot.alias.clone());
            return Err(Error::ConflictingId { id, store });
        }
        let mut schedule = there.schedule;
        let same = || there.spec.trigger.to_string() == job.spec.trigger.to_string();
        let keeps_next = job.conflict == Conflict::ReplaceKeepNext
            && (schedule.phase == Phase::Paused || same());
        if gone {
            // Another job's, of which only the last runs are left.
            (schedule.runs, schedule.failures, schedule.outcome) = (0, 0, None);
        }
        if gone || !keeps_next {
            schedule.extras.clear();
            // Not the fresh job's, which knows nothing of the fires that there have been.
            schedule.set_next(self.fire_after(slot, job, schedule.last)?);
        }
        let mut now = LiveBody { spec: job.spec.clone(), schedule };
        let (placed, swapped) = if gone {
            (Placed::Inserted, self.succeed(slot, &old, &there.spec, &mut now).await?)
        } else {
            (Placed::Replaced, self.swap(slot, &old, &now).await?)
        };
        Ok(swapped.then_some((placed, now)))
    }

    /// Tells of a job that is new in its store.
    pub(super) fn welcome(&self, slot: &StoreSlot, placed: Placed, live: &LiveBody) {
        if !matches!(placed, Placed::Inserted | Placed::Replaced) {
            return;
        }
        tracing::info!(job = %live.spec.name, store = %slot.alias, "job added");
        let job = || JobRef { job_id: live.spec.id.clone(), store: Some(slot.alias.clone()) };
        self.events.emit(|| EventKind::JobAdded(job()));
        slot.wake_for(live.schedule.due_at());
    }
}
