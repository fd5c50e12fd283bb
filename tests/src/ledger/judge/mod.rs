//! Compares what happened with what was due.
//!
//! Nothing here asks a scheduler or a store. Where something may have been as it should be or not,
//! and the ledger cannot tell, the judge is lenient; each such place says so.

mod chain;
mod claims;
mod fate;
mod overlap;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chain::{Chain, Link, Outcome};
use claims::Claims;

use super::due::{Calendar, MISJUDGED};
use super::history::{History, Story};
use super::line::Micros;
use super::report::{Breach, Fates, Promise, Report};

const MS: Micros = 1_000;
/// How long after its end a run may still be live in the store: its end is on the way. Lenient
/// towards a doubled run that follows a kill so soon after the end.
const SETTLING: Micros = 2_000 * MS;
/// The longest between a claim and the first line of its run.
const CLAIMING: Micros = 2_000 * MS;

/// Judges a ledger.
pub(crate) fn judge(history: &History) -> Report {
    let mut court = Court {
        claims: Claims::of(history),
        report: Report {
            terms: history.terms.clone(),
            faults: history.troubles.counts.clone(),
            fates: Fates::default(),
            doubled_allowed: 0,
            retried: 0,
            lateness: Vec::new(),
            earliest: 0,
            takeovers: Vec::new(),
            breaches: Vec::new(),
        },
        history,
    };
    for story in history.jobs.values() {
        court.hear(story);
    }
    for job in &history.left {
        let last = history.lines.last().map_or(0, |line| line.at);
        court.accuse(Promise::LeftBehind, job, last, "is still in the store".to_owned());
    }
    for node in &history.troubles.died {
        let text = format!("{node} ended, or did not, against what it was told");
        court.report.breaches.push(Breach { promise: Promise::Died, text, history: Vec::new() });
    }
    court.report.lateness.sort_unstable();
    court.report.breaches.sort_by_key(|breach| breach.promise);
    court.report
}

struct Court<'a> {
    history: &'a History,
    claims: Claims,
    report: Report,
}

impl Court<'_> {
    fn accuse(&mut self, promise: Promise, job: &str, around: Micros, text: String) {
        let history = self.history.excerpt(job, around);
        let text = format!("{job}: {text}");
        self.report.breaches.push(Breach { promise, text, history });
    }

    /// Judges one job.
    fn hear(&mut self, story: &Story) {
        let calendar = Calendar::of(story);
        let chains = Chain::all(story);
        self.check_times(story, &calendar);
        self.check_tokens(story);
        for chain in chains.values() {
            self.check_links(story, chain);
        }
        for (at, text) in overlap::overlaps(story, &self.history.troubles) {
            self.accuse(Promise::Overlapping, &story.duty.id, at, text);
        }
        self.count_fates(story, &calendar, &chains);
    }

    /// Nothing early, nothing that was not due.
    fn check_times(&mut self, story: &Story, calendar: &Calendar) {
        for run in &story.runs {
            let (job, scheduled) = (&story.duty.id, run.mark.scheduled);
            let early = scheduled - run.start;
            self.report.earliest = self.report.earliest.max(early);
            if early > MISJUDGED {
                let text = format!("begun {} ms before its time", early / MS);
                self.accuse(Promise::Early, job, scheduled, text);
            }
            if !calendar.may_name(scheduled) && !calendar.may_be_asked(scheduled) {
                let text = "run for a moment at which it was not due".to_owned();
                self.accuse(Promise::Unbidden, job, scheduled, text);
            }
        }
    }

    /// A token belongs to one claim, and so to one process.
    fn check_tokens(&mut self, story: &Story) {
        let mut owners: BTreeMap<u64, &str> = BTreeMap::new();
        for run in &story.runs {
            let owner = *owners.entry(run.mark.token).or_insert(&run.node);
            if owner != run.node {
                let text = format!("token {} went to {owner} and {}", run.mark.token, run.node);
                self.accuse(Promise::Token, &story.duty.id, run.start, text);
            }
        }
    }

    /// Each run for a fire but the first has a reason.
    fn check_links(&mut self, story: &Story, chain: &Chain<'_>) {
        let (job, terms) = (&story.duty.id, &self.history.terms);
        let limit = i64::try_from(terms.takeover_ms).unwrap_or(i64::MAX).saturating_mul(MS);
        for link in chain.links(story, self.history) {
            match link {
                Link::Retry => self.report.retried += 1,
                Link::Takeover(takeover) => {
                    self.report.doubled_allowed += 1;
                    let Some(takeover) = takeover else { continue };
                    self.report.takeovers.push(takeover);
                    if takeover.took > limit && !takeover.disturbed {
                        let text = format!("taken over after {} ms", takeover.took / MS);
                        self.accuse(Promise::Takeover, job, chain.scheduled, text);
                    }
                }
                Link::Unexplained { at, node } => {
                    let text = format!("run again by {node} without a reason");
                    self.accuse(Promise::Doubled, job, at, text);
                }
            }
        }
    }

    /// Every moment at which the job was due is accounted for.
    fn count_fates(
        &mut self,
        story: &Story,
        calendar: &Calendar,
        chains: &BTreeMap<Micros, Chain<'_>>,
    ) {
        let job = &story.duty.id;
        for chain in chains.values() {
            if calendar.may_name(chain.scheduled) {
                self.report.lateness.push(chain.first().start - chain.scheduled);
            }
            match chain.outcome(story, calendar, self.history) {
                Outcome::Done => self.report.fates.ran += 1,
                Outcome::SkippedLost => self.report.fates.skipped_lost += 1,
                Outcome::Withdrawn => self.report.fates.withdrawn += 1,
                Outcome::Lost(text) => {
                    self.report.fates.lost += 1;
                    self.accuse(Promise::Lost, job, chain.first().start, text);
                }
            }
        }
        let fates =
            fate::of_those_without_a_run(story, calendar, chains, self.history, &self.claims);
        for (at, fate) in fates {
            match fate {
                fate::Fate::Folded => self.report.fates.folded += 1,
                fate::Fate::Refused => self.report.fates.refused += 1,
                fate::Fate::SkippedLost => self.report.fates.skipped_lost += 1,
                fate::Fate::Withdrawn => self.report.fates.withdrawn += 1,
                fate::Fate::Lost => {
                    self.report.fates.lost += 1;
                    self.accuse(Promise::Lost, job, at, "never begun".to_owned());
                }
                fate::Fate::Ambiguous => {}
            }
        }
        for at in fate::asked_too_often(calendar, chains) {
            let text = "run more often than somebody asked".to_owned();
            self.accuse(Promise::Doubled, job, at, text);
        }
    }
}
