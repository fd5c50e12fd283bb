//! Adding, finding, changing and removing jobs.
//!
//! Every change is a read and a conditional write, repeated if somebody else was faster; nothing
//! is locked, and the driver competes like everybody else.

use std::sync::Arc;

use crate::error::Error;
use crate::event::{EventKind, JobRef, ParkReason};
use crate::job::{
    Adding, Conflict, Extra, ExtraKind, Fire, Job, JobFilter, JobId, JobKey, JobOptions,
    JobRequest, JobSettings, JobSpec, LiveBody, Modifying, Phase, Schedule, TriggerSource,
};
use crate::plan;
use crate::scheduler::slot::StoreSlot;
use crate::scheduler::{Inner, Pending, Scheduler};
use crate::store::{Change, Record};
use crate::task::IntoInvocation;
use crate::time::Timestamp;
use crate::trigger::IntoTrigger;

/// Records read at once when all are listed.
const PAGE: usize = 1_000;

/// What became of a job that was put into a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    Inserted,
    Replaced,
    Kept,
    /// Its trigger had no fire left: it was not put there.
    Exhausted,
}

/// What a change makes of a job.
enum Verdict {
    Store(Arc<JobSpec>, Schedule),
    Delete,
}

impl Scheduler {
    /// A job to be added: what it calls, then how and when, then await it.
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
    /// closure for a store that outlives the process, a store that fails.
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
        let requests = requests
            .into_iter()
            .map(|request| self.inner.prepare(request.into_settings()));
        let prepared: Vec<Result<Pending, Error>> = requests.collect();
        self.inner.admit_all(prepared).await
    }

    pub(crate) async fn add_one(&self, settings: JobSettings) -> Result<Job, Error> {
        self.inner.admit(self.inner.prepare(settings)?).await
    }

    /// The job, if it is there. Before the start, a pending one; afterwards, from the first store
    /// that has it.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Undecodable`] when it is there and cannot be read.
    pub async fn get_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        let (inner, key) = (&self.inner, key.into());
        if !inner.is_open() {
            let pending = inner.pending();
            let found = pending.iter().find(|job| job.spec.id == key.id);
            return Ok(found.map(|job| inner.pending_job(job)));
        }
        for slot in inner.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            if let Some((_, live)) = inner.read(slot, &key.id).await? {
                return Ok(Some(inner.job(slot, live)));
            }
        }
        Ok(None)
    }

    /// The jobs that pass the filter: store by store in the order added, in each by next run time,
    /// those without one last, equal ones by id. Before the start, pending jobs in the order added.
    /// One that cannot be read is left out, and reported as parked.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn get_jobs(&self, filter: impl Into<JobFilter>) -> Result<Vec<Job>, Error> {
        let (inner, filter) = (&self.inner, filter.into());
        if !inner.is_open() {
            let pending = inner.pending();
            let there = pending.iter().filter(|job| filter.allows_store(&job.store));
            let jobs = there.map(|job| inner.pending_job(job));
            return Ok(jobs.filter(|job| filter.allows(job)).collect());
        }
        let mut all = Vec::new();
        for slot in inner
            .stores()
            .iter()
            .filter(|slot| filter.allows_store(&slot.alias))
        {
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

    /// Changes a job: say what, then await it. All of it is checked first; then all of it is
    /// changed at once. A new trigger alone leaves the next run time as it is.
    ///
    /// # Errors
    /// When awaited: [`Error::JobLookup`], and those of [`add`](Self::add).
    pub fn modify_job(&self, key: impl Into<JobKey>) -> JobRequest<Modifying> {
        JobRequest::modifying(self.clone(), key.into())
    }

    pub(crate) async fn modify(&self, key: JobKey, settings: JobSettings) -> Result<Job, Error> {
        let inner = &self.inner;
        let next = inner.resolve_next(&settings)?;
        let JobSettings {
            trigger, options, ..
        } = settings;
        let trigger = trigger
            .map(|t| t.make(&inner.triggers, &inner.defaults()))
            .transpose()?;
        if let Some(invocation) = &options.invocation {
            inner.check_task(invocation)?;
        }
        let change = |spec: &JobSpec, mut schedule: Schedule| {
            let changed = options.change(spec, trigger.as_ref())?;
            if let Some(next) = next {
                schedule.set_next(next.map(Fire::exactly));
            }
            Ok(Verdict::Store(Arc::new(changed), schedule))
        };
        let changed = inner.change(&key, true, change).await?;
        changed.ok_or(Error::JobLookup { id: key.id })
    }

    /// Gives a job another trigger, and the next run time that this names from now on.
    ///
    /// # Errors
    /// [`Error::Trigger`], before the job is looked for; [`Error::NoFireLeft`];
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn reschedule_job(
        &self,
        key: impl Into<JobKey>,
        trigger: impl IntoTrigger + Send + 'static,
    ) -> Result<Job, Error> {
        let (inner, key) = (&self.inner, key.into());
        let trigger = TriggerSource::new(trigger).make(&inner.triggers, &inner.defaults())?;
        let change = |spec: &JobSpec, mut schedule: Schedule| {
            let spec = JobOptions::default().change(spec, Some(&trigger))?;
            let next = plan::first(&spec, schedule.last, inner.clock.now());
            let none_left = || Error::NoFireLeft {
                trigger: spec.trigger.to_string(),
            };
            schedule.set_next(Some(next.ok_or_else(none_left)?));
            Ok(Verdict::Store(Arc::new(spec), schedule))
        };
        let changed = inner.change(&key, true, change).await?;
        changed.ok_or(Error::JobLookup { id: key.id })
    }

    /// Keeps a job from running until it is resumed. Its live runs go on.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn pause_job(&self, key: impl Into<JobKey>) -> Result<Job, Error> {
        let key = key.into();
        let change = |spec: &Arc<JobSpec>, mut schedule: Schedule| {
            schedule.set_next(None);
            Ok(Verdict::Store(spec.clone(), schedule))
        };
        let changed = self.inner.change_shared(&key, true, change).await?;
        changed.ok_or(Error::JobLookup { id: key.id })
    }

    /// Sets a job's next run time by its trigger from now on, paused or not. None: it has no fire
    /// left, and has been removed.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn resume_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        let (inner, key) = (&self.inner, key.into());
        let change = |spec: &Arc<JobSpec>, mut schedule: Schedule| {
            let next = plan::first(spec, schedule.last, inner.clock.now());
            if next.is_none() {
                return Ok(Verdict::Delete);
            }
            schedule.set_next(next);
            Ok(Verdict::Store(spec.clone(), schedule))
        };
        inner.change_shared(&key, true, change).await
    }

    /// Runs a job now, beside its schedule, paused or not. Dropped, as any fire, if the job runs
    /// in as many instances as it may. On a scheduler that is paused or not started, as soon as
    /// it runs.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn run_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        let (inner, key) = (&self.inner, key.into());
        if !inner.is_open() {
            return Err(Error::NotRunning);
        }
        let change = |spec: &Arc<JobSpec>, mut schedule: Schedule| {
            let fire = Fire::exactly(inner.clock.now());
            schedule.extras.push(Extra {
                fire,
                attempt: 1,
                kind: ExtraKind::RunNow,
            });
            Ok(Verdict::Store(spec.clone(), schedule))
        };
        let changed = inner.change_shared(&key, false, change).await?;
        changed.map(drop).ok_or(Error::JobLookup { id: key.id })
    }

    /// Removes a job. Its live runs go on.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn remove_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        let (inner, key) = (&self.inner, key.into());
        if !inner.is_open() {
            let mut pending = inner.pending();
            let there = |job: &Pending| job.spec.id == key.id && key.allows(&job.store);
            let Some(at) = pending.iter().position(there) else {
                return Err(Error::JobLookup { id: key.id });
            };
            let job = pending.remove(at);
            drop(pending);
            inner.tell_removed(&job.spec, Some(job.store));
            return Ok(());
        }
        for slot in inner.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            if inner.discard(slot, &key.id).await? {
                let job = JobRef {
                    job_id: key.id.clone(),
                    store: Some(slot.alias.clone()),
                };
                tracing::info!(job_id = %key.id, store = %slot.alias, "job removed");
                inner.events.emit(|| EventKind::JobRemoved(job));
                return Ok(());
            }
        }
        Err(Error::JobLookup { id: key.id })
    }

    /// Removes all jobs of one store, or of all. One event tells it, and none for each job.
    ///
    /// # Errors
    /// [`Error::Store`]; stores before the one that failed are empty then.
    pub async fn remove_all_jobs(&self, store: Option<&str>) -> Result<(), Error> {
        let inner = &self.inner;
        let meant = |alias: &str| store.is_none_or(|wanted| wanted == alias);
        if inner.is_open() {
            for slot in inner.stores().iter().filter(|slot| meant(&slot.alias)) {
                slot.store
                    .clear()
                    .await
                    .map_err(Error::store(&slot.alias))?;
            }
        } else {
            inner.pending().retain(|job| !meant(&job.store));
        }
        let alias = store.map(Arc::from);
        inner.events.emit(|| EventKind::AllJobsRemoved { alias });
        Ok(())
    }
}

