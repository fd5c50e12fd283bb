//! Every decision about a job: what is due, what is missed, what is dropped, what comes next.
//!
//! Pure functions of a job, what is known of its runs, and the time: no clock, no store, no lock.
//! The driver carries out what they say, and conditional writes see to it that a decision made on
//! stale facts comes to nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::job::{
    Extra, ExtraKind, Fire, Fires, JobSpec, LiveRun, OnCrash, Outcome, OutcomeKind, Overlap, Phase,
    RunId, Schedule, UNTIL_A_RUN_ENDS,
};
use crate::time::Timestamp;
use crate::trigger::Trigger;

/// The most fires of one job that are caught up with one by one in one submission.
const CATCH_UP: usize = 100_000;

/// What the decision is made on, beside the job.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The time by which leases and fires are judged.
    pub(crate) now: Timestamp,
    /// How many runs of the job are live here, on a volatile store; elsewhere the job knows.
    pub(crate) running: usize,
    /// None on a volatile store: no runs are noted, nothing is recovered.
    pub(crate) claim: Option<Claim>,
}

/// Who would be the owner of a run started now.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// The id that the run of the first fire would have; those of further ones follow it.
    pub(crate) run: RunId,
    /// The name of the scheduler, for people.
    pub(crate) scheduler: Arc<str>,
    /// How long it may go without renewal.
    pub(crate) lease: Duration,
    /// How often a run may be taken over from a dead scheduler.
    pub(crate) max_recoveries: u32,
}

/// A run to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) fires: Fires,
    pub(crate) attempt: u32,
    /// The run of a dead scheduler that this one takes the place of.
    pub(crate) recovers: Option<RunId>,
    /// How many times it has been taken over from a dead scheduler.
    pub(crate) recoveries: u32,
}

impl Start {
    fn fresh(fires: Fires, attempt: u32) -> Self {
        Start { fires, attempt, recovers: None, recoveries: 0 }
    }
}

/// What to do about a due record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What the job's schedule becomes.
    pub(crate) schedule: Schedule,
    pub(crate) start: Option<Start>,
    /// Fires too late to be run.
    pub(crate) missed: Vec<Timestamp>,
    /// Fires dropped because of `max_instances`.
    pub(crate) refused: Vec<Timestamp>,
    /// A run that is given up.
    pub(crate) lost: Option<LiveRun>,
    /// Whether the job is paused because its runs take their schedulers down.
    pub(crate) poisoned: bool,
    /// Whether the run that has gone on for longest is to stop.
    pub(crate) cancels: bool,
}

/// Decides on the most urgent thing that is due: an expired lease, an extra fire, the next fire.
/// None: nothing is. What is due beside it is still due afterwards.
pub(crate) fn plan(spec: &JobSpec, schedule: &Schedule, facts: Facts) -> Option<Plan> {
    let mut plan = Plan {
        schedule: schedule.clone(),
        start: None,
        missed: Vec::new(),
        refused: Vec::new(),
        lost: None,
        poisoned: false,
        cancels: false,
    };
    if let Some(claim) = &facts.claim
        && let Some(at) = schedule.live.iter().position(|run| run.lease_until <= facts.now)
    {
        plan.recover(spec, at, claim, &facts);
    } else if let Some(at) = schedule
        .extras
        .iter()
        .position(|extra| extra.fire.at <= facts.now && !extra.is_held(schedule.phase))
    {
        plan.extra(spec, at, &facts);
    } else {
        let due = schedule.next.filter(|fire| fire.at <= facts.now)?;
        plan.fire(spec, due, &facts);
    }
    Some(plan)
}

impl Plan {
    /// Deals with a run whose lease has expired: runs it again, or gives it up.
    fn recover(&mut self, spec: &JobSpec, at: usize, claim: &Claim, facts: &Facts) {
        let dead = self.schedule.live.swap_remove(at);
        if dead.is_of_earlier_job() {
            self.schedule.admit_one(facts.now);
            self.lost = Some(dead);
            return;
        }
        let rerun = spec.terms.on_crash == OnCrash::Rerun && !dead.cancel;
        if rerun && dead.recoveries < claim.max_recoveries {
            let start = Start {
                fires: dead.fires,
                attempt: dead.attempt + 1,
                recovers: Some(dead.run),
                recoveries: dead.recoveries + 1,
            };
            self.begin(start, facts);
            return;
        }
        let scheduled = dead.fires.first.scheduled;
        self.schedule.outcome = Some(Outcome::unrun(scheduled, facts.now, OutcomeKind::Lost));
        if self.schedule.last == Some(scheduled) {
            self.schedule.after_run(spec, facts.now);
        }
        if rerun {
            self.poisoned = true;
            self.schedule.set_next(None);
        }
        self.schedule.admit_one(facts.now);
        self.lost = Some(dead);
    }

