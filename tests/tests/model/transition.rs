//! Judging one write: whether this scheduler may make this of that record now.
//!
//! Written from the promises, not from the code: it knows nothing of how a decision is reached.

use crate::node::{LEASE, MAX_RECOVERIES};
use crate::promise::{Broken, Promise};
use crate::record::{
    Body, Extra, ExtraKind, Fire, Kind, Live, Micros, OnCrash, Phase, Schedule, Since,
};

/// What a write was, as far as it can be seen.
#[derive(Debug, Default)]
pub(crate) struct Transition<'a> {
    pub(crate) claimed: Option<&'a Live>,
    /// The run that the claimed one takes the place of.
    pub(crate) recovers: Option<&'a Live>,
    /// Runs that the writer has ended.
    pub(crate) ended: Vec<&'a Live>,
    /// Runs that the writer has given up because their lease had expired.
    pub(crate) given_up: Vec<&'a Live>,
}

/// Judges a write of the scheduler that starts runs as `owner`, by its driver and not because
/// somebody asked.
pub(crate) fn judge<'a>(
    before: &'a Body,
    after: &'a Body,
    owner: u64,
    now: Micros,
) -> Result<Transition<'a>, Broken> {
    let (old, new) = (&before.schedule, &after.schedule);
    Promise::AsAsked.holds(before.job == after.job, || "a driver changed what a job is".into())?;
    for live in &old.live {
        if let Some(kept) = new.run(live.run).filter(|kept| *kept != live) {
            renewed(live, kept, owner, now)?;
        }
    }
    let mut transition = Transition::default();
    let came: Vec<&Live> = new.live.iter().filter(|live| old.run(live.run).is_none()).collect();
    Promise::ClaimedOnce.holds(came.len() < 2, || format!("{} runs in one write", came.len()))?;
    transition.claimed = came.first().copied();
    for gone in old.live.iter().filter(|live| new.run(live.run).is_none()) {
        if transition.claimed.is_some_and(|run| run.recoveries == gone.recoveries + 1) {
            transition.recovers = Some(gone);
        } else if gone.run.scheduler != owner {
            transition.given_up.push(gone);
        } else if gone.lease_until > now || !is_given_up(before, after, gone) {
            transition.ended.push(gone);
        } else {
            transition.given_up.push(gone);
        }
    }
    for gone in transition.recovers.iter().chain(&transition.given_up) {
        Promise::Fenced.holds(gone.lease_until <= now, || {
            format!("a live run was taken from its owner: {gone:?}")
        })?;
    }
    for gone in &transition.given_up {
        let seen = || format!("a run was given up: {gone:?}");
        Promise::NothingLost.holds(may_give_up(before, gone), seen)?;
    }
    match (transition.claimed, transition.recovers) {
        (Some(run), Some(dead)) => recovered(before, run, dead)?,
        (Some(run), None) => {
            Promise::MaxInstances.holds(old.live.len() < before.job.max_instances, || {
                format!("{} instances were live when {:?} was claimed", old.live.len(), run.run)
            })?;
            Promise::OnCrash.holds(run.recoveries == 0, || format!("out of nothing: {run:?}"))?;
        }
        (None, _) => {}
    }
    if let Some(run) = transition.claimed {
        Promise::AsAsked.holds(run.run.scheduler == owner, || format!("for another: {run:?}"))?;
        for fire in run.fires() {
            Promise::NeverEarly.holds(fire.at <= now, || format!("{fire:?} was claimed"))?;
        }
    }
    let waits_no_more = old.phase == Phase::Waiting && new.phase != Phase::Waiting;
    // What takes its schedulers down is kept from doing so again.
    let poison = |run: &&Live| run.recoveries >= MAX_RECOVERIES && !run.is_of_earlier_job();
    let poisoned = before.job.on_crash == OnCrash::Rerun && transition.given_up.iter().any(poison);
    let runs_left = transition.ended.len() + transition.given_up.len();
    if poisoned {
        Promise::OnCrash.holds(new.phase == Phase::Paused && new.last == old.last, || {
            format!("goes on after {:?}: {new:?}", transition.given_up)
        })?;
    } else if waits_no_more {
        Promise::AsAsked.holds(runs_left > 0, || "a wait ended without a run".into())?;
    } else if new.next != old.next || new.last != old.last || new.phase != old.phase {
        advanced(before, after, transition.claimed, now)?;
        return Ok(transition);
    }
    extras(before, after, &transition, owner, now)?;
    Ok(transition)
}

