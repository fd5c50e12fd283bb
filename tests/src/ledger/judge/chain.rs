//! All runs for one fire, and why there is more than one.

use std::collections::BTreeMap;

use crate::ledger::due::Calendar;
use crate::ledger::history::{Ending, History, Run, Story};
use crate::ledger::line::Micros;
use crate::ledger::report::Takeover;
use crate::ledger::target::{self, Locks};
use crate::ledger::trouble::{Kind, Span, Trouble};

use super::{CLAIMING, MS, SETTLING};

/// All runs for one fire, in the order in which they were claimed; at least one.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub(super) scheduled: Micros,
    pub(super) runs: Vec<&'a Run>,
}

/// Why a fire was run again.
#[derive(Debug)]
pub(super) enum Link {
    /// The run before failed, and the job is tried again.
    Retry,
    /// The scheduler of the run before was lost. With the time that it took, if the run was going
    /// on when that happened.
    Takeover(Option<Takeover>),
    Unexplained {
        at: Micros,
        node: String,
    },
}

/// What became of a fire that was begun.
#[derive(Debug)]
pub(super) enum Outcome {
    Done,
    SkippedLost,
    Withdrawn,
    Lost(String),
}

impl<'a> Chain<'a> {
    /// All chains of a job, by the fire's moment.
    pub(super) fn all(story: &'a Story) -> BTreeMap<Micros, Chain<'a>> {
        let mut chains: BTreeMap<Micros, Chain<'a>> = BTreeMap::new();
        for run in &story.runs {
            let scheduled = run.mark.scheduled;
            let empty = || Chain { scheduled, runs: Vec::new() };
            chains.entry(scheduled).or_insert_with(empty).runs.push(run);
        }
        for chain in chains.values_mut() {
            chain.runs.sort_by_key(|run| (run.mark.token, run.start));
        }
        chains
    }

    pub(super) fn first(&self) -> &'a Run {
        self.runs[0]
    }

    fn last(&self) -> &'a Run {
        self.runs[self.runs.len() - 1]
    }

    /// The reason of each run but the first.
    pub(super) fn links(&self, story: &Story, history: &History) -> Vec<Link> {
        let lease = i64::try_from(history.terms.lease_ms).unwrap_or(i64::MAX).saturating_mul(MS);
        self.runs.windows(2).map(|pair| link(story, history, lease, pair[0], pair[1])).collect()
    }

    /// Whether the last run brought the fire to an end, and why not.
    pub(super) fn outcome(&self, story: &Story, calendar: &Calendar, history: &History) -> Outcome {
        let last = self.last();
        let gave_up = last.mark.attempt >= story.duty.attempts;
        let text = match last.ending() {
            Some(Ending::Well) => return Outcome::Done,
            Some(Ending::Failed) if gave_up => return Outcome::Done,
            Some(Ending::Failed) => "failed, and not tried again",
            Some(Ending::Stopped) => "told to stop, and not begun again",
            None => "its scheduler was lost, and it was not begun again",
        };
        if calendar.removed.is_some_and(|removed| removed.until >= last.start) {
            return Outcome::Withdrawn;
        }
        if !story.duty.rerun && loss(story, history, last).next().is_some() {
            return Outcome::SkippedLost;
        }
        Outcome::Lost(text.to_owned())
    }
}

/// The troubles in which the scheduler of a run may have lost it.
fn loss<'a>(
    story: &'a Story,
    history: &'a History,
    run: &'a Run,
) -> impl Iterator<Item = Trouble> + 'a {
    // Fires that were claimed as one end as one.
    let together = |other: &&Run| other.mark.token == run.mark.token && other.node == run.node;
    let ended = story.runs.iter().filter(together).map(Run::ended_at).max();
    let until = ended.unwrap_or(Micros::MAX).saturating_add(SETTLING);
    let live = Span::new(run.start - CLAIMING, until);
    let troubles = &history.troubles;
    let locked = locks(story, history, Some(&run.node));
    troubles.of(&run.node).chain(locked).filter(move |trouble| trouble.span.meets(live))
}

/// When somebody other than `except` may have kept all others from a job's record.
fn locks<'a>(
    story: &'a Story,
    history: &'a History,
    except: Option<&'a str>,
) -> impl Iterator<Item = Trouble> + 'a {
    let locks = target::locks(&history.terms.store);
    let still = history.troubles.standstills(except).filter(move |_| locks != Locks::Nothing);
    // Whoever begins a run has written to its job's record.
    still.filter(move |trouble| {
        let span = Span::new(trouble.span.from + CLAIMING, trouble.span.until);
        let idle = |story: &Story| !story.runs.iter().any(|run| span.holds(run.start));
        idle(story) && (locks != Locks::Everything || history.jobs.values().all(idle))
    })
}

fn link(story: &Story, history: &History, lease: Micros, one: &Run, next: &Run) -> Link {
    let later = next.mark.attempt > one.mark.attempt;
    let failed = one.ending() == Some(Ending::Failed) && one.mark.attempt < story.duty.attempts;
    if failed && later && next.start >= one.ended_at() {
        return Link::Retry;
    }
    // Renewed when a third of it is gone, a lease goes on for two thirds after a scheduler was lost.
    // Lenient by another third, by which a busy machine may be late; and towards those that are dead.
    let expired = |trouble: &Trouble| {
        let spared = if trouble.kind == Kind::Killed { 0 } else { lease / 3 };
        next.start >= trouble.span.from + spared
    };
    let lost = loss(story, history, one).find(expired);
    match lost {
        Some(trouble) if story.duty.rerun && later => {
            Link::Takeover(takeover(story, history, trouble, one, next))
        }
        _ => Link::Unexplained { at: next.start, node: next.node.clone() },
    }
}

fn takeover(
    story: &Story,
    history: &History,
    lost: Trouble,
    one: &Run,
    next: &Run,
) -> Option<Takeover> {
    let from = lost.span.from;
    let is_own = !matches!(lost.kind, Kind::NoStore | Kind::LockedOut);
    if !is_own || !(one.start..one.ended_at()).contains(&from) {
        return None;
    }
    let waiting = Span::new(from, next.start);
    let away = |trouble: Trouble| trouble.kind == Kind::NoStore && trouble.span.meets(waiting);
    // The heir came as soon as the record could be had.
    let just_unlocked = Span::new(next.start - SETTLING, next.start);
    let locked = |lock: Trouble| {
        let end = Span::new(lock.span.until, lock.span.until);
        lock.span.meets(waiting) && end.meets(just_unlocked)
    };
    let somebody_between = next.mark.attempt != one.mark.attempt + 1;
    let disturbed = somebody_between
        || history.troubles.all().any(away)
        // The heir may be the one who stood still.
        || locks(story, history, None).any(locked);
    Some(Takeover { took: next.start - from, disturbed })
}
