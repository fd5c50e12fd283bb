//! What a program asks of its scheduler.

use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::{Date, Interval};
use sched_core::{Error, OnCrash, Retry, Scheduler, Shutdown, Timestamp};

use crate::START;

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Every so many seconds, counted from the start of the model.
    Every(u64),
    /// The same, and at most so many seconds after the start of the model.
    Until(u64, u64),
    /// So many seconds after the end of the run before.
    After(u64),
    /// Once, so many seconds after the start of the model.
    Once(u64),
}

/// A job to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) when: When,
    pub(crate) coalesce: bool,
    pub(crate) max_instances: u32,
    /// Seconds.
    pub(crate) grace: Option<u64>,
    pub(crate) reruns: bool,
    pub(crate) attempts: u32,
    /// How long its task lasts.
    pub(crate) millis: u64,
    /// How many first attempts fail.
    pub(crate) failures: u32,
}

/// What may be asked about the job of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Start,
    ShutDown,
    Add(usize, Description),
    Pause(usize),
    Resume(usize),
    Remove(usize),
    RunNow(usize),
    Reschedule(usize, When),
    Coalesce(usize, bool),
}

/// The id of the job of a number.
pub(crate) fn id(job: usize) -> String {
    format!("job-{job}")
}

impl Request {
    pub(crate) async fn carry_out(self, scheduler: &Scheduler) -> Result<(), Error> {
        match self {
            Request::Start => scheduler.start().await,
            Request::ShutDown => scheduler.shutdown(Shutdown::Wait).await,
            Request::Add(job, of) => {
                let args = Args::of(&(of.millis, of.failures)).expect("numbers can be written");
                let request = scheduler.add(Invocation::named("work", args)).id(id(job));
                let request = match of.when {
                    When::Every(seconds) => request.trigger(every(seconds)),
                    When::Until(seconds, end) => request.trigger(until(seconds, end)),
                    When::After(seconds) => request.trigger(every(seconds).fixed_delay()),
                    When::Once(seconds) => request.at(moment(seconds)),
                };
                let retry = (of.attempts > 1).then(|| Retry::new(of.attempts));
                let policy = if of.reruns { OnCrash::Rerun } else { OnCrash::Skip };
                request
                    .replace_existing()
                    .coalesce(of.coalesce)
                    .max_instances(of.max_instances)
                    .misfire_grace_time(of.grace.map(Duration::from_secs))
                    .retry(retry)
                    .on_crash(policy)
                    .await
                    .map(drop)
            }
            Request::Pause(job) => scheduler.pause_job(id(job)).await.map(drop),
            Request::Resume(job) => scheduler.resume_job(id(job)).await.map(drop),
            Request::Remove(job) => scheduler.remove_job(id(job)).await,
            Request::RunNow(job) => scheduler.run_job(id(job)).await,
            Request::Reschedule(job, when) => {
                let job = id(job);
                match when {
                    When::Every(seconds) => scheduler.reschedule_job(job, every(seconds)).await,
                    When::Until(seconds, end) => {
                        scheduler.reschedule_job(job, until(seconds, end)).await
                    }
                    When::After(seconds) => {
                        scheduler.reschedule_job(job, every(seconds).fixed_delay()).await
                    }
                    When::Once(seconds) => {
                        scheduler.reschedule_job(job, Date::at(moment(seconds))).await
                    }
                }
                .map(drop)
            }
            Request::Coalesce(job, coalesce) => {
                scheduler.modify_job(id(job)).coalesce(coalesce).await.map(drop)
            }
        }
    }
}

fn every(seconds: u64) -> Interval {
    Interval::every(Duration::from_secs(seconds)).start_date(moment(0))
}

fn until(seconds: u64, end: u64) -> Interval {
    every(seconds).end_date(moment(end))
}

/// So many seconds after the start of the model.
fn moment(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}
