//! Where a job stands: what every fire rewrites.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::job::{Outcome, RunId};
use crate::time::Timestamp;

/// One fire: the moment that the trigger named, and when it is really due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Fire {
    /// When to run: `scheduled`, or later by the jitter. First, for the order.
    pub(crate) at: Timestamp,
    /// The trigger's moment. The next fire is counted from it, so that jitter never adds up.
    pub(crate) scheduled: Timestamp,
}

impl Fire {
    /// A fire without jitter.
    pub(crate) fn exactly(at: Timestamp) -> Self {
        Fire { at, scheduled: at }
    }
}

/// The fires of one submission, in order; at least one, and seldom more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fires {
    pub(crate) first: Fire,
    pub(crate) rest: Vec<Fire>,
}

impl Fires {
    pub(crate) fn one(first: Fire) -> Self {
        Fires { first, rest: Vec::new() }
    }

    /// None if there are none.
    pub(crate) fn from_vec(mut all: Vec<Fire>) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let first = all.remove(0);
        Some(Fires { first, rest: all })
    }

    pub(crate) fn count(&self) -> usize {
        1 + self.rest.len()
    }

    /// Keeps the first so many, and at least one.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.rest.truncate(count.saturating_sub(1));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Fire> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    pub(crate) fn scheduled(&self) -> Vec<Timestamp> {
        self.iter().map(|fire| fire.scheduled).collect()
    }
}

/// Whether the trigger is asked for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// There is a next fire.
    Scheduled,
    /// Somebody paused the job: no next fire until it is resumed.
    Paused,
    /// The next fire is set when the present run ends (fixed delay).
    Waiting,
    /// No fire is left. The record stays only for its live runs and its retries.
    Finished,
}

/// When an extra fire is due that waits for a run of its job to end.
pub(crate) const UNTIL_A_RUN_ENDS: Timestamp = Timestamp::MAX;

/// Why a fire stands beside the trigger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ExtraKind {
    /// A run failed, or was interrupted or taken back: it is to be tried again.
    Retry,
    /// Somebody asked for it.
    RunNow,
    /// The trigger's, for which there was no room.
    Queued,
}

/// A fire beside the trigger's: due at `fire.at`, whatever the phase unless it [is
/// held](Self::is_held); [`UNTIL_A_RUN_ENDS`], when there is room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    pub(crate) fire: Fire,
    pub(crate) attempt: u32,
    pub(crate) kind: ExtraKind,
}

impl Extra {
    /// Whether it is held until the job is resumed: a fire of the trigger is as paused as the trigger.
    pub(crate) fn is_held(&self, phase: Phase) -> bool {
        phase == Phase::Paused && self.kind == ExtraKind::Queued
    }

    /// Whether it is to be let in when a run ends.
    pub(crate) fn waits_for_a_run(&self, phase: Phase) -> bool {
        self.fire.at == UNTIL_A_RUN_ENDS && !self.is_held(phase)
    }
}

/// A run that has been claimed and has not ended, as others must know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveRun {
    pub(crate) run: RunId,
    pub(crate) fires: Fires,
    /// 0: of an earlier job of the same id.
    pub(crate) attempt: u32,
    pub(crate) recoveries: u32,
    pub(crate) claimed_at: Timestamp,
    pub(crate) lease_until: Timestamp,
    /// The name of its scheduler, for people.
    pub(crate) scheduler: Arc<str>,
    /// Whether somebody wants it to stop.
    pub(crate) cancel: bool,
}

impl LiveRun {
    /// Whether it counts among the instances of its id, but how it ends is no matter of the job.
    pub(crate) fn is_of_earlier_job(&self) -> bool {
        self.attempt == 0
    }
}

/// Where a job stands: what every fire rewrites. Cloning the usual one allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) phase: Phase,
    /// Some exactly in [`Phase::Scheduled`].
    pub(crate) next: Option<Fire>,
    /// The last fire claimed: no later one may be at or before it, whatever the clock says.
    pub(crate) last: Option<Timestamp>,
    pub(crate) extras: Vec<Extra>,
    /// Fires of the trigger that were run.
    pub(crate) runs: u64,
    /// Runs that have failed since one succeeded.
    pub(crate) failures: u32,
    /// Of the last fire of which it is known.
    pub(crate) outcome: Option<Arc<Outcome>>,
    /// Empty on a volatile store: there is nobody to recover a run, and the driver counts.
    pub(crate) live: Vec<LiveRun>,
}

impl Schedule {
    pub(crate) fn new(next: Option<Fire>) -> Self {
        let phase = if next.is_some() { Phase::Scheduled } else { Phase::Paused };
        Schedule {
            phase,
            next,
            last: None,
            extras: Vec::new(),
            runs: 0,
            failures: 0,
            outcome: None,
            live: Vec::new(),
        }
    }

    /// Sets the next fire; none pauses.
    pub(crate) fn set_next(&mut self, next: Option<Fire>) {
        if self.phase == Phase::Paused && next.is_some() {
            self.release();
        }
        self.next = next;
        self.phase = if next.is_some() { Phase::Scheduled } else { Phase::Paused };
    }

    /// No fire of the trigger is left.
    pub(crate) fn finish(&mut self) {
        if self.phase == Phase::Paused {
            self.release();
        }
        self.next = None;
        self.phase = Phase::Finished;
    }

    /// The job is paused no longer: no end of a run may come that would let in what was held.
    fn release(&mut self) {
        let held = self.extras.iter_mut().filter(|extra| extra.is_held(Phase::Paused));
        held.for_each(|extra| extra.fire.at = extra.fire.scheduled);
    }

    /// The runs are those of an earlier job of the same id from now on.
    pub(crate) fn disown_runs(&mut self) {
        self.live.iter_mut().for_each(|run| run.attempt = 0);
    }

    /// The earliest moment at which a scheduler must look at the job.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        let next = self.next.map(|fire| fire.at);
        let extras = self.extras.iter().filter(|extra| !extra.is_held(self.phase));
        let extras = extras.map(|extra| extra.fire.at).filter(|at| *at != UNTIL_A_RUN_ENDS);
        let leases = self.live.iter().map(|run| run.lease_until);
        next.into_iter().chain(extras).chain(leases).min()
    }

    /// Whether nothing is left for which the record must be kept.
    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Finished && self.extras.is_empty() && self.live.is_empty()
    }
}
