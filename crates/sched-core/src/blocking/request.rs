//! Adding and modifying jobs without async.

use crate::blocking::Scheduler;
use crate::error::Error;
use crate::job::{Job, JobKey, JobRequest};

/// Submitted, the job is added.
#[derive(Debug)]
pub struct Adding {
    pub(super) scheduler: Scheduler,
}

/// Submitted, the job is modified.
#[derive(Debug)]
pub struct Modifying {
    pub(super) scheduler: Scheduler,
    pub(super) key: JobKey,
}

impl JobRequest<Adding> {
    /// Adds the job.
    ///
    /// # Errors
    /// Those of [`crate::Scheduler::add`]; [`Error::WouldBlock`]; [`Error::NoRuntime`].
    pub fn submit(self) -> Result<Job, Error> {
        let (settings, Adding { scheduler }) = self.into_parts();
        scheduler.wait(scheduler.asynchronous().add_one(settings))
    }
}

impl JobRequest<Modifying> {
    /// Modifies the job.
    ///
    /// # Errors
    /// Those of [`crate::Scheduler::modify_job`]; [`Error::WouldBlock`]; [`Error::NoRuntime`].
    pub fn submit(self) -> Result<Job, Error> {
        let (settings, Modifying { scheduler, key }) = self.into_parts();
        scheduler.wait(scheduler.asynchronous().modify(key, *settings))
    }
}