    /// Deals with a retry, or a run that somebody asked for.
    fn extra(&mut self, spec: &JobSpec, at: usize, facts: &Facts) {
        let extra = self.schedule.extras.swap_remove(at);
        let from_trigger = extra.kind == ExtraKind::Queued;
        if from_trigger && spec.terms.max_runs.is_some_and(|most| self.schedule.runs >= most) {
            // Somebody has set a lower limit since, for those behind it as well.
            return self.schedule.admit_one(facts.now);
        }
        if !self.full(spec, facts) {
            self.schedule.runs += u64::from(from_trigger);
            let at = if from_trigger { extra.fire.scheduled } else { extra.fire.at };
            let fire = Fire { at, ..extra.fire };
            self.begin(Start::fresh(Fires::one(fire), extra.attempt), facts);
        } else if extra.kind == ExtraKind::RunNow {
            self.crowded(spec, &[extra.fire], extra.kind, facts);
        } else {
            let fire = Fire { at: UNTIL_A_RUN_ENDS, ..extra.fire };
            self.schedule.extras.push(Extra { fire, ..extra });
        }
    }

    /// Deals with fires for which there is no room.
    fn crowded(&mut self, spec: &JobSpec, fires: &[Fire], kind: ExtraKind, facts: &Facts) {
        let waits = |extra: &Extra| extra.kind != ExtraKind::Retry;
        let waiting = self.schedule.extras.iter().filter(|extra| waits(extra)).count();
        let room = match spec.terms.overlap {
            Overlap::Skip => 0,
            Overlap::Queue { limit } => (limit as usize).saturating_sub(waiting),
            Overlap::CancelRunning => {
                // Only the last of those that wait is run.
                let replaced = self.schedule.extras.iter().filter(|extra| waits(extra));
                self.refused.extend(replaced.map(|extra| extra.fire.scheduled));
                self.schedule.extras.retain(|extra| !waits(extra));
                self.refused.extend(fires.iter().rev().skip(1).rev().map(|fire| fire.scheduled));
                self.cancels = true;
                if let Some(oldest) = self.schedule.live.iter_mut().min_by_key(|run| run.claimed_at)
                {
                    oldest.cancel = true;
                }
                let last = fires.last().copied();
                self.schedule.extras.extend(last.map(|fire| Extra::waiting(fire, kind)));
                return self.note_refused(facts.now);
            }
        };
        let (kept, refused) = fires.split_at(room.min(fires.len()));
        self.schedule.extras.extend(kept.iter().map(|fire| Extra::waiting(*fire, kind)));
        self.refused.extend(refused.iter().map(|fire| fire.scheduled));
        self.note_refused(facts.now);
    }

    fn note_refused(&mut self, now: Timestamp) {
        if let Some(last) = self.refused.last() {
            let kind = OutcomeKind::MaxInstances;
            self.schedule.outcome = Some(Outcome::unrun(*last, now, kind));
        }
    }

    /// Deals with the trigger's fires that are due, and sets the next.
    fn fire(&mut self, spec: &JobSpec, due: Fire, facts: &Facts) {
        let now = facts.now;
        let too_late =
            |fire: &Fire| spec.misfire_grace_time.is_some_and(|grace| now.since(fire.at) > grace);
        let (last, mut fires);
        if spec.coalesce || spec.trigger.is_fixed_delay() {
            last = if spec.trigger.is_fixed_delay() { due } else { latest(spec, due, now) };
            fires = (!too_late(&last)).then(|| Fires::one(last));
            self.missed.extend(fires.is_none().then_some(last.scheduled));
        } else {
            let all = all(spec, due, now);
            last = all.last().copied().unwrap_or(due);
            let (missed, timely): (Vec<Fire>, Vec<Fire>) = all.into_iter().partition(too_late);
            self.missed = missed.iter().map(|fire| fire.scheduled).collect();
            fires = Fires::from_vec(timely);
        }
        self.schedule.last = if spec.trigger.is_fixed_delay() {
            // The end of this fire sets the next, though somebody may have set it to a time past.
            Some(last.scheduled)
        } else {
            self.schedule.last.max(Some(last.scheduled))
        };
        if let Some(last) = self.missed.last() {
            self.schedule.outcome = Some(Outcome::unrun(*last, now, OutcomeKind::Missed));
        }
        match (spec.runs_left(&self.schedule), &mut fires) {
            // Somebody has set a lower limit since.
            (Some(0), _) => fires = None,
            (Some(left), Some(fires)) => fires.truncate(left),
            _ => {}
        }
        let starts = fires.is_some() && !self.full(spec, facts);
        if let (true, Some(fires)) = (starts, &fires) {
            self.schedule.runs += fires.count() as u64;
        }
        match fires {
            Some(fires) if starts => self.begin(Start::fresh(fires, 1), facts),
            Some(fires) => {
                let all: Vec<Fire> = fires.iter().collect();
                self.crowded(spec, &all, ExtraKind::Queued, facts);
            }
            None => {}
        }
        if spec.trigger.is_fixed_delay() {
            self.schedule.next = None;
            self.schedule.phase = Phase::Waiting;
            if !starts {
                self.schedule.after_run(spec, now);
            }
        } else {
            let next = following(spec, last.scheduled, now)
                .filter(|_| spec.runs_left(&self.schedule) != Some(0));
            self.schedule.next = next;
            if next.is_none() {
                self.schedule.phase = Phase::Finished;
            }
        }
    }

