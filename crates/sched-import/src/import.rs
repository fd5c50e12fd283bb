//! Everything that was found: what can be taken, and what cannot.

use std::fmt;

use sched_core::{Conflict, Job, Scheduler, Timestamp};

use crate::apscheduler::{self, StoredJob};
use crate::job::{ImportedJob, Refusal, Refused};
use crate::mapping::Mapping;

/// What was found in a store or a file. Each job of it is in one of the two lists.
///
/// Its text form is the report: what will be taken, with notes where something is not quite as it
/// was, and what will not, with the reason. Printing that and doing no more is a dry run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Import {
    /// What can be taken, in the order in which it was found.
    pub jobs: Vec<ImportedJob>,
    /// What cannot.
    pub refused: Vec<Refused>,
}

/// What became of an [`Import`] that was added to a scheduler.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Added {
    /// The jobs that the scheduler has now.
    pub jobs: Vec<Job>,
    /// What could not be taken, the scheduler's own refusals included.
    pub refused: Vec<Refused>,
}

impl Import {
    /// Jobs of APScheduler 3.x, as [`source`](crate::source) gets them out of a store.
    ///
    /// `now` decides which of them are overdue, and is otherwise left alone:
    /// [`Scheduler::now`](sched_core::Scheduler::now) will do.
    pub fn apscheduler(
        stored: impl IntoIterator<Item = StoredJob>,
        mapping: &Mapping,
        now: Timestamp,
    ) -> Self {
        let mut import = Import::default();
        for stored in stored {
            let read = apscheduler::read(&stored, mapping, now);
            import.note(stored.id, read);
        }
        import
    }

    pub(crate) fn note(&mut self, id: String, read: Result<ImportedJob, Refusal>) {
        match read {
            Ok(job) => self.jobs.push(job),
            Err(reason) => self.refused.push(Refused { id, reason }),
        }
    }

    /// Adds what can be taken to a job store of a scheduler.
    ///
    /// The scheduler knows the tasks, and refuses what they do not take. It should be running, or
    /// [paused](Scheduler::start_paused) if jobs must not run yet; one that was never started keeps
    /// them in memory until it is, in whatever store. `conflict` says what becomes of a job whose id
    /// is there already: with [`Conflict::Keep`] an import can be repeated.
    pub async fn add_to(self, scheduler: &Scheduler, store: &str, conflict: Conflict) -> Added {
        let mut added = Added { jobs: Vec::with_capacity(self.jobs.len()), refused: self.refused };
        let request = |job: &ImportedJob| job.request().store(store).on_conflict(conflict);
        let answers = scheduler.add_all(self.jobs.iter().map(request)).await;
        for (job, answer) in self.jobs.into_iter().zip(answers) {
            match answer {
                Ok(job) => added.jobs.push(job),
                Err(error) => added.refused.push(Refused { id: job.id, reason: error.into() }),
            }
        }
        added
    }
}

/// The report.
impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "can be taken: {}", self.jobs.len())?;
        self.jobs.iter().try_for_each(|job| writeln!(f, "  {job}"))?;
        refusals(f, &self.refused)
    }
}

/// How many were added, and what was not.
impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "added: {}", self.jobs.len())?;
        refusals(f, &self.refused)
    }
}

fn refusals(f: &mut fmt::Formatter<'_>, refused: &[Refused]) -> fmt::Result {
    writeln!(f, "cannot be taken: {}", refused.len())?;
    refused.iter().try_for_each(|refused| writeln!(f, "  {refused}"))
}
