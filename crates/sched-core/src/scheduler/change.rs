//! Changing and removing jobs.
//!
//! Every change is a read and a conditional write, repeated if somebody else was faster; nothing
//! is locked, and the driver competes like everybody else.

use std::sync::Arc;

use tokio::sync::MutexGuard;

use crate::error::Error;
use crate::event::{EventKind, JobRef};
use crate::job::{
    Extra, ExtraKind, Fire, Job, JobKey, JobOptions, JobRequest, JobSettings, JobSpec, LiveBody,
    Modifying, Phase, Schedule, TriggerSource,
};
use crate::plan;
use crate::scheduler::{Inner, Pending, Scheduler};
use crate::time::Timestamp;
use crate::trigger::IntoTrigger;

/// What a change makes of a job.
type Changed = (Arc<JobSpec>, Schedule);

/// Decides what becomes of a job, given what time it is, what the job is and where it stands.
type Decide<'a> =
    dyn FnMut(Timestamp, &Arc<JobSpec>, Schedule) -> Result<Changed, Error> + Send + 'a;

impl Scheduler {
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
        let JobSettings { trigger, options, .. } = settings;
        let at = inner.defaults(|alias| key.allows(alias));
        let trigger = trigger.map(|t| t.make(&inner.triggers, &at)).transpose()?;
        if let Some(invocation) = &options.invocation {
            inner.check_task(invocation)?;
        }
        let change = |_, spec: &Arc<JobSpec>, mut schedule: Schedule| {
            let changed = options.change(spec, trigger.as_ref())?;
            if let Some(next) = next {
                schedule.set_next(next.map(Fire::exactly));
            }
            Ok((Arc::new(changed), schedule))
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
        let at = inner.defaults(|alias| key.allows(alias));
        let trigger = TriggerSource::new(trigger).make(&inner.triggers, &at)?;
        let change = |now, spec: &Arc<JobSpec>, mut schedule: Schedule| {
            let spec = JobOptions::default().change(spec, Some(&trigger))?;
            let next = plan::first(&spec, schedule.last, now);
            let none_left = || Error::NoFireLeft { trigger: spec.trigger.to_string() };
            schedule.set_next(Some(next.ok_or_else(none_left)?));
            Ok((Arc::new(spec), schedule))
        };
        let changed = inner.change(&key, true, change).await?;
        changed.ok_or(Error::JobLookup { id: key.id })
    }

