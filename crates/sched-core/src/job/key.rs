//! Ways to say which jobs are meant.

use std::sync::Arc;

use crate::job::{Job, JobId};

/// A job by its id, in one store or wherever it is found first.
///
/// Made from an id; [`in_store`](JobKey::in_store) names the store.
///
/// ```
/// use sched_core::JobKey;
///
/// let anywhere: JobKey = "nightly".into();
/// let there = JobKey::from("nightly").in_store("archive");
/// assert_ne!(anywhere, there);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobKey {
    pub(crate) id: JobId,
    pub(crate) store: Option<Arc<str>>,
}

impl JobKey {
    /// The same id, in the store of this alias only.
    pub fn in_store(mut self, alias: impl Into<Arc<str>>) -> Self {
        self.store = Some(alias.into());
        self
    }

    pub(crate) fn allows(&self, alias: &str) -> bool {
        self.store.as_deref().is_none_or(|wanted| wanted == alias)
    }
}

impl From<&str> for JobKey {
    fn from(id: &str) -> Self {
        JobId::from(id).into()
    }
}

impl From<String> for JobKey {
    fn from(id: String) -> Self {
        JobId::from(id).into()
    }
}

impl From<JobId> for JobKey {
    fn from(id: JobId) -> Self {
        JobKey { id, store: None }
    }
}

impl From<&JobId> for JobKey {
    fn from(id: &JobId) -> Self {
        id.clone().into()
    }
}

/// The job, in the store that it is in.
impl From<&Job> for JobKey {
    fn from(job: &Job) -> Self {
        JobKey { id: job.id().clone(), store: job.store().cloned() }
    }
}

/// Which jobs to list: all, or those that meet every condition named.
///
/// ```
/// use sched_core::JobFilter;
///
/// let paused_reports = JobFilter::all().tag("report").paused(true);
/// # let _ = paused_reports;
/// ```
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    pub(crate) store: Option<Arc<str>>,
    tags: Vec<String>,
    executor: Option<String>,
    task: Option<String>,
    paused: Option<bool>,
}

impl JobFilter {
    /// All jobs.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those in the store of this alias. An alias that there is not has no jobs.
    pub fn store(mut self, alias: impl Into<Arc<str>>) -> Self {
        self.store = Some(alias.into());
        self
    }

    /// Those with this tag; called again, those that have all of them.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Those for the executor of this alias.
    pub fn executor(mut self, alias: impl Into<String>) -> Self {
        self.executor = Some(alias.into());
        self
    }

    /// Those that call this task.
    pub fn task(mut self, name: impl Into<String>) -> Self {
        self.task = Some(name.into());
        self
    }

    /// Those that are paused, or those that are not.
    pub fn paused(mut self, paused: bool) -> Self {
        self.paused = Some(paused);
        self
    }

    pub(crate) fn allows_store(&self, alias: &str) -> bool {
        self.store.as_deref().is_none_or(|wanted| wanted == alias)
    }

    pub(crate) fn allows(&self, job: &Job) -> bool {
        self.tags.iter().all(|tag| job.tags().contains(tag))
            && self.executor.as_deref().is_none_or(|alias| alias == job.executor())
            && self.task.as_deref().is_none_or(|name| name == job.task())
            && self.paused.is_none_or(|paused| paused == job.is_paused())
    }
}

impl From<&str> for JobFilter {
    /// All jobs of the store of this alias.
    fn from(store: &str) -> Self {
        JobFilter::all().store(store)
    }
}
