//! Judging a write that somebody asked for.

use std::cell::Cell;

use crate::record::{Body, ExtraKind, Job, Live, Micros, Phase, Schedule};
use crate::request::{self, Request};

/// A request that a scheduler has not answered, or to which it knows no answer: an addition may
/// still come to be then.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) number: usize,
    pub(crate) request: Request,
    pub(crate) at: Micros,
    /// Whether it has inserted its job: once is enough, whatever answer was lost.
    pub(crate) inserted: Cell<bool>,
}

impl Asked {
    /// Whether it makes this of that record, by now.
    pub(crate) fn explains(&self, before: &Body, after: &Body, now: Micros) -> bool {
        let (old, new) = (&before.schedule, &after.schedule);
        let same_job = before.job == after.job;
        let same_extras = old.extras == new.extras;
        let first = || self.is_first(&after.job, new, now);
        let explained = match &self.request {
            Request::Start | Request::ShutDown => false,
            Request::Add(..) => new.extras.is_empty() && first(),
            Request::Pause(_) => same_job && same_extras && new.phase == Phase::Paused,
            Request::Resume(_) => {
                let finished = new.phase == Phase::Finished && is_over(&after.job, new, now);
                same_job && same_extras && (finished || first())
            }
            // What is removed is not there afterwards.
            Request::Remove(_) => false,
            Request::RunNow(_) => {
                let same = Schedule { extras: old.extras.clone(), ..new.clone() } == *old;
                let last = new.extras.last();
                let now = |at: Micros| at >= self.at && at <= now;
                let asked = last.is_some_and(|e| e.kind == ExtraKind::RunNow && now(e.fire.at));
                same && asked && new.extras.len() == old.extras.len() + 1
            }
            Request::Reschedule(..) => {
                let same = Job { trigger: before.job.trigger.clone(), ..after.job.clone() };
                same == before.job && same_extras && first()
            }
            Request::Coalesce(_, coalesce) => {
                let wanted = Job { coalesce: *coalesce, ..before.job.clone() };
                wanted == after.job && old == new
            }
        };
        // What an earlier job's runs come to is no matter of one that calls something else.
        let disowns = matches!(self.request, Request::Add(..))
            && old.phase == Phase::Finished
            && before.job.invocation != after.job.invocation;
        let same_runs = old.live.len() == new.live.len()
            && old.live.iter().zip(&new.live).all(|(old, new)| {
                let attempt = if disowns { 0 } else { old.attempt };
                *new == Live { attempt, ..old.clone() }
            });
        explained && same_runs && old.last == new.last
    }

    /// Whether it makes this the first of its id that is in the store.
    pub(crate) fn inserts(&self, id: &str, new: &Body, now: Micros) -> bool {
        let Request::Add(job, _) = self.request else { return false };
        let blank = new.schedule.live.is_empty() && new.schedule.extras.is_empty();
        let explained = request::id(job) == id
            && !self.inserted.get()
            && blank
            && new.schedule.last.is_none()
            && self.is_first(&new.job, &new.schedule, now);
        self.inserted.set(self.inserted.get() || explained);
        explained
    }

    /// Whether it may remove the job, by now.
    pub(crate) fn removes(&self, old: &Body, now: Micros) -> bool {
        let Schedule { extras, live, .. } = &old.schedule;
        match self.request {
            Request::Remove(_) => true,
            // What still runs or is to be run is not the trigger's alone.
            Request::Resume(_) => {
                live.is_empty() && extras.is_empty() && is_over(&old.job, &old.schedule, now)
            }
            _ => false,
        }
    }

    /// Whether the next fire is the trigger's first, counted from some moment between the request
    /// and now.
    fn is_first(&self, job: &Job, new: &Schedule, now: Micros) -> bool {
        let (earliest, latest) = (first(job, new, self.at), first(job, new, now));
        let (Some(earliest), Some(next)) = (earliest, new.next) else { return false };
        let between = earliest <= next.scheduled && latest.is_none_or(|it| next.scheduled <= it);
        between && new.phase == Phase::Scheduled
    }
}

/// The first fire that a job would have from a moment on.
fn first(job: &Job, schedule: &Schedule, moment: Micros) -> Option<Micros> {
    job.first_fire(schedule.last.map_or(moment, |last| moment.max(last + 1)))
}

/// Whether by now the trigger has no fire left.
fn is_over(job: &Job, schedule: &Schedule, now: Micros) -> bool {
    first(job, schedule, now).is_none()
}
