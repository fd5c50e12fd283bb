//! A job as its user sees it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::job::{
    JobId, JobKey, JobRequest, JobSpec, Modifying, OnCrash, Outcome, Overlap, Phase, Retry,
    Schedule,
};
use crate::scheduler::Scheduler;
use crate::task::Args;
use crate::time::Timestamp;
use crate::trigger::{IntoTrigger, Trigger};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobStatus {
    /// It waits for the scheduler to start, and is in no store.
    Pending,
    /// It has a next run time.
    Scheduled,
    /// It has none until it is resumed.
    Paused,
    /// It has none until its present run ends (fixed delay).
    Waiting,
}

/// A job as it was when it was looked up, and the way to change it.
///
/// Does not follow what happens to the job afterwards: the methods that change it answer with a
/// fresh one. Equal to another if the id is.
#[derive(Clone)]
pub struct Job {
    spec: Arc<JobSpec>,
    schedule: Schedule,
    /// None while pending.
    store: Option<Arc<str>>,
    scheduler: Scheduler,
}

impl Job {
    pub(crate) fn new(
        spec: Arc<JobSpec>,
        schedule: Schedule,
        store: Option<Arc<str>>,
        scheduler: Scheduler,
    ) -> Self {
        Job { spec, schedule, store, scheduler }
    }

