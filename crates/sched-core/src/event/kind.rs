//! One type for every kind of event.

use std::sync::Arc;

use serde_json::Value;

use crate::event::EventMask;
use crate::job::{JobId, RunId};
use crate::task::RunError;
use crate::time::Timestamp;

/// Something that happened, and when.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// When it was told, by the scheduler's wall clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// A job and the store that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRef {
    /// The job's id.
    pub job_id: JobId,
    /// The store's alias; none while the job is pending.
    pub store: Option<Arc<str>>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunInfo {
    /// The job's id.
    pub job_id: JobId,
    /// The store's alias.
    pub store: Arc<str>,
    /// The run's id.
    pub run_id: RunId,
    /// The moment that the trigger named.
    pub scheduled_run_time: Timestamp,
    /// 1 the first time, one more with every retry and recovery.
    pub attempt: u32,
}

/// Why a job is not run for now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParkReason {
    /// Its record cannot be read; the text says why.
    Undecodable(String),
    /// Nobody registered its task.
    UnknownTask(Arc<str>),
    /// No plugin is registered for its trigger; the text says which.
    UnknownTrigger(String),
    /// Its trigger, one of the user's own, panicked when asked for the next fire; the text says
    /// with what.
    TriggerPanicked(String),
    /// This scheduler has no executor of this alias.
    UnknownExecutor(Arc<str>),
    /// So many schedulers died in a row while they had one of its runs. It is paused until somebody
    /// resumes it.
    Poisoned(u32),
    /// So many of its runs have failed in a row. It is paused until somebody resumes it.
    FailedTooOften(u32),
    /// It has left its store for that of this alias, and whoever moved it has stopped half-way.
    /// Nobody runs it until it is moved there again: see
    /// [`move_job`](crate::Scheduler::move_job).
    Moving(Arc<str>),
    /// With a run noted in it, it is more than its store can take; the text says how much it is
    /// without.
    TooLarge(String),
}

/// What happened. Names and bits are the reference's where it has the kind.
///
/// For one run: submitted, then started, then ended (executed, error); a run that is missed in its
/// executor's queue is submitted and then missed. A job's removal follows the submission of
/// its trigger's last fire; retries, and what is queued or was asked for, may follow it.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[allow(missing_docs, reason = "a variant is what its mask says, a field what its type says")]
pub enum EventKind {
    SchedulerStarted,
    SchedulerShutdown,
    SchedulerPaused,
    SchedulerResumed,
    ExecutorAdded {
        alias: Arc<str>,
    },
    ExecutorRemoved {
        alias: Arc<str>,
    },
    JobStoreAdded {
        alias: Arc<str>,
    },
    JobStoreRemoved {
        alias: Arc<str>,
    },
    /// `alias` is none when all stores were meant.
    AllJobsRemoved {
        alias: Option<Arc<str>>,
    },
    JobAdded(JobRef),
    JobRemoved(JobRef),
    JobModified(JobRef),
    /// The runs of one submission follow each other; their ids are consecutive from `run_id`.
    JobSubmitted {
        job: JobRef,
        run_id: RunId,
        scheduled_run_times: Vec<Timestamp>,
    },
    JobMaxInstances {
        job: JobRef,
        scheduled_run_times: Vec<Timestamp>,
    },
    JobStarted {
        run: RunInfo,
    },
    /// `retval` is JSON null for a task that returns nothing.
    JobExecuted {
        run: RunInfo,
        started: Timestamp,
        ended: Timestamp,
        retval: Value,
    },
    JobError {
        run: RunInfo,
        started: Timestamp,
        ended: Timestamp,
        error: RunError,
    },
    /// `run_id` is none when the fire was never handed to an executor.
    JobMissed {
        job: JobRef,
        run_id: Option<RunId>,
        scheduled_run_time: Timestamp,
    },
    JobProgress {
        run: RunInfo,
        progress: Value,
    },
    /// `retry_at` is when the attempt after that of `run` is due.
    JobRetried {
        run: RunInfo,
        retry_at: Timestamp,
    },
    /// `run` is the new one.
    JobRecovered {
        run: RunInfo,
        lost_run_id: RunId,
    },
    /// `run` is the one that is lost.
    JobLost {
        run: RunInfo,
    },
    JobParked {
        job: JobRef,
        reason: ParkReason,
    },
    StoreDown {
        alias: Arc<str>,
        error: String,
    },
    StoreUp {
        alias: Arc<str>,
    },
    /// Microseconds by which the wall clock moved against the steady clock; negative: back.
    ClockJumped {
        micros: i64,
    },
    /// Microseconds by which the wall clock is ahead of the store's; negative: behind. Fires and
    /// leases go by the store's.
    ClockSkewed {
        alias: Arc<str>,
        micros: i64,
    },
}