    /// Whether the job runs in as many instances as it may.
    fn full(&self, spec: &JobSpec, facts: &Facts) -> bool {
        let running = if facts.claim.is_some() { self.schedule.live.len() } else { facts.running };
        running >= spec.max_instances as usize
    }

    fn begin(&mut self, start: Start, facts: &Facts) {
        if let Some(claim) = &facts.claim {
            self.schedule.live.push(LiveRun {
                run: claim.run,
                fires: start.fires.clone(),
                attempt: start.attempt,
                recoveries: start.recoveries,
                claimed_at: facts.now,
                lease_until: facts.now + claim.lease,
                scheduler: claim.scheduler.clone(),
                cancel: false,
            });
        }
        self.start = Some(start);
    }
}

impl Extra {
    /// A fire that waits for a run to end.
    fn waiting(fire: Fire, kind: ExtraKind) -> Self {
        Extra { fire: Fire { at: UNTIL_A_RUN_ENDS, ..fire }, attempt: 1, kind }
    }
}

impl JobSpec {
    /// How many fires of the trigger may still be run beside those that are queued; none: no limit.
    pub(crate) fn runs_left(&self, schedule: &Schedule) -> Option<usize> {
        let queued = schedule.extras.iter().filter(|extra| extra.kind == ExtraKind::Queued);
        let left = self
            .terms
            .max_runs?
            .saturating_sub(schedule.runs.saturating_add(queued.count() as u64));
        Some(usize::try_from(left).unwrap_or(usize::MAX))
    }
}

impl Schedule {
    /// A run has ended: the fire that has waited for it for longest is due.
    fn admit_one(&mut self, now: Timestamp) {
        let phase = self.phase;
        let waiting = self.extras.iter_mut().filter(|extra| extra.waits_for_a_run(phase));
        if let Some(first) = waiting.min_by_key(|extra| extra.fire.scheduled) {
            first.fire.at = now;
        }
    }

    /// With fixed delay, sets the fire that a run's end calls for; with another trigger, which the
    /// job was given while it waited, that trigger's.
    fn after_run(&mut self, spec: &JobSpec, ended: Timestamp) {
        if self.phase != Phase::Waiting {
            return;
        }
        self.next = if spec.runs_left(self) == Some(0) {
            None
        } else if spec.trigger.is_fixed_delay() {
            // Not before what has been, though the clock was set back.
            let ended = self.last.map_or(ended, |last| ended.max(last));
            spec.trigger.after_run(ended).map(|at| jittered(spec, at))
        } else {
            first(spec, self.last, ended)
        };
        self.phase = if self.next.is_some() { Phase::Scheduled } else { Phase::Finished };
    }
}

/// How a fire ended, as far as it matters for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Succeeded,
    /// Nothing is left to do for it.
    Done,
    /// Not worth another attempt.
    FailedForGood,
    /// Worth another attempt, if the job has any left.
    Failed,
    /// Stopped because its scheduler goes, or lost its lease: for another to run again.
    Interrupted,
    /// Never begun, because its scheduler goes: for another to run.
    TakenBack,
}

/// What follows from the end of a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// Another attempt is due then.
    Again(Timestamp),
    /// It was stopped, and the job says that it may not be run twice.
    Lost,
    /// The job is paused: it has failed too often in a row.
    Paused,
}

/// What the end of a fire does to the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) run: RunId,
    pub(crate) fire: Fire,
    pub(crate) attempt: u32,
    pub(crate) how: How,
    /// Whether the whole submission has ended.
    pub(crate) last: bool,
    pub(crate) at: Timestamp,
}

