//! What became of a fire for which nothing was begun.

use std::collections::BTreeMap;

use crate::ledger::due::{Asked, Calendar, Moment};
use crate::ledger::history::{History, Run, Story};
use crate::ledger::line::Micros;
use crate::ledger::trouble::{Kind, Span, Troubles};

use super::chain::Chain;
use super::claims::Claims;
use super::{CLAIMING, MS, SETTLING};

/// What became of a fire for which nothing was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Made one with the next.
    Folded,
    /// Dropped: the job ran in as many instances as it may.
    Refused,
    /// Claimed by a scheduler that was lost before it had begun, and not to be repeated.
    SkippedLost,
    /// The job was changed before anybody could claim it.
    Withdrawn,
    Lost,
    /// Perhaps it was not due at all.
    Ambiguous,
}

/// The fate of every moment that was due and that no run is for.
pub(super) fn of_those_without_a_run(
    story: &Story,
    calendar: &Calendar,
    chains: &BTreeMap<Micros, Chain<'_>>,
    history: &History,
    claims: &Claims,
) -> Vec<(Micros, Fate)> {
    let missing: Vec<Moment> =
        calendar.moments().filter(|moment| !chains.contains_key(&moment.at)).collect();
    let troubles = &history.troubles;
    let lease = i64::try_from(history.terms.lease_ms).unwrap_or(i64::MAX).saturating_mul(MS);
    let mut places = places_taken(chains, troubles, lease);
    let mut fates = Vec::new();
    // A run that was lost before it had begun took a place, too.
    let silently = |at: Micros| !story.duty.rerun && is_lost_claim(troubles, at);
    for moment in missing.iter().filter(|moment| silently(moment.at)) {
        places.push(Span::new(moment.at, moment.at + CLAIMING + 2 * lease));
    }
    for moment in missing {
        let fate = if silently(moment.at) {
            Fate::SkippedLost
        } else {
            judge(story, moment, &places, troubles, claims)
        };
        fates.push((moment.at, fate));
    }
    for asked in &calendar.asked {
        let served = chains.values().filter(|chain| serves(calendar, chain, asked)).count();
        if served > 0 {
            continue;
        }
        let moment = Moment { at: asked.when.until, next: None, closed: None };
        let withdrawn = calendar.removed.is_some_and(|removed| {
            removed.from >= asked.when.from && !claims.went_on(asked.when.until, removed.until)
        });
        let fate = match () {
            () if !asked.once => Fate::Ambiguous,
            () if withdrawn => Fate::Withdrawn,
            () => judge(story, moment, &places, troubles, claims),
        };
        fates.push((asked.when.until, fate));
    }
    fates
}

/// The runs beyond what somebody surely asked for only once.
pub(super) fn asked_too_often(
    calendar: &Calendar,
    chains: &BTreeMap<Micros, Chain<'_>>,
) -> Vec<Micros> {
    let once = calendar.asked.iter().filter(|asked| asked.once);
    let beyond = |asked: &Asked| {
        let served = chains.values().filter(|chain| serves(calendar, chain, asked));
        served.skip(1).map(|chain| chain.scheduled).collect::<Vec<_>>()
    };
    once.flat_map(beyond).collect()
}

/// Whether it is the run that was asked for, and not one of the rhythm.
fn serves(calendar: &Calendar, chain: &Chain<'_>, asked: &Asked) -> bool {
    asked.may_be(chain.scheduled) && !calendar.may_name(chain.scheduled)
}

/// Whether a scheduler was lost when it may just have claimed what was due at `at`.
fn is_lost_claim(troubles: &Troubles, at: Micros) -> bool {
    let claiming = Span::new(at, at + CLAIMING);
    troubles.all().any(|trouble| claiming.meets(Span::new(trouble.span.from, trouble.span.from)))
}

fn judge(
    story: &Story,
    moment: Moment,
    places: &[Span],
    troubles: &Troubles,
    claims: &Claims,
) -> Fate {
    let at = moment.at;
    let coalesces = story.duty.coalesce;
    // It was decided on soon after its time, unless claims hung then.
    let hung = troubles.all().filter(|trouble| trouble.kind != Kind::Killed);
    let hung = hung.filter(|trouble| trouble.span.meets(Span::new(at, at + CLAIMING)));
    let late = hung.map(|trouble| trouble.span.until.saturating_add(SETTLING)).max();
    let mut decided = late.unwrap_or(0).max(at + CLAIMING / 2);
    if let Some(next) = moment.next.filter(|_| coalesces) {
        decided = decided.min(next);
    }
    if most_at_once(places, Span::new(at, decided)) >= story.duty.max_instances as usize {
        return Fate::Refused;
    }
    if moment.closed.is_some_and(|closed| !claims.went_on(at, closed)) {
        return Fate::Withdrawn;
    }
    match moment.next {
        Some(next) if coalesces && !claims.went_on(at, next) => Fate::Folded,
        _ => Fate::Lost,
    }
}

/// When a run of the job was live in the store, as far as can be told from outside; rather too
/// long than too short.
fn places_taken(
    chains: &BTreeMap<Micros, Chain<'_>>,
    troubles: &Troubles,
    lease: Micros,
) -> Vec<Span> {
    let mut places = Vec::new();
    // Fires that were claimed as one have one token, and take one place one after the other.
    let mut claimed: BTreeMap<(u64, &str), Span> = BTreeMap::new();
    for chain in chains.values() {
        let first = chain.first();
        if first.mark.attempt > 1 {
            // Somebody claimed it before, and was lost before it had begun.
            places.push(Span::new(chain.scheduled, first.start));
        }
        let nexts = chain.runs.iter().skip(1).map(|next| Some(next.start)).chain([None]);
        for (run, next) in chain.runs.iter().zip(nexts) {
            let (from, until) = (run.start - CLAIMING / 2, live_until(run, next, troubles, lease));
            let claim = (run.mark.token, &*run.node);
            let place = claimed.entry(claim).or_insert(Span::new(from, until));
            *place = Span::new(place.from.min(from), place.until.max(until));
        }
    }
    places.extend(claimed.into_values());
    places
}

fn live_until(run: &Run, next: Option<Micros>, troubles: &Troubles, lease: Micros) -> Micros {
    let ended = run.ended_at();
    let mut until = ended.saturating_add(SETTLING / 2);
    let written = Span::new(run.start, until);
    for trouble in troubles.of(&run.node).filter(|trouble| trouble.span.meets(written)) {
        let lost = trouble.span.from + 2 * lease;
        let over = match trouble.kind {
            Kind::Killed => next.unwrap_or(lost),
            _ => trouble.span.until.saturating_add(SETTLING).max(next.unwrap_or(0)),
        };
        until = if trouble.kind == Kind::Killed { over } else { until.max(over) };
    }
    until
}

/// The most places that were taken at some moment of a time.
fn most_at_once(places: &[Span], time: Span) -> usize {
    let moments = places.iter().map(|place| place.from).filter(|from| *from > time.from);
    let moments = moments.filter(|from| *from <= time.until).chain([time.from]);
    let taken = |at: Micros| places.iter().filter(|p| p.from <= at && at < p.until).count();
    moments.map(taken).max().unwrap_or(0)
}
