//! Judging a write that somebody asked for.

use crate::record::{Body, ExtraKind, Job, Micros, Phase, Schedule};
use crate::request::Request;

/// A request that a scheduler has not answered.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) number: usize,
    pub(crate) request: Request,
    pub(crate) at: Micros,
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
            Request::Resume(_) => same_job && same_extras && first(),
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
        explained && old.live == new.live && old.last == new.last
    }

    /// Whether it makes this the first that is in the store.
    pub(crate) fn inserts(&self, new: &Body, now: Micros) -> bool {
        let blank = new.schedule.live.is_empty() && new.schedule.extras.is_empty();
        let Request::Add(..) = self.request else { return false };
        blank && new.schedule.last.is_none() && self.is_first(&new.job, &new.schedule, now)
    }

    /// Whether it may remove the job.
    pub(crate) fn removes(&self) -> bool {
        matches!(self.request, Request::Remove(_))
    }

    /// Whether the next fire is the trigger's first, counted from some moment between the request
    /// and now.
    fn is_first(&self, job: &Job, new: &Schedule, now: Micros) -> bool {
        let from = |moment: Micros| new.last.map_or(moment, |last| moment.max(last + 1));
        let (earliest, latest) = (job.first_fire(from(self.at)), job.first_fire(from(now)));
        let Some(next) = new.next else { return false };
        let between = earliest <= Some(next.scheduled) && Some(next.scheduled) <= latest;
        between && new.phase == Phase::Scheduled
    }
}