    /// The id, unique in its store.
    pub fn id(&self) -> &JobId {
        &self.spec.id
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The name of the task that it calls.
    pub fn task(&self) -> &str {
        self.spec.invocation.task()
    }

    /// The arguments that it calls it with.
    pub fn args(&self) -> &Args {
        self.spec.invocation.args()
    }

    /// When it runs.
    pub fn trigger(&self) -> &Trigger {
        &self.spec.trigger
    }

    /// The alias of its executor.
    pub fn executor(&self) -> &str {
        &self.spec.executor
    }

    /// The alias of its store; none while it is pending.
    pub fn store(&self) -> Option<&Arc<str>> {
        self.store.as_ref()
    }

    /// How late a run may begin; none: however late.
    pub fn misfire_grace_time(&self) -> Option<Duration> {
        self.spec.misfire_grace_time
    }

    /// Whether several due fires become one run.
    pub fn coalesce(&self) -> bool {
        self.spec.coalesce
    }

    /// How many runs of it may go on at once.
    pub fn max_instances(&self) -> u32 {
        self.spec.max_instances
    }

    /// What becomes of a fire that finds as many.
    pub fn overlap(&self) -> Overlap {
        self.spec.terms.overlap
    }

    /// How many fires of its trigger are run at most; none: no limit.
    pub fn max_runs(&self) -> Option<u64> {
        self.spec.terms.max_runs
    }

    /// How many fires of its trigger have been run, or are being run.
    pub fn runs_so_far(&self) -> u64 {
        self.schedule.runs
    }

    /// After how many failures in a row it is paused; none: never.
    pub fn pause_after_failures(&self) -> Option<u32> {
        self.spec.terms.pause_after_failures
    }

    /// How many runs have failed since one succeeded; attempts of one run count once.
    pub fn failures_in_a_row(&self) -> u32 {
        self.schedule.failures
    }

    /// How long after it was claimed a run must have begun; none: whenever its executor can.
    pub fn start_timeout(&self) -> Option<Duration> {
        self.spec.terms.start_timeout
    }

    /// What became of the last of its fires of which that is known; any scheduler on the store may
    /// have run it.
    pub fn last_outcome(&self) -> Option<&Outcome> {
        self.schedule.outcome.as_deref()
    }

    /// The next fires, at most `count`, as its trigger names them: without jitter, and as if each
    /// was run on time. Empty while it is paused; with a fixed delay, at most one.
    pub fn next_fire_times(&self, count: usize) -> Vec<Timestamp> {
        let count = self.spec.runs_left(&self.schedule).map_or(count, |left| count.min(left));
        let mut last = None;
        let following = std::iter::from_fn(|| {
            last = match last {
                None => self.schedule.next.map(|fire| fire.scheduled),
                Some(_) if self.spec.trigger.is_fixed_delay() => None,
                Some(at) => {
                    self.spec.trigger.next_fire_time(Some(at), at).filter(|next| *next > at)
                }
            };
            last
        });
        following.fuse().take(count).collect()
    }

    /// How long a run may take; none: as long as it likes.
    pub fn timeout(&self) -> Option<Duration> {
        self.spec.terms.timeout
    }

    /// How a run that failed is tried again; none: not.
    pub fn retry(&self) -> Option<Retry> {
        self.spec.terms.retry
    }

    /// What becomes of a run whose scheduler died.
    pub fn on_crash(&self) -> OnCrash {
        self.spec.terms.on_crash
    }

    /// The tags.
    pub fn tags(&self) -> &BTreeSet<String> {
        &self.spec.terms.tags
    }

    /// The next run, jitter included; none while it is pending, paused, or waits for a run to end.
    pub fn next_run_time(&self) -> Option<Timestamp> {
        self.schedule.next.map(|fire| fire.at)
    }

    /// The moment of the last fire that was claimed, as the trigger named it.
    pub fn last_fire_time(&self) -> Option<Timestamp> {
        self.schedule.last
    }

    /// Where it stands.
    pub fn status(&self) -> JobStatus {
        match (&self.store, self.schedule.phase) {
            (None, _) => JobStatus::Pending,
            (_, Phase::Scheduled) => JobStatus::Scheduled,
            (_, Phase::Waiting | Phase::Finished) => JobStatus::Waiting,
            (_, Phase::Paused) => JobStatus::Paused,
        }
    }

    /// Whether it waits for the scheduler to start.
    pub fn is_pending(&self) -> bool {
        self.status() == JobStatus::Pending
    }

    /// Whether it has no next run until it is resumed.
    pub fn is_paused(&self) -> bool {
        self.schedule.phase == Phase::Paused
    }

    /// Changes it: say what, then await.
    pub fn modify(&self) -> JobRequest<Modifying> {
        self.scheduler.modify_job(self)
    }

    /// Gives it another trigger, and the next run time that this names.
    ///
    /// # Errors
    /// As [`Scheduler::reschedule_job`].
    pub async fn reschedule(
        &self,
        trigger: impl IntoTrigger + Send + 'static,
    ) -> Result<Job, Error> {
        self.scheduler.reschedule_job(self, trigger).await
    }

    /// Keeps it from running until it is resumed.
    ///
    /// # Errors
    /// As [`Scheduler::pause_job`].
    pub async fn pause(&self) -> Result<Job, Error> {
        self.scheduler.pause_job(self).await
    }

    /// Sets its next run time from now on; none: it had no fire left and is removed.
    ///
    /// # Errors
    /// As [`Scheduler::resume_job`].
    pub async fn resume(&self) -> Result<Option<Job>, Error> {
        self.scheduler.resume_job(self).await
    }

    /// Runs it now, beside its schedule.
    ///
    /// # Errors
    /// As [`Scheduler::run_job`].
    pub async fn run_now(&self) -> Result<(), Error> {
        self.scheduler.run_job(self).await
    }

    /// Removes it.
    ///
    /// # Errors
    /// As [`Scheduler::remove_job`].
    pub async fn remove(&self) -> Result<(), Error> {
        self.scheduler.remove_job(self).await
    }

    /// Looks it up again; none: it is gone.
    ///
    /// # Errors
    /// As [`Scheduler::get_job`].
    pub async fn reload(&self) -> Result<Option<Job>, Error> {
        self.scheduler.get_job(JobKey::from(self)).await
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.spec.id == other.spec.id
    }
}

impl Eq for Job {}

/// The reference's form: `name (trigger: interval[0:01:00], next run at: 2026-01-01 09:00:00 CET)`.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (trigger: {}, ", self.spec.name, self.spec.trigger)?;
        match (self.status(), self.next_run_time()) {
            (JobStatus::Pending, _) => f.write_str("pending)"),
            (JobStatus::Waiting, _) => f.write_str("waiting for its run to end)"),
            (_, Some(at)) => {
                let named = self.spec.trigger.zone_at(at);
                let zone = named.unwrap_or_else(|| self.scheduler.timezone());
                match zone.date_at(at) {
                    Some(date) => write!(
                        f,
                        "next run at: {} {})",
                        date.format("%Y-%m-%d %H:%M:%S"),
                        zone.abbreviation_at(at)
                    ),
                    None => write!(f, "next run at: {at})"),
                }
            }
            (_, None) => f.write_str("paused)"),
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Job (id={} name={})>", self.spec.id, self.spec.name)
    }
}