/// Whether a run is not to be repeated when its lease has expired.
fn may_give_up(body: &Body, run: &Live) -> bool {
    let policy = body.job.on_crash;
    run.is_of_earlier_job() || policy == OnCrash::Skip || run.recoveries >= MAX_RECOVERIES
}

/// Whether a scheduler has given up a run of its own, whose lease has expired, rather than ended it.
fn is_given_up(before: &Body, after: &Body, run: &Live) -> bool {
    let (old, new) = (&before.schedule, &after.schedule);
    match before.job.on_crash {
        _ if run.is_of_earlier_job() => true,
        // What is not given up leaves another attempt, or what it would have left in time.
        OnCrash::Skip => {
            let came = without(&new.extras, &old.extras);
            !came.iter().any(|extra| run.has(extra.fire.scheduled))
        }
        // It may have been paused before.
        OnCrash::Rerun => new.phase == Phase::Paused && run.recoveries >= MAX_RECOVERIES,
    }
}

fn renewed(old: &Live, new: &Live, owner: u64, now: Micros) -> Result<(), Broken> {
    let same = Live { lease_until: old.lease_until, ..new.clone() } == *old;
    let seen = || format!("{old:?} became {new:?}");
    Promise::Fenced.holds(same && old.run.scheduler == owner, seen)?;
    Promise::NeverEarly.holds(new.lease_until <= now + LEASE, seen)
}

fn recovered(before: &Body, run: &Live, dead: &Live) -> Result<(), Broken> {
    let seen = || format!("{dead:?} became {run:?}");
    Promise::OnCrash.holds(before.job.on_crash == OnCrash::Rerun, seen)?;
    Promise::OnCrash.holds(run.recoveries <= MAX_RECOVERIES, seen)?;
    Promise::OnCrash.holds(!dead.is_of_earlier_job(), seen)?;
    let same = run.fires() == dead.fires() && run.attempt == dead.attempt + 1;
    Promise::ClaimedOnce.holds(same, seen)
}

/// Judges that the trigger's fires were dealt with, up to one, and what comes next.
fn advanced(
    before: &Body,
    after: &Body,
    claimed: Option<&Live>,
    now: Micros,
) -> Result<(), Broken> {
    let (job, old, new) = (&before.job, &before.schedule, &after.schedule);
    let seen = || format!("{old:?} became {new:?} in {job:?}");
    let (Some(due), Some(last)) = (old.next, new.last) else {
        return Err(Promise::AsAsked.broken(seen()));
    };
    // A date that somebody named may lie before the last fire, which stays the last.
    let last = if is_date(before) { due.scheduled } else { last };
    Promise::ClaimedOnce.holds(follows(before, due), seen)?;
    Promise::NeverEarly.holds(due.at <= now && last <= now, seen)?;
    Promise::ClaimedOnce.holds(due.scheduled <= last, seen)?;
    Promise::AsAsked.holds(new.extras == old.extras, seen)?;

    let mut fires = vec![due.scheduled];
    while let Some(next) = job.fire_after(fires[fires.len() - 1]).filter(|next| *next <= last) {
        fires.push(next);
    }
    let run: Vec<Micros> = claimed
        .map_or_else(Vec::new, |run| run.fires().iter().map(|fire| fire.scheduled).collect());
    let too_late = |fire: Micros| job.grace().is_some_and(|grace| now - fire > grace);
    let full = old.live.len() >= job.max_instances;
    let accounted = |fire: &Micros| run.contains(fire) || too_late(*fire) || full;
    if job.coalesce || job.is_fixed_delay() {
        Promise::NothingLost.holds(run.is_empty() || run == [last], seen)?;
        Promise::NothingLost.holds(accounted(&last), seen)?;
    } else {
        Promise::NothingLost.holds(fires.iter().all(accounted), seen)?;
        Promise::ClaimedOnce.holds(run.iter().all(|fire| fires.contains(fire)), seen)?;
    }
    if job.is_fixed_delay() {
        let waits = new.phase == Phase::Waiting && new.next.is_none();
        return match new.next {
            // Nothing was begun whose end would set it.
            Some(next) if claimed.is_none() => delayed(after, next, due.at),
            _ => Promise::NothingLost.holds(waits && claimed.is_some(), seen),
        };
    }
    let next = job.fire_after(last).map(|at| Fire { at, scheduled: at });
    let phase = if next.is_some() { Phase::Scheduled } else { Phase::Finished };
    Promise::NothingLost.holds(new.next == next && new.phase == phase, seen)
}

