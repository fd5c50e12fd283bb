//! Jobs without async.
//!
//! Every call answers with the errors of its async twin, with [`Error::WouldBlock`] and
//! [`Error::NoRuntime`].

use crate::blocking::{Adding, Modifying, Scheduler};
use crate::error::Error;
use crate::export::{Export, Import, ImportError, Imported};
use crate::job::{Job, JobFilter, JobKey, JobRequest};
use crate::scheduler::{Explanation, Moved, RunStatus};
use crate::task::IntoInvocation;
use crate::trigger::IntoTrigger;

/// Jobs. The [`Job`]s that these answer with are changed by the methods here: where a key is
/// wanted, `&job` will do.
impl Scheduler {
    /// A job to be added: what it calls, then how and when, then [`submit`](JobRequest::submit)
    /// it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sched_core::{InlineExecutor, Scheduler};
    ///
    /// # fn main() -> Result<(), sched_core::Error> {
    /// let scheduler =
    ///     Scheduler::builder().executor("default", InlineExecutor::new()).build()?.blocking();
    /// let tick = || async { println!("tick") };
    /// let job = scheduler.add(tick).every(Duration::from_secs(60)).submit()?;
    /// let job = scheduler.modify_job(&job).name("ticker").submit()?;
    /// scheduler.pause_job(&job)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add<M>(&self, task: impl IntoInvocation<M>) -> JobRequest<Adding> {
        JobRequest::new(task).aim(Adding { scheduler: self.clone() })
    }

    /// As [`crate::Scheduler::add_all`].
    ///
    /// # Errors
    /// The outer one when nothing could be asked for; each job's own within.
    pub fn add_all(
        &self,
        requests: impl IntoIterator<Item = JobRequest>,
    ) -> Result<Vec<Result<Job, Error>>, Error> {
        let requests: Vec<JobRequest> = requests.into_iter().collect();
        self.block_on(self.asynchronous().add_all(requests))
    }

    /// As [`crate::Scheduler::add_scheduled`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn add_scheduled(&self) -> Result<Vec<Job>, Error> {
        self.wait(self.asynchronous().add_scheduled())
    }

    /// As [`crate::Scheduler::get_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn get_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        self.wait(self.asynchronous().get_job(key.into()))
    }

    /// As [`crate::Scheduler::get_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn get_jobs(&self, filter: impl Into<JobFilter>) -> Result<Vec<Job>, Error> {
        self.wait(self.asynchronous().get_jobs(filter.into()))
    }

    /// Changes a job: say what, then [`submit`](JobRequest::submit) it. As
    /// [`crate::Scheduler::modify_job`].
    pub fn modify_job(&self, key: impl Into<JobKey>) -> JobRequest<Modifying> {
        JobRequest::nothing_said(Modifying { scheduler: self.clone(), key: key.into() })
    }

    /// As [`crate::Scheduler::reschedule_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn reschedule_job(
        &self,
        key: impl Into<JobKey>,
        trigger: impl IntoTrigger + Send + 'static,
    ) -> Result<Job, Error> {
        self.wait(self.asynchronous().reschedule_job(key.into(), trigger))
    }

    /// As [`crate::Scheduler::pause_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn pause_job(&self, key: impl Into<JobKey>) -> Result<Job, Error> {
        self.wait(self.asynchronous().pause_job(key.into()))
    }

    /// As [`crate::Scheduler::resume_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn resume_job(&self, key: impl Into<JobKey>) -> Result<Option<Job>, Error> {
        self.wait(self.asynchronous().resume_job(key.into()))
    }

    /// As [`crate::Scheduler::run_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn run_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        self.wait(self.asynchronous().run_job(key.into()))
    }

    /// As [`crate::Scheduler::remove_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn remove_job(&self, key: impl Into<JobKey>) -> Result<(), Error> {
        self.wait(self.asynchronous().remove_job(key.into()))
    }

    /// As [`crate::Scheduler::remove_all_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn remove_all_jobs(&self, store: Option<&str>) -> Result<(), Error> {
        self.wait(self.asynchronous().remove_all_jobs(store))
    }

    /// As [`crate::Scheduler::move_job`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn move_job(&self, key: impl Into<JobKey>, to: &str) -> Result<Job, Error> {
        self.wait(self.asynchronous().move_job(key.into(), to))
    }

    /// As [`crate::Scheduler::move_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn move_jobs(&self, filter: impl Into<JobFilter>, to: &str) -> Result<Vec<Moved>, Error> {
        self.wait(self.asynchronous().move_jobs(filter.into(), to))
    }

    /// As [`crate::Scheduler::export_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn export_jobs(&self, filter: impl Into<JobFilter>) -> Result<Export, Error> {
        self.wait(self.asynchronous().export_jobs(filter.into()))
    }

    /// As [`crate::Scheduler::import_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn import_jobs<'a>(
        &self,
        import: impl Into<Import<'a>>,
    ) -> Result<Vec<Imported>, ImportError> {
        self.block_on(self.asynchronous().import_jobs(import.into()))?
    }

    /// As [`crate::Scheduler::runs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn runs(&self) -> Result<Vec<RunStatus>, Error> {
        self.wait(self.asynchronous().runs())
    }

    /// As [`crate::Scheduler::cancel_runs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn cancel_runs(&self, key: impl Into<JobKey>) -> Result<usize, Error> {
        self.wait(self.asynchronous().cancel_runs(key.into()))
    }

    /// As [`crate::Scheduler::explain`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn explain(&self, key: impl Into<JobKey>) -> Result<Explanation, Error> {
        self.wait(self.asynchronous().explain(key.into()))
    }

    /// As [`crate::Scheduler::jobs_text`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn jobs_text(&self, store: Option<&str>) -> Result<String, Error> {
        self.wait(self.asynchronous().jobs_text(store))
    }

    /// As [`crate::Scheduler::print_jobs`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn print_jobs(&self, store: Option<&str>) -> Result<(), Error> {
        self.wait(self.asynchronous().print_jobs(store))
    }
}
