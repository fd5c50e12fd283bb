//! When a job was due, computed from its rhythm and from what it was told, and from nothing else.

use super::duty::Rhythm;
use super::history::Story;
use super::line::{Micros, To};
use super::trouble::Span;

/// How far a scheduler may misjudge the store's clock, which it asks over a network.
pub(crate) const MISJUDGED: Micros = 50_000;

/// When one job was due.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    stretches: Vec<Stretch>,
    /// Somebody asked for a run beside the rhythm.
    pub(crate) asked: Vec<Asked>,
    /// When it was removed, at the latest.
    pub(crate) removed: Option<Span>,
}

/// A time in which one rhythm held.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    rhythm: Rhythm,
    /// It may have held from here on, and held surely
    from: Micros,
    /// from here
    surely_from: Micros,
    /// until here. It may still have held
    surely_until: Micros,
    /// until here.
    until: Micros,
}

/// A run that somebody asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) when: Span,
    /// Whether it was surely asked for once; else perhaps not at all, perhaps more often.
    pub(crate) once: bool,
}

/// A moment at which a job was surely due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Micros,
    /// The moment after it, if that may have been due too.
    pub(crate) next: Option<Micros>,
    /// When somebody changed the job so that nobody could run it for this moment any more.
    pub(crate) closed: Option<Micros>,
}

impl Asked {
    /// Whether it may have been asked for at this moment.
    pub(crate) fn may_be(&self, at: Micros) -> bool {
        (self.when.from..=self.when.until).contains(&at)
    }
}

impl Calendar {
    pub(crate) fn of(story: &Story) -> Self {
        let mut calendar = Calendar::default();
        let mut rhythm = story.duty.rhythm;
        for change in &story.changes {
            // The moment that a change takes for now is the store's, as it was judged there.
            let (from, until) = (change.from - MISJUDGED, change.until + MISJUDGED);
            match change.to {
                To::Added(_) | To::Resumed => calendar.open(rhythm, from, until),
                To::Rescheduled(new) => {
                    calendar.close(from, until);
                    rhythm = new;
                    calendar.open(rhythm, from, until);
                }
                To::Paused => calendar.close(from, until),
                To::Removed => {
                    calendar.close(from, until);
                    calendar.removed = Some(Span::new(from, until));
                }
                To::Run => {
                    let when = Span::new(from, until);
                    calendar.asked.push(Asked { when, once: change.once });
                }
            }
        }
        calendar
    }

    fn open(&mut self, rhythm: Rhythm, from: Micros, surely_from: Micros) {
        // A job that is resumed without having been paused begins anew all the same.
        self.close(from, surely_from);
        let (surely_until, until) = (Micros::MAX, Micros::MAX);
        self.stretches.push(Stretch { rhythm, from, surely_from, surely_until, until });
    }

    fn close(&mut self, surely_until: Micros, until: Micros) {
        if let Some(last) = self.stretches.last_mut().filter(|last| last.until == Micros::MAX) {
            (last.surely_until, last.until) = (surely_until, until);
        }
    }

    /// The moments at which it was surely due, in order.
    pub(crate) fn moments(&self) -> impl Iterator<Item = Moment> + '_ {
        self.stretches.iter().flat_map(|stretch| {
            let Stretch { rhythm, surely_from, surely_until, until, .. } = *stretch;
            let closed = (until != Micros::MAX).then_some(until);
            rhythm.between(surely_from, surely_until).map(move |at| Moment {
                at,
                next: rhythm.between(at + 1, until).next(),
                closed,
            })
        })
    }

    /// Whether somebody may have asked for a run at this moment.
    pub(crate) fn may_be_asked(&self, at: Micros) -> bool {
        self.asked.iter().any(|asked| asked.may_be(at))
    }

    /// Whether its rhythm may have named this moment.
    pub(crate) fn may_name(&self, at: Micros) -> bool {
        let may = |s: &Stretch| (s.from..=s.until).contains(&at) && s.rhythm.names(at);
        self.stretches.iter().any(may)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::duty::Duty;
    use crate::ledger::line::Change;

    const SECOND: Micros = 1_000_000;

    fn rhythm(first: i64, period: i64, last: i64) -> Rhythm {
        let [first, period, last] = [first, period, last].map(|seconds| seconds * SECOND);
        Rhythm { first, period, last, cron: false }
    }

    /// In seconds, as all here.
    fn story(changes: &[(Micros, Micros, To)]) -> Story {
        let rhythm = rhythm(100, 10, 200);
        let duty = Duty::short("job".to_owned(), rhythm);
        let added = (0, 50, To::Added(duty.clone()));
        let all = std::iter::once(&added).chain(changes);
        let change = |(from, until, to): &(Micros, Micros, To)| {
            let job = "job".to_owned();
            let (from, until) = (from * SECOND, until * SECOND);
            Change { job, from, until, once: true, to: to.clone() }
        };
        let changes = all.map(change).collect();
        Story { duty, changes, runs: Vec::new() }
    }

    fn sure(calendar: &Calendar) -> Vec<Micros> {
        calendar.moments().map(|moment| moment.at / SECOND).collect()
    }

    #[test]
    fn what_falls_into_a_change_may_and_need_not_be_run() {
        let calendar = Calendar::of(&story(&[(121, 131, To::Paused), (159, 165, To::Resumed)]));
        assert_eq!(sure(&calendar), [100, 110, 120, 170, 180, 190, 200]);
        assert!([130, 160].iter().all(|at| calendar.may_name(*at * SECOND)));
        assert!([140, 150, 135].iter().all(|at| !calendar.may_name(*at * SECOND)));
        let last_before = calendar.moments().nth(2).unwrap();
        let closed = Some(131 * SECOND + MISJUDGED);
        let next = Some(130 * SECOND);
        assert_eq!(last_before, Moment { at: 120 * SECOND, next, closed });
        let last = calendar.moments().last().unwrap();
        assert_eq!(last, Moment { at: 200 * SECOND, next: None, closed: None });
    }

    #[test]
    fn another_rhythm_holds_from_the_change_on_and_none_after_the_removal() {
        let other = rhythm(103, 20, 1_000);
        let changes =
            [(125, 126, To::Rescheduled(other)), (150, 155, To::Run), (170, 171, To::Removed)];
        let calendar = Calendar::of(&story(&changes));
        assert_eq!(sure(&calendar), [100, 110, 120, 143, 163]);
        assert!(!calendar.may_name(183 * SECOND) && !calendar.may_name(130 * SECOND));
        assert!(calendar.may_be_asked(152 * SECOND) && !calendar.may_be_asked(156 * SECOND));
        assert!(calendar.removed.is_some());
    }
}