impl Inner {
    /// Checks a new job as far as it can be checked without a store.
    fn prepare(&self, settings: JobSettings) -> Result<Pending, Error> {
        let store = settings
            .store
            .clone()
            .unwrap_or_else(|| Arc::from("default"));
        let (conflict, next) = (settings.conflict, self.resolve_next(&settings)?);
        let at = self.defaults();
        let spec = settings.into_spec(&self.settings.job_defaults, &self.triggers, &at)?;
        self.check_task(&spec.invocation)?;
        if spec.id.len() > 255 {
            return Err(Error::invalid(
                "id",
                format!("{} bytes are more than 255", spec.id.len()),
            ));
        }
        if let Some(slot) = self.store(&store)
            && !slot.is_volatile()
            && !spec.invocation.is_storable()
        {
            return Err(Error::NotStorable { store });
        }
        if next.is_none() && plan::first(&spec, None, at.now).is_none() {
            return Err(Error::NoFireLeft {
                trigger: spec.trigger.to_string(),
            });
        }
        Ok(Pending {
            spec: Arc::new(spec),
            store,
            conflict,
            next,
        })
    }

    fn resolve_next(&self, settings: &JobSettings) -> Result<Option<Option<Timestamp>>, Error> {
        let zone = self.settings.zone;
        let resolve = |next: &Option<crate::trigger::When>| {
            next.as_ref()
                .map(|when| when.resolve("next_run_time", zone))
                .transpose()
        };
        Ok(settings.next_run_time.as_ref().map(resolve).transpose()?)
    }