/// Judges a fire that was set by the end of a run.
pub(crate) fn delayed(after: &Body, next: Fire, ended: Micros) -> Result<(), Broken> {
    let wanted = ended + after.job.delay();
    let seen = || format!("{next:?} instead of {} follows a run", Since(wanted));
    Promise::NeverEarly.holds(next.at >= wanted, seen)
}

/// Judges what became of retries and of runs that somebody asked for.
fn extras(
    before: &Body,
    after: &Body,
    transition: &Transition<'_>,
    owner: u64,
    now: Micros,
) -> Result<(), Broken> {
    let (old, new) = (&before.schedule, &after.schedule);
    let seen = || format!("{old:?} became {new:?}");
    let mut gone = without(&old.extras, &new.extras);
    let mut came = without(&new.extras, &old.extras);
    // Whoever waits for room is let in when a run is over.
    let room = transition.ended.len() + transition.given_up.len();
    for _ in 0..room {
        let lets_in = |waits: &Extra, extra: &Extra| {
            let due = Extra { fire: Fire { at: WAITS, ..extra.fire }, ..*extra };
            *waits == due && extra.fire.at <= now
        };
        let pair = gone.iter().enumerate().find_map(|(at, waits)| {
            Some((at, came.iter().position(|extra| lets_in(waits, extra))?))
        });
        if let Some((left, right)) = pair {
            gone.remove(left);
            came.remove(right);
        }
    }
    if let Some(run) = transition.claimed.filter(|_| transition.recovers.is_none()) {
        let [taken] = gone[..] else { return Err(Promise::ClaimedOnce.broken(seen())) };
        let same = run.fires() == [taken.fire] && run.attempt == taken.attempt;
        return Promise::ClaimedOnce.holds(same && came.is_empty(), seen);
    }
    if let [put_off] = gone[..] {
        // Because the job runs in as many instances as it may.
        let full = old.live.len() >= before.job.max_instances;
        Promise::NothingLost.holds(full && put_off.fire.at <= now, seen)?;
        let goes_on = came.len() == 1 && came[0].fire.scheduled == put_off.fire.scheduled;
        return Promise::NothingLost.holds(goes_on == (put_off.kind == ExtraKind::Retry), seen);
    }
    Promise::NothingLost.holds(gone.is_empty(), seen)?;
    // A run of several fires goes on after the end of the first.
    let retries = |extra: &Extra| {
        let ends = |run: &Live| {
            let is_its = !run.is_of_earlier_job() && run.has(extra.fire.scheduled);
            is_its && run.run.scheduler == owner
        };
        extra.kind == ExtraKind::Retry && old.live.iter().any(ends)
    };
    Promise::AsAsked.holds(came.iter().all(retries), seen)
}

/// Whether a fire comes after the last. A date that somebody names need not.
fn follows(body: &Body, fire: Fire) -> bool {
    is_date(body) || body.schedule.last.is_none_or(|last| last < fire.scheduled)
}

fn is_date(body: &Body) -> bool {
    matches!(body.job.trigger.kind, Kind::Date { .. })
}

/// What some have and others have not, each counted.
fn without(some: &[Extra], others: &[Extra]) -> Vec<Extra> {
    let mut left = some.to_vec();
    for other in others {
        if let Some(at) = left.iter().position(|extra| extra == other) {
            left.remove(at);
        }
    }
    left
}

/// When an extra fire is due that waits until a run of its job is over.
const WAITS: Micros = Micros::MAX;

/// Judges a record by itself.
pub(crate) fn sound(body: &Body) -> Result<(), Broken> {
    let Schedule { phase, next, last, extras, live } = &body.schedule;
    let seen = || format!("{body:?}");
    let left = !extras.is_empty() || !live.is_empty();
    let sound = match phase {
        Phase::Scheduled => next.is_some(),
        Phase::Paused => next.is_none(),
        // Else nobody would ever end the wait.
        Phase::Waiting => {
            let runs = live.iter().any(|run| last.is_some_and(|last| run.has(last)));
            let retried = extras.iter().any(|extra| Some(extra.fire.scheduled) == *last);
            next.is_none() && (runs || retried)
        }
        Phase::Finished => next.is_none() && left,
    };
    // Else nobody would ever let in what waits: a run does when it ends.
    let waits = extras.iter().filter(|extra| extra.fire.at == WAITS).count();
    let comes = waits == 0 || !live.is_empty() || waits < extras.len();
    Promise::SoundRecord.holds(sound && comes, seen)?;
    Promise::SoundRecord.holds(next.is_none_or(|next| follows(body, next)), seen)
}
