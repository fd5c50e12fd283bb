//! From wall times to moments: the first moment at which a schedule fires.

use crate::trigger::{Fold, Gap};
use crate::zone::{Seconds, Spans};

/// What a schedule does where the clock is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockRule {
    pub(super) gap: Gap,
    pub(super) fold: Fold,
}

/// More than any offset, and more than any change of an offset.
const DAY: Seconds = 86_400;

/// The first moment, `from` or later, for one of the wall times that `next_wall` names.
///
/// `next_wall(w)` is the first matching wall time that is not before `w`. The spans between two
/// changes are gone through in order; each shows a run of wall times, and the first match in it
/// is the answer. What `rule` adds to that concerns the beginning of a span only: after a gap the
/// wall times that were left out come in between, and after a fold some were shown before.
pub(super) fn first_from(
    spans: &Spans,
    rule: ClockRule,
    from: Seconds,
    next_wall: impl Fn(Seconds) -> Option<Seconds>,
) -> Option<Seconds> {
    let mut index = spans.index_at(from);
    let mut span = spans.get(index);
    // The first moment for a wall time out of the gap before the span.
    let mut moved = None;
    // The first span may already run; then some of what moved may still be ahead.
    if index > 0 && rule.gap == Gap::Shift && from < span.start + DAY {
        let before = spans.get(index - 1);
        moved = next_wall(from + before.offset)
            .filter(|wall| *wall < span.wall_start())
            .map(|wall| wall - before.offset);
    }
    // From which wall time on the search began that found `found`.
    let mut searched = Seconds::MAX;
    let mut found = None;
    loop {
        let mut first_shown = from.max(span.start) + span.offset;
        if index > 0 && rule.fold == Fold::First {
            first_shown = first_shown.max(spans.get(index - 1).wall_end());
        }
        // The last search still holds, unless the clock was put back or past what it found.
        if first_shown < searched || found.is_some_and(|found| found < first_shown) {
            searched = first_shown;
            found = next_wall(first_shown);
        }
        let ordinary = found.filter(|wall| *wall < span.wall_end()).map(|wall| wall - span.offset);
        if moved.is_some() || ordinary.is_some() {
            // Both exist at once only in the day after a gap; `None` would come first.
            return moved.into_iter().chain(ordinary).min();
        }
        if index + 1 == spans.len() {
            return None;
        }
        let next = spans.get(index + 1);
        if rule.gap == Gap::Shift {
            moved = found.filter(|wall| *wall < next.wall_start()).map(|wall| wall - span.offset);
        }
        index += 1;
        // A wall time far ahead lies in no span that has ended a day before; and what this search
        // did not cover because the clock was put back lies within a day of its beginning.
        if moved.is_none() && searched + 2 * DAY < next.wall_start() {
            index = index.max(spans.index_at(found.unwrap_or(Seconds::MAX) - DAY));
        }
        span = spans.get(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{TZ_VARIANTS, Tz};
    use std::cell::Cell;

    const RULES: [ClockRule; 4] = [
        ClockRule { gap: Gap::Shift, fold: Fold::First },
        ClockRule { gap: Gap::Shift, fold: Fold::Both },
        ClockRule { gap: Gap::Skip, fold: Fold::First },
        ClockRule { gap: Gap::Skip, fold: Fold::Both },
    ];

    /// The first moment for wall times that a multiple of `every` names, up to `last`, and how many
    /// searches that took.
    fn count(
        tz: Tz,
        rule: ClockRule,
        from: Seconds,
        (every, last): (Seconds, Seconds),
    ) -> (Option<Seconds>, usize) {
        let searches = Cell::new(0);
        let found = first_from(&Spans::of(tz), rule, from, |wall| {
            searches.set(searches.get() + 1);
            let next = wall.div_euclid(every) * every;
            let next = if next < wall { next + every } else { next };
            (next <= last).then_some(next)
        });
        (found, searches.get())
    }

    #[test]
    fn a_search_that_finds_nothing_looks_at_most_a_few_times() {
        for tz in TZ_VARIANTS {
            for rule in RULES {
                for from in (1..40).map(|n| n * 100_000_003) {
                    let (found, searches) = count(tz, rule, from, (1, Seconds::MIN));
                    assert_eq!(found, None);
                    assert!(searches <= 3, "{searches} in {tz} from {from}");
                }
            }
        }
    }

    #[test]
    fn a_search_that_finds_something_far_ahead_looks_at_most_a_few_times() {
        let far = 500_000 * DAY;
        for tz in TZ_VARIANTS {
            for rule in RULES {
                for from in (1..40).map(|n| n * 100_000_003) {
                    let (found, searches) = count(tz, rule, from, (far, far));
                    assert!(found.is_some_and(|found| (found - far).abs() <= DAY), "{tz}");
                    assert!(searches <= 3, "{searches} in {tz} from {from}");
                }
            }
        }
    }

    #[test]
    fn moments_found_one_after_another_strictly_increase() {
        for tz in [Tz::Pacific__Apia, Tz::Australia__Lord_Howe, Tz::Africa__Casablanca] {
            for rule in RULES {
                let mut last = 1_300_000_000;
                for _ in 0..20_000 {
                    let (found, searches) = count(tz, rule, last + 1, (1740, Seconds::MAX));
                    let found = found.expect("there is always another");
                    assert!(found > last && searches <= 4, "{searches} in {tz} from {last}");
                    last = found;
                }
            }
        }
    }
}
