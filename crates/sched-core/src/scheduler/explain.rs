//! Why a job did or did not run, and what it waits for.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::event::ParkReason;
use crate::job::{Job, JobKey, LiveBody, Phase};
use crate::scheduler::{Inner, RunStatus, Scheduler, SchedulerState, StoreSlot};
use crate::time::Timestamp;

/// What a job waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// The scheduler's start: it is in no store yet.
    Start,
    /// Its next run time.
    RunTime(Timestamp),
    /// Another attempt, or a fire beside its trigger's, that is due then.
    Attempt(Timestamp),
    /// One of its runs to end: it runs in as many instances as it may, or counts from the end.
    RunToEnd,
    /// Somebody to resume it.
    Resume,
    /// The scheduler, which is paused, to be resumed.
    SchedulerResume,
    /// Room in its executor: it is due.
    Room,
    /// A scheduler that can run it: this one cannot.
    AnotherScheduler(ParkReason),
    /// To be claimed, which takes a moment: it is due.
    Claim,
}

/// Why a job last did or did not run, and what it waits for, as far as this scheduler can tell.
/// Written out, it is a few sentences for people.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explanation {
    /// The job, with [`last_outcome`](Job::last_outcome).
    pub job: Job,
    /// Its runs that go on, on whichever scheduler.
    pub runs: Vec<RunStatus>,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

impl Scheduler {
    /// Why a job last did or did not run, and what it waits for.
    ///
    /// # Errors
    /// [`Error::JobLookup`]; [`Error::Store`]; [`Error::Undecodable`] when it is there and cannot be
    /// read.
    pub async fn explain(&self, key: impl Into<JobKey>) -> Result<Explanation, Error> {
        let (inner, key) = (&self.inner, key.into());
        if !inner.is_open() {
            let job = self.get_job(key.clone()).await?;
            let job = job.ok_or(Error::JobLookup { id: key.id })?;
            return Ok(Explanation { job, runs: Vec::new(), waits_for: WaitsFor::Start });
        }
        let found = inner.find(&key).await?;
        let (slot, _, live) = found.ok_or(Error::JobLookup { id: key.id })?;
        let waits_for = inner.waits_for(&slot, &live);
        let runs = self.runs_of(&slot, &live.spec, &live.schedule);
        Ok(Explanation { job: inner.job(&slot, live), runs, waits_for })
    }
}

impl Inner {
    fn waits_for(&self, slot: &StoreSlot, live: &LiveBody) -> WaitsFor {
        let LiveBody { spec, schedule } = live;
        let extras = schedule.extras.iter().filter(|extra| !extra.is_held(schedule.phase));
        let due = extras.map(|extra| extra.fire.at).min();
        let fire = schedule.next.map(|fire| fire.at);
        let (at, is_fire) = match (fire, due.filter(|at| *at != Timestamp::MAX)) {
            (Some(fire), Some(extra)) => (fire.min(extra), fire <= extra),
            (Some(fire), None) => (fire, true),
            (None, Some(extra)) => (extra, false),
            (None, None) if schedule.phase == Phase::Paused => return WaitsFor::Resume,
            (None, None) => return WaitsFor::RunToEnd,
        };
        if at > slot.now(&*self.clock) {
            return if is_fire { WaitsFor::RunTime(at) } else { WaitsFor::Attempt(at) };
        }
        let executors = self.executors();
        let Some(executor) = executors.get(&spec.executor) else {
            return WaitsFor::AnotherScheduler(ParkReason::UnknownExecutor(spec.executor.clone()));
        };
        if let Err(reason) = self.resolve_trigger(spec.clone()) {
            return WaitsFor::AnotherScheduler(reason);
        }
        if self.task(spec).is_none() {
            let task = spec.invocation.task().clone();
            return WaitsFor::AnotherScheduler(ParkReason::UnknownTask(task));
        }
        if *self.status.borrow() == SchedulerState::Paused {
            return WaitsFor::SchedulerResume;
        }
        if executor.is_full() {
            return WaitsFor::Room;
        }
        WaitsFor::Claim
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: Arc<str> = self.job.name().into();
        match &self.waits_for {
            WaitsFor::Start => write!(f, "{name} waits for the scheduler to start."),
            WaitsFor::RunTime(at) => write!(f, "{name} waits for its next run time, {at}."),
            WaitsFor::Attempt(at) => write!(f, "{name} is run again at {at}."),
            WaitsFor::RunToEnd => write!(f, "{name} waits for a run of its own to end."),
            WaitsFor::Resume => write!(f, "{name} is paused."),
            WaitsFor::SchedulerResume => write!(f, "{name} is due; the scheduler is paused."),
            WaitsFor::Room => {
                write!(f, "{name} is due; executor {:?} is full.", self.job.executor())
            }
            WaitsFor::AnotherScheduler(reason) => {
                write!(f, "{name} is due, and cannot be run here: {reason:?}.")
            }
            WaitsFor::Claim => write!(f, "{name} is due, and is about to be claimed."),
        }?;
        match self.job.last_outcome() {
            None => f.write_str(" Nothing is known of an earlier fire.")?,
            Some(last) => write!(f, " Its fire of {} {}", last.scheduled_run_time, last.kind)?,
        }
        for run in &self.runs {
            write!(f, " A run goes on at {} since {}", run.scheduler, run.claimed_at)?;
            match run.lease_until {
                Some(until) => write!(f, ", with a lease until {until}.")?,
                None => f.write_str(".")?,
            }
        }
        Ok(())
    }
}