impl EventKind {
    /// The kind as a bit.
    pub fn code(&self) -> EventMask {
        match self {
            EventKind::SchedulerStarted => EventMask::SCHEDULER_STARTED,
            EventKind::SchedulerShutdown => EventMask::SCHEDULER_SHUTDOWN,
            EventKind::SchedulerPaused => EventMask::SCHEDULER_PAUSED,
            EventKind::SchedulerResumed => EventMask::SCHEDULER_RESUMED,
            EventKind::ExecutorAdded { .. } => EventMask::EXECUTOR_ADDED,
            EventKind::ExecutorRemoved { .. } => EventMask::EXECUTOR_REMOVED,
            EventKind::JobStoreAdded { .. } => EventMask::JOBSTORE_ADDED,
            EventKind::JobStoreRemoved { .. } => EventMask::JOBSTORE_REMOVED,
            EventKind::AllJobsRemoved { .. } => EventMask::ALL_JOBS_REMOVED,
            EventKind::JobAdded(_) => EventMask::JOB_ADDED,
            EventKind::JobRemoved(_) => EventMask::JOB_REMOVED,
            EventKind::JobModified(_) => EventMask::JOB_MODIFIED,
            EventKind::JobSubmitted { .. } => EventMask::JOB_SUBMITTED,
            EventKind::JobMaxInstances { .. } => EventMask::JOB_MAX_INSTANCES,
            EventKind::JobStarted { .. } => EventMask::JOB_STARTED,
            EventKind::JobExecuted { .. } => EventMask::JOB_EXECUTED,
            EventKind::JobError { .. } => EventMask::JOB_ERROR,
            EventKind::JobMissed { .. } => EventMask::JOB_MISSED,
            EventKind::JobProgress { .. } => EventMask::JOB_PROGRESS,
            EventKind::JobRetried { .. } => EventMask::JOB_RETRIED,
            EventKind::JobRecovered { .. } => EventMask::JOB_RECOVERED,
            EventKind::JobLost { .. } => EventMask::JOB_LOST,
            EventKind::JobParked { .. } => EventMask::JOB_PARKED,
            EventKind::StoreDown { .. } => EventMask::STORE_DOWN,
            EventKind::StoreUp { .. } => EventMask::STORE_UP,
            EventKind::ClockJumped { .. } => EventMask::CLOCK_JUMPED,
            EventKind::ClockSkewed { .. } => EventMask::CLOCK_SKEWED,
        }
    }
}

impl Event {
    /// The kind as a bit.
    pub fn code(&self) -> EventMask {
        self.kind.code()
    }

    /// The job that it is about, if any.
    pub fn job_id(&self) -> Option<&JobId> {
        match &self.kind {
            EventKind::JobAdded(job) | EventKind::JobRemoved(job) | EventKind::JobModified(job) => {
                Some(&job.job_id)
            }
            EventKind::JobSubmitted { job, .. }
            | EventKind::JobMaxInstances { job, .. }
            | EventKind::JobMissed { job, .. }
            | EventKind::JobParked { job, .. } => Some(&job.job_id),
            _ => self.run().map(|run| &run.job_id),
        }
    }

    /// The run that it is about, if any.
    pub fn run(&self) -> Option<&RunInfo> {
        match &self.kind {
            EventKind::JobStarted { run }
            | EventKind::JobExecuted { run, .. }
            | EventKind::JobError { run, .. }
            | EventKind::JobProgress { run, .. }
            | EventKind::JobRetried { run, .. }
            | EventKind::JobRecovered { run, .. }
            | EventKind::JobLost { run } => Some(run),
            _ => None,
        }
    }
}