    /// Keeps a job from running until it is resumed; fires that are queued stay so. Its live runs go
    /// on, and so do their retries and what [`run_job`](Self::run_job) asks for.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn pause_job(&self, key: impl Into<JobKey>) -> Result<Job, Error> {
        let key = key.into();
        let change = |_, spec: &Arc<JobSpec>, mut schedule: Schedule| {
            schedule.set_next(None);
            Ok((spec.clone(), schedule))
        };
        let changed = self.inner.change(&key, true, change).await?;
        changed.ok_or(Error::JobLookup { id: key.id })
    }

    /// Sets a job's next run time by its trigger from now on, paused or not. None: it has no fire
    /// left, and has been removed; what still runs, or is to be run beside the trigger, goes on.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`]; [`Error::Trigger`] when it has a trigger of somebody's
    /// own that is not registered here.
    pub async fn resume_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        let (inner, key) = (&self.inner, key.into());
        let change = |now, spec: &Arc<JobSpec>, mut schedule: Schedule| {
            // A trigger that cannot be asked has not ended.
            spec.trigger.clone().resolve(&inner.triggers)?;
            let next = plan::first(spec, schedule.last, now);
            match next {
                Some(_) => schedule.set_next(next),
                None => schedule.finish(),
            }
            schedule.failures = 0;
            Ok((spec.clone(), schedule))
        };
        inner.change(&key, true, change).await
    }

    /// Runs a job now, beside its schedule, paused or not. Dropped, as any fire, if the job runs
    /// in as many instances as it may. On a scheduler that is paused, as soon as it is resumed.
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::JobLookup`]; [`Error::Store`].
    pub async fn run_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        let (inner, key) = (&self.inner, key.into());
        inner.here()?;
        if !inner.is_open() {
            return Err(Error::NotRunning);
        }
        let change = |now, spec: &Arc<JobSpec>, mut schedule: Schedule| {
            let fire = Fire::exactly(now);
            schedule.extras.push(Extra { fire, attempt: 1, kind: ExtraKind::RunNow });
            Ok((spec.clone(), schedule))
        };
        let changed = inner.change(&key, false, change).await?;
        changed.map(drop).ok_or(Error::JobLookup { id: key.id })
    }

    /// Removes a job, also one whose trigger has ended and of which a retry or a queued fire is still
    /// to come. Its live runs go on.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`].
    pub async fn remove_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        let (inner, key) = (&self.inner, key.into());
        if let Some(_stopped) = inner.stopped().await? {
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
        let mut moving = None;
        let stores = inner.stores();
        let stores: Vec<_> = stores.iter().filter(|slot| key.allows(&slot.alias)).collect();
        for left_over in [false, true] {
            for slot in &stores {
                match inner.discard(slot, &key.id, left_over).await {
                    Ok(Some(was_left_over)) => {
                        tracing::info!(job_id = %key.id, store = %slot.alias, "job removed");
                        // Of what is left over it was told when the trigger ended.
                        if !was_left_over {
                            let (job_id, store) = (key.id.clone(), Some(slot.alias.clone()));
                            inner.events.emit(|| EventKind::JobRemoved(JobRef { job_id, store }));
                        }
                        return Ok(());
                    }
                    Ok(None) => {}
                    // It may have arrived in a later one.
                    Err(error @ Error::Moving { .. }) => moving = Some(error),
                    Err(error) => return Err(error),
                }
            }
            if let Some(error) = moving.take() {
                return Err(error);
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
        if let Some(_stopped) = inner.stopped().await? {
            inner.pending().retain(|job| !meant(&job.store));
        } else {
            for slot in inner.stores().iter().filter(|slot| meant(&slot.alias)) {
                let cleared = inner.timed(slot, "clear", slot.store.clear()).await;
                cleared.map_err(Error::store(&slot.alias))?;
                slot.live.lock().disown_all();
            }
        }
        let alias = store.map(Arc::from);
        inner.events.emit(|| EventKind::AllJobsRemoved { alias });
        Ok(())
    }
}

impl Inner {
    /// While it is held the scheduler stays stopped, and pending jobs may be changed: a start that
    /// is under way has them in hand. None: it has been started.
    async fn stopped(&self) -> Result<Option<MutexGuard<'_, ()>>, Error> {
        self.here()?;
        if self.is_open() {
            return Ok(None);
        }
        let lifecycle = self.lifecycle.lock().await;
        Ok((!self.is_open()).then_some(lifecycle))
    }

    async fn change(
        self: &Arc<Self>,
        key: &JobKey,
        tell: bool,
        mut decide: impl FnMut(Timestamp, &Arc<JobSpec>, Schedule) -> Result<Changed, Error> + Send,
    ) -> Result<Option<Job>, Error> {
        if let Some(_stopped) = self.stopped().await? {
            return self.change_pending(key, &mut decide);
        }
        while let Some((slot, record, live)) = self.find(key).await? {
            let (spec, schedule) = decide(slot.now(&*self.clock), &live.spec, live.schedule)?;
            let changed = LiveBody { spec, schedule };
            let is_over = changed.schedule.is_over();
            // A volatile record does not say what runs, and may be wanted by its end.
            let busy = is_over
                && slot.is_volatile()
                && plan::end_matters(&changed.spec)
                && slot.live.lock().await_end_of(&changed.spec.id);
            let done = if is_over && !busy {
                self.delete(&slot, &record).await?
            } else {
                self.swap(&slot, &record, &changed).await?
            };
            if done {
                slot.wake_for(changed.schedule.due_at());
                if changed.schedule.phase == Phase::Finished {
                    self.tell_removed(&changed.spec, Some(slot.alias.clone()));
                    return Ok(None);
                }
                let job = self.job(&slot, changed);
                if tell {
                    self.tell_modified(&job);
                }
                return Ok(Some(job));
            }
        }
        Err(Error::JobLookup { id: key.id.clone() })
    }

    fn change_pending(
        self: &Arc<Self>,
        key: &JobKey,
        decide: &mut Decide<'_>,
    ) -> Result<Option<Job>, Error> {
        let mut pending = self.pending();
        let there = |job: &Pending| job.spec.id == key.id && key.allows(&job.store);
        let Some(at) = pending.iter().position(there) else {
            return Err(Error::JobLookup { id: key.id.clone() });
        };
        let before = pending[at].schedule();
        let (spec, schedule) = decide(self.clock.now(), &pending[at].spec, before.clone())?;
        if schedule.phase == Phase::Finished {
            let job = pending.remove(at);
            drop(pending);
            self.tell_removed(&job.spec, Some(job.store));
            return Ok(None);
        }
        pending[at].spec = spec;
        if schedule != before {
            pending[at].next = Some(schedule.next.map(|fire| fire.at));
        }
        let job = self.pending_job(&pending[at]);
        drop(pending);
        self.tell_modified(&job);
        Ok(Some(job))
    }

    fn tell_modified(&self, job: &Job) {
        let at = || JobRef { job_id: job.id().clone(), store: job.store().cloned() };
        self.events.emit(|| EventKind::JobModified(at()));
    }
}
