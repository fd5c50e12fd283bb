//! The fires of several jobs, as one series.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sched_core::{JobId, Timestamp};

use super::{Simulated, following};

/// A fire that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedFire {
    /// When it is to be run, jitter included.
    pub at: Timestamp,
    /// The moment that the trigger names.
    pub scheduled: Timestamp,
    /// The job.
    pub job_id: JobId,
}

/// The fires of a [`Simulation`](super::Simulation), the earliest first; equal ones in the order
/// in which their jobs were added.
#[derive(Debug, Clone)]
pub struct Fires<'a> {
    jobs: &'a [Simulated],
    /// Of each job, how many of its fires may still come.
    left: Vec<u64>,
    next: BinaryHeap<Reverse<Next>>,
    from: Timestamp,
    until: Timestamp,
}

/// The next fire of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    at: Timestamp,
    job: usize,
    scheduled: Timestamp,
    /// As the trigger names it.
    then: Option<Timestamp>,
}

impl<'a> Fires<'a> {
    pub(super) fn new(jobs: &'a [Simulated], from: Timestamp, until: Timestamp) -> Self {
        let left = jobs.iter().map(|job| job.most).collect();
        let mut fires = Fires { jobs, left, next: BinaryHeap::new(), from, until };
        for (nth, job) in jobs.iter().enumerate() {
            fires.plan(nth, job.first);
        }
        fires
    }

    fn plan(&mut self, job: usize, scheduled: Option<Timestamp>) {
        let Some(scheduled) = scheduled.filter(|at| *at < self.until && self.left[job] > 0) else {
            return;
        };
        self.left[job] -= 1;
        let Simulated { id, trigger, .. } = &self.jobs[job];
        let then = following(trigger, scheduled);
        let at = trigger.jittered(id.salt(), scheduled, then);
        self.next.push(Reverse(Next { at, job, scheduled, then }));
    }
}

impl Iterator for Fires<'_> {
    type Item = PlannedFire;

    fn next(&mut self) -> Option<PlannedFire> {
        loop {
            let Reverse(Next { at, job, scheduled, then }) = self.next.pop()?;
            self.plan(job, then);
            // Jitter may have brought it to the other side of either end; a date is run even when
            // it is past.
            if at < self.until {
                let (at, job_id) = (at.max(self.from), self.jobs[job].id.clone());
                return Some(PlannedFire { at, scheduled, job_id });
            }
        }
    }
}
