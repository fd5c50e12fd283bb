//! Executors and job stores that come and go, without async.

use std::sync::Arc;

use crate::blocking::Scheduler;
use crate::error::Error;
use crate::executor::Executor;
use crate::store::JobStore;

/// Executors and job stores.
impl Scheduler {
    /// As [`crate::Scheduler::add_executor`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn add_executor(
        &self,
        alias: impl Into<Arc<str>>,
        executor: impl Executor + 'static,
    ) -> Result<(), Error> {
        let alias: Arc<str> = alias.into();
        self.wait(self.asynchronous().add_executor(alias, executor))
    }

    /// As [`crate::Scheduler::remove_executor`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn remove_executor(&self, alias: &str, wait: bool) -> Result<(), Error> {
        self.wait(self.asynchronous().remove_executor(alias, wait))
    }

    /// As [`crate::Scheduler::add_jobstore`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn add_jobstore(
        &self,
        alias: impl Into<Arc<str>>,
        store: impl JobStore + 'static,
    ) -> Result<(), Error> {
        let alias: Arc<str> = alias.into();
        self.wait(self.asynchronous().add_jobstore(alias, store))
    }

    /// As [`crate::Scheduler::remove_jobstore`].
    ///
    /// # Errors
    /// As its async twin; [`Error::WouldBlock`].
    pub fn remove_jobstore(&self, alias: &str) -> Result<(), Error> {
        self.wait(self.asynchronous().remove_jobstore(alias))
    }

    /// The aliases of the executors, in order.
    pub fn executors(&self) -> Vec<Arc<str>> {
        self.asynchronous().executors()
    }

    /// The aliases of the job stores, in the order added.
    pub fn jobstores(&self) -> Vec<Arc<str>> {
        self.asynchronous().jobstores()
    }
}