    /// Finds the task, and sees whether it takes the arguments.
    fn check_task(&self, invocation: &crate::task::Invocation) -> Result<(), Error> {
        let name = invocation.task();
        let known = invocation.resolved().or_else(|| self.tasks.get(name));
        let task = known
            .ok_or_else(|| Error::UnknownTask { name: name.clone() })?
            .clone();
        let misfit = |source| Error::Args {
            task: name.clone(),
            source,
        };
        task.check(invocation.args()).map_err(misfit)?;
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
        let next = self.first_fire(&job)?;
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
        let mut batches: Vec<(Arc<StoreSlot>, Vec<(usize, Pending, LiveBody)>)> = Vec::new();
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
                .and_then(|slot| Ok((slot, self.first_fire(&job)?)))
            {
                Err(refused) => answers[at] = Some(Err(refused)),
                Ok((slot, next)) => {
                    let live = LiveBody {
                        spec: job.spec.clone(),
                        schedule: Schedule::new(next),
                    };
                    match batches
                        .iter_mut()
                        .find(|(other, _)| Arc::ptr_eq(other, &slot))
                    {
                        Some((_, batch)) => batch.push((at, job, live)),
                        None => batches.push((slot, vec![(at, job, live)])),
                    }
                }
            }
        }
        for (slot, batch) in batches {
            self.admit_batch(&slot, batch, &mut answers).await;
        }
        answers
            .into_iter()
            .map(|answer| answer.expect("each job was dealt with above"))
            .collect()
    }

    async fn admit_batch(
        self: &Arc<Self>,
        slot: &Arc<StoreSlot>,
        batch: Vec<(usize, Pending, LiveBody)>,
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
        let inserted = match slot.store.insert(records).await {
            Ok(inserted) => inserted,
            // One by one, so that each has an answer of its own.
            Err(_) => vec![false; sent.len()],
        };
        for ((at, job, live), inserted) in sent.into_iter().zip(inserted) {
            answers[at] = Some(if inserted {
                self.welcome(slot, Placed::Inserted, &live);
                Ok(self.job(slot, live))
            } else {
                match self.insert(slot, &job, live.schedule.next).await {
                    Ok((placed, live)) => {
                        self.welcome(slot, placed, &live);
                        Ok(self.job(slot, live))
                    }
                    Err(refused) => Err(refused),
                }
            });
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

    fn known_store(&self, alias: &Arc<str>) -> Result<Arc<StoreSlot>, Error> {
        self.store(alias).ok_or_else(|| Error::UnknownStore {
            alias: alias.clone(),
        })
    }

    fn first_fire(&self, job: &Pending) -> Result<Option<Fire>, Error> {
        match job.next {
            Some(said) => Ok(said.map(Fire::exactly)),
            None => {
                let next = plan::first(&job.spec, None, self.clock.now());
                let none_left = || Error::NoFireLeft {
                    trigger: job.spec.trigger.to_string(),
                };
                next.map(Some).ok_or_else(none_left)
            }
        }
    }

    /// Puts a job that was pending into its store.
    pub(super) async fn place(&self, job: &Pending) -> Result<(Arc<StoreSlot>, Placed), Error> {
        let slot = self.known_store(&job.store)?;
        let next = match self.first_fire(job) {
            Err(Error::NoFireLeft { .. }) => return Ok((slot, Placed::Exhausted)),
            next => next?,
        };
        let (placed, _) = self.insert(&slot, job, next).await?;
        Ok((slot, placed))
    }

    /// Inserts a job, or does what it says about one with its id. Answers with the job that is
    /// there then.
    async fn insert(
        &self,
        slot: &StoreSlot,
        job: &Pending,
        next: Option<Fire>,
    ) -> Result<(Placed, LiveBody), Error> {
        let failed = || Error::store(&slot.alias);
        if !slot.is_volatile() && !job.spec.invocation.is_storable() {
            return Err(Error::NotStorable {
                store: slot.alias.clone(),
            });
        }
        loop {
            let fresh = LiveBody {
                spec: job.spec.clone(),
                schedule: Schedule::new(next),
            };
            let record = self.record(slot, &fresh)?;
            let inserted = slot.store.insert(vec![record]).await.map_err(failed())?;
            if inserted.first() == Some(&true) {
                return Ok((Placed::Inserted, fresh));
            }
            let Some(old) = slot.store.get(&job.spec.id).await.map_err(failed())? else {
                continue;
            };
            let there = match slot.read(&old) {
                Ok(there) => there,
                // Whoever replaces need not be able to read.
                Err(_) if job.conflict == Conflict::Replace => fresh.clone(),
                Err(error) => return Err(slot.undecodable(&job.spec.id)(error)),
            };
            let gone = there.schedule.phase == Phase::Finished;
            if !gone && job.conflict == Conflict::Keep {
                return Ok((Placed::Kept, there));
            }
            if !gone && job.conflict == Conflict::Refuse {
                let (id, store) = (job.spec.id.clone(), slot.alias.clone());
                return Err(Error::ConflictingId { id, store });
            }
            let mut schedule = there.schedule;
            schedule.extras.clear();
            if gone || job.conflict != Conflict::ReplaceKeepNext {
                schedule.set_next(next);
            }
            let now = LiveBody {
                spec: job.spec.clone(),
                schedule,
            };
            if self.swap(slot, &old, &now).await? {
                return Ok((
                    if gone {
                        Placed::Inserted
                    } else {
                        Placed::Replaced
                    },
                    now,
                ));
            }
        }
    }

    /// Tells of a job that is new in its store.
    fn welcome(&self, slot: &StoreSlot, placed: Placed, live: &LiveBody) {
        if !matches!(placed, Placed::Inserted | Placed::Replaced) {
            return;
        }
        tracing::info!(job = %live.spec.name, store = %slot.alias, "job added");
        let job = || JobRef {
            job_id: live.spec.id.clone(),
            store: Some(slot.alias.clone()),
        };
        self.events.emit(|| EventKind::JobAdded(job()));
        slot.wake_for(live.schedule.due_at());
    }

    /// Changes a job wherever it is; none: it is nowhere, or was deleted by the change.
    async fn change(
        self: &Arc<Self>,
        key: &JobKey,
        tell: bool,
        mut decide: impl FnMut(&JobSpec, Schedule) -> Result<Verdict, Error>,
    ) -> Result<Option<Job>, Error> {
        self.change_shared(key, tell, |spec, schedule| decide(spec, schedule))
            .await
    }

    async fn change_shared(
        self: &Arc<Self>,
        key: &JobKey,
        tell: bool,
        mut decide: impl FnMut(&Arc<JobSpec>, Schedule) -> Result<Verdict, Error>,
    ) -> Result<Option<Job>, Error> {
        if !self.is_open() {
            return self.change_pending(key, &mut decide);
        }
        for slot in self.stores().iter().filter(|slot| key.allows(&slot.alias)) {
            while let Some((record, live)) = self.read(slot, &key.id).await? {
                let (spec, schedule) = match decide(&live.spec, live.schedule)? {
                    Verdict::Store(spec, schedule) => (spec, schedule),
                    Verdict::Delete if self.delete(slot, &record).await? => {
                        self.tell_removed(&live.spec, Some(slot.alias.clone()));
                        return Ok(None);
                    }
                    Verdict::Delete => continue,
                };
                let changed = LiveBody { spec, schedule };
                if self.swap(slot, &record, &changed).await? {
                    slot.wake_for(changed.schedule.due_at());
                    let job = self.job(slot, changed);
                    if tell {
                        self.tell_modified(&job);
                    }
                    return Ok(Some(job));
                }
            }
        }
        Err(Error::JobLookup { id: key.id.clone() })
    }

    fn change_pending(
        self: &Arc<Self>,
        key: &JobKey,
        decide: &mut dyn FnMut(&Arc<JobSpec>, Schedule) -> Result<Verdict, Error>,
    ) -> Result<Option<Job>, Error> {
        let mut pending = self.pending();
        let there = |job: &Pending| job.spec.id == key.id && key.allows(&job.store);
        let Some(at) = pending.iter().position(there) else {
            return Err(Error::JobLookup { id: key.id.clone() });
        };
        let before = pending[at].schedule();
        match decide(&pending[at].spec, before.clone())? {
            Verdict::Delete => {
                let job = pending.remove(at);
                drop(pending);
                self.tell_removed(&job.spec, Some(job.store));
                Ok(None)
            }
            Verdict::Store(spec, schedule) => {
                pending[at].spec = spec;
                if schedule != before {
                    pending[at].next = Some(schedule.next.map(|fire| fire.at));
                }
                let job = self.pending_job(&pending[at]);
                drop(pending);
                self.tell_modified(&job);
                Ok(Some(job))
            }
        }
    }

    fn tell_modified(&self, job: &Job) {
        let at = || JobRef {
            job_id: job.id().clone(),
            store: job.store().cloned(),
        };
        self.events.emit(|| EventKind::JobModified(at()));
    }

    pub(super) fn tell_removed(&self, spec: &JobSpec, store: Option<Arc<str>>) {
        tracing::info!(job = %spec.name, "job removed");
        self.events.emit(|| {
            EventKind::JobRemoved(JobRef {
                job_id: spec.id.clone(),
                store,
            })
        });
    }

    /// The job of this id, unless it only lingers for its last run.
    async fn read(
        &self,
        slot: &StoreSlot,
        id: &JobId,
    ) -> Result<Option<(Record, LiveBody)>, Error> {
        let record = slot
            .store
            .get(id)
            .await
            .map_err(Error::store(&slot.alias))?;
        let Some(record) = record else {
            return Ok(None);
        };
        let live = slot.read(&record).map_err(slot.undecodable(id))?;
        Ok((live.schedule.phase != Phase::Finished).then_some((record, live)))
    }

    async fn list(self: &Arc<Self>, slot: &Arc<StoreSlot>) -> Result<Vec<Job>, Error> {
        let mut jobs = Vec::new();
        let mut after: Option<JobId> = None;
        loop {
            let page = slot.store.list(after.as_ref(), PAGE).await;
            let page = page.map_err(Error::store(&slot.alias))?;
            for record in &page {
                match slot.read(record) {
                    Ok(live) if live.schedule.phase == Phase::Finished => {}
                    Ok(live) => jobs.push(self.job(slot, live)),
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

    pub(super) fn tell_parked(&self, slot: &StoreSlot, id: &JobId, reason: ParkReason) {
        tracing::error!(job_id = %id, store = %slot.alias, ?reason, "job cannot be run, and is kept");
        let job = JobRef {
            job_id: id.clone(),
            store: Some(slot.alias.clone()),
        };
        self.events.emit(|| EventKind::JobParked { job, reason });
    }

    fn record(&self, slot: &StoreSlot, live: &LiveBody) -> Result<Record, Error> {
        let due_at = live.schedule.due_at();
        let state = slot.state(&live.spec, live.schedule.clone(), due_at);
        let state = state.map_err(slot.undecodable(&live.spec.id))?;
        let id = live.spec.id.clone();
        Ok(Record {
            id,
            lane: state.lane,
            due_at,
            revision: 1,
            body: state.body,
        })
    }

    async fn swap(&self, slot: &StoreSlot, old: &Record, live: &LiveBody) -> Result<bool, Error> {
        let due_at = live.schedule.due_at();
        let to = slot.state(&live.spec, live.schedule.clone(), due_at);
        let to = Some(to.map_err(slot.undecodable(&old.id))?);
        self.write(
            slot,
            Change {
                id: old.id.clone(),
                revision: old.revision,
                to,
            },
        )
        .await
    }

    async fn delete(&self, slot: &StoreSlot, old: &Record) -> Result<bool, Error> {
        let change = Change {
            id: old.id.clone(),
            revision: old.revision,
            to: None,
        };
        self.write(slot, change).await
    }

    async fn write(&self, slot: &StoreSlot, change: Change) -> Result<bool, Error> {
        let won = slot
            .store
            .swap(vec![change])
            .await
            .map_err(Error::store(&slot.alias))?;
        Ok(won.first() == Some(&true))
    }

    /// Deletes the job of this id, readable or not; false: there is none.
    pub(super) async fn discard(&self, slot: &StoreSlot, id: &JobId) -> Result<bool, Error> {
        while let Some(record) = slot
            .store
            .get(id)
            .await
            .map_err(Error::store(&slot.alias))?
        {
            let lingers = |live: LiveBody| live.schedule.phase == Phase::Finished;
            if slot.read(&record).is_ok_and(lingers) {
                return Ok(false);
            }
            if self.delete(slot, &record).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn job(self: &Arc<Self>, slot: &StoreSlot, live: LiveBody) -> Job {
        let scheduler = Scheduler::from_inner(self.clone());
        Job::new(
            live.spec,
            live.schedule,
            Some(slot.alias.clone()),
            scheduler,
        )
    }

    fn pending_job(self: &Arc<Self>, job: &Pending) -> Job {
        let scheduler = Scheduler::from_inner(self.clone());
        Job::new(job.spec.clone(), job.schedule(), None, scheduler)
    }
}

impl Pending {
    fn schedule(&self) -> Schedule {
        match self.next {
            Some(said) => Schedule::new(said.map(Fire::exactly)),
            None => Schedule {
                phase: Phase::Scheduled,
                ..Schedule::new(None)
            },
        }
    }
}
