//! Jobs as a text that people can read, change, keep, and give to another store.
//!
//! [`Scheduler::export_jobs`](crate::Scheduler::export_jobs) writes it,
//! [`Scheduler::import_jobs`](crate::Scheduler::import_jobs) reads it. What is in it:
//!
//! ```json
//! {
//!   "version": 1,
//!   "jobs": [
//!     {
//!       "store": "default",
//!       "id": "nightly",
//!       "name": "nightly report",
//!       "task": "reports.nightly",
//!       "args": ["board@example.com", 3],
//!       "trigger": { "cron": { "crontab": "0 2 * * *", "timezone": "Europe/Berlin" } },
//!       "executor": "default",
//!       "misfire_grace_time": "1h 30m",
//!       "retry": { "max_attempts": 3, "backoff": "2s", "max_backoff": "1m", "after": ["failed"] },
//!       "tags": ["report"],
//!       "state": "scheduled",
//!       "next_run_time": "2026-01-02T02:00:00+01:00",
//!       "last_fire_time": "2026-01-01T02:00:00+01:00",
//!       "runs_so_far": 211
//!     }
//!   ]
//! }
//! ```
//!
//! - Options have the names of [`JobRequest`](crate::JobRequest), state and counts those of
//!   [`Job`](crate::Job). One that is left out has its default; a name that is not known is an
//!   error. Only `id`, `task` and `trigger` must be there: without a `state` the first fire is the
//!   trigger's from now on.
//! - A trigger is its kind and its fields: `date`, `interval`, `cron`, `calendarinterval`, `and`,
//!   `or`, `custom`, and beside it perhaps `jitter`.
//! - A moment is RFC 3339 in the trigger's zone, to the microsecond; outside of the years 0 to 9999
//!   it is a number of microseconds since 1970. A span of time is `1d 2h 3m 4.5s`, or any of these
//!   parts.
//!
//! A job whose runs go on is written without them: their ends are noted where they run. All else
//! comes back as it was, whichever kind of store it comes from and goes to. Closures cannot be
//! written. A job that is imported while the one that was exported goes on is a second job:
//! to have it in another store and run each fire once, there is
//! [`Scheduler::move_job`](crate::Scheduler::move_job).

mod entry;
mod text;
mod trigger;

use std::sync::Arc;

pub(crate) use entry::{Document, Entry, read_document};

use crate::error::Error;
use crate::job::{Conflict, JobId};

/// What [`Scheduler::export_jobs`](crate::Scheduler::export_jobs) has written.
#[derive(Debug)]
#[non_exhaustive]
pub struct Export {
    /// The jobs, as the [module](self) shows.
    pub text: String,
    /// How many there are in it.
    pub count: usize,
    /// Those that could not be written.
    pub left_out: Vec<LeftOut>,
}

/// A job that could not be exported.
#[derive(Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its id.
    pub id: JobId,
    /// The alias of its store.
    pub store: Arc<str>,
    /// Why: [`Error::NotExportable`] for a closure, [`Error::Undecodable`], [`Error::Moving`].
    pub reason: Error,
}

/// What to import, and how.
///
/// ```
/// use sched_core::Conflict;
/// use sched_core::export::Import;
///
/// # let text = r#"{"version": 1, "jobs": []}"#;
/// let import = Import::new(text).store("archive").on_conflict(Conflict::Keep);
/// # let _ = import;
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is imported before it is given to a scheduler"]
pub struct Import<'a> {
    pub(crate) text: &'a str,
    pub(crate) store: Option<Arc<str>>,
    pub(crate) conflict: Conflict,
}

impl<'a> Import<'a> {
    /// The jobs of a text, into the stores that it names, refusing those whose id is taken.
    pub fn new(text: &'a str) -> Self {
        Import { text, store: None, conflict: Conflict::Refuse }
    }

    /// All of them into the store of this alias.
    pub fn store(mut self, alias: impl Into<Arc<str>>) -> Self {
        self.store = Some(alias.into());
        self
    }

    /// What to do with one whose id is taken: refuse it, skip it ([`Conflict::Keep`]), or replace
    /// the old one, whose live runs go on as the new one's. [`Conflict::ReplaceKeepNext`] keeps the
    /// old one's next fire where its trigger is the same.
    pub fn on_conflict(mut self, policy: Conflict) -> Self {
        self.conflict = policy;
        self
    }
}

impl<'a> From<&'a str> for Import<'a> {
    fn from(text: &'a str) -> Self {
        Import::new(text)
    }
}

impl<'a> From<&'a Export> for Import<'a> {
    fn from(export: &'a Export) -> Self {
        Import::new(&export.text)
    }
}

/// What became of one entry of an import.
#[derive(Debug)]
#[non_exhaustive]
pub struct Imported {
    /// Which entry of `jobs` it is, counted from 1.
    pub position: usize,
    /// The line of the text in which it begins, counted from 1.
    pub line: usize,
    /// The job's id, where that could be read.
    pub id: Option<JobId>,
    /// What became of it.
    pub result: Result<Landing, ImportError>,
}

/// How a job was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Landing {
    /// It is new in its store.
    Added,
    /// It took the place of a job of its id.
    Replaced,
    /// A job of its id was there, and stays.
    Kept,
}

/// Why a text, or an entry of it, cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The whole is no export: it is no JSON, or has no list of jobs.
    #[error("not an export of jobs")]
    Document(#[source] serde_json::Error),
    /// A program with another version of the format wrote it.
    #[error("an export of format version {found}; this program reads version 1")]
    Version {
        /// What the text says.
        found: String,
    },
    /// An entry is broken: a field is missing, unknown, or makes no sense.
    #[error("broken entry: {reason}")]
    Entry {
        /// What is wrong, and in which field.
        reason: String,
    },
    /// The scheduler, or the store, refused the job.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ImportError {
    pub(crate) fn entry(reason: impl ToString) -> Self {
        ImportError::Entry { reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests;