/// Notes the end of a fire in `schedule`, and what follows from it.
pub(crate) fn settle(spec: &JobSpec, schedule: &mut Schedule, end: Ending) -> After {
    if end.last {
        schedule.live.retain(|run| run.run != end.run);
        schedule.admit_one(end.at);
    }
    let again = match end.how {
        How::Succeeded | How::Done | How::FailedForGood => None,
        How::Failed => {
            let salt = spec.id.salt() ^ end.fire.scheduled.as_micros() as u64;
            let at =
                spec.terms.retry.as_ref().and_then(|retry| retry.after(end.attempt, end.at, salt));
            at.map(|at| (at, end.attempt + 1))
        }
        How::Interrupted if spec.terms.on_crash == OnCrash::Rerun => {
            Some((end.at, end.attempt + 1))
        }
        How::Interrupted => None,
        How::TakenBack => Some((end.fire.at, end.attempt)),
    };
    if let Some((at, attempt)) = again {
        let fire = Fire { at, scheduled: end.fire.scheduled };
        schedule.extras.push(Extra { fire, attempt, kind: ExtraKind::Retry });
        return After::Again(at);
    }
    if end.last && schedule.last == Some(end.fire.scheduled) {
        schedule.after_run(spec, end.at);
    }
    match end.how {
        How::Interrupted => return After::Lost,
        How::Succeeded => schedule.failures = 0,
        How::Failed | How::FailedForGood => {
            schedule.failures = schedule.failures.saturating_add(1);
            let too_many =
                spec.terms.pause_after_failures.is_some_and(|most| schedule.failures >= most);
            if too_many && matches!(schedule.phase, Phase::Scheduled | Phase::Waiting) {
                schedule.set_next(None);
                return After::Paused;
            }
        }
        How::Done | How::TakenBack => {}
    }
    After::Nothing
}

/// The schedule of a job that goes on somewhere else, without its runs: whatever waits for one of
/// them to end waits no longer.
pub(crate) fn without_runs(spec: &JobSpec, mut schedule: Schedule, now: Timestamp) -> Schedule {
    schedule.live.clear();
    for extra in &mut schedule.extras {
        if extra.fire.at == UNTIL_A_RUN_ENDS {
            extra.fire.at = now;
        }
    }
    // An attempt that is still to come will end, and the delay is counted from there.
    let of_last = |extra: &Extra| Some(extra.fire.scheduled) == schedule.last;
    if !schedule.extras.iter().any(|extra| extra.kind == ExtraKind::Retry && of_last(extra)) {
        schedule.after_run(spec, now);
    }
    schedule
}

/// Whether the end of a run may change what is stored, on a volatile store.
pub(crate) fn end_matters(spec: &JobSpec) -> bool {
    spec.terms.retry.is_some()
        || spec.trigger.is_fixed_delay()
        || spec.terms.overlap != Overlap::Skip
        || spec.terms.pause_after_failures.is_some()
}

/// The first fire of a job that is added, resumed or rescheduled at `now`.
pub(crate) fn first(spec: &JobSpec, last: Option<Timestamp>, now: Timestamp) -> Option<Fire> {
    // If the clock was set back since the last fire, what has been must not come again.
    let from = last.filter(|last| *last >= now).map_or(now, |last| last + TICK);
    spec.trigger.next_fire_time(None, from).map(|at| jittered(spec, at))
}

const TICK: Duration = Duration::from_micros(1);

/// The fire after the one scheduled for `last`; later than it, whatever the clock says.
fn following(spec: &JobSpec, last: Timestamp, now: Timestamp) -> Option<Fire> {
    next_scheduled(&spec.trigger, last, now).map(|at| jittered(spec, at))
}

fn next_scheduled(trigger: &Trigger, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    trigger.next_fire_time(Some(last), now.max(last)).filter(|next| *next > last)
}

/// The fire that the trigger names for `scheduled`, with its jitter.
fn jittered(spec: &JobSpec, scheduled: Timestamp) -> Fire {
    if spec.trigger.jitter_settings().is_none() {
        return Fire::exactly(scheduled);
    }
    let next = next_scheduled(&spec.trigger, scheduled, scheduled);
    Fire { at: spec.trigger.jittered(spec.id.salt(), scheduled, next), scheduled }
}

/// The latest fire that is due, from `due` on, which is.
fn latest(spec: &JobSpec, due: Fire, now: Timestamp) -> Fire {
    let last = spec.trigger.latest_fire_time(due.scheduled, now);
    if last <= due.scheduled {
        return due;
    }
    let fire = jittered(spec, last);
    if fire.at <= now {
        return fire;
    }
    // Its jitter holds it back. That of the one before it ends before it.
    let before = spec.trigger.latest_fire_time(due.scheduled, last - TICK);
    if before <= due.scheduled { due } else { jittered(spec, before) }
}

/// All fires that are due, from `due` on, which is.
fn all(spec: &JobSpec, due: Fire, now: Timestamp) -> Vec<Fire> {
    let following = |fire: &Fire| following(spec, fire.scheduled, now).filter(|f| f.at <= now);
    std::iter::successors(Some(due), following).take(CATCH_UP).collect()
}

#[cfg(test)]
mod tests;
