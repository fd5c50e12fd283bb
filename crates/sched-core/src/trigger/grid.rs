//! Grids: sets of moments at equal distances, and where two of them meet.

use crate::time::Timestamp;

/// The moments `first`, `first + step`, `first + 2·step`, … up to and including `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Microseconds since the epoch, as are all three.
    first: i64,
    /// At least 1.
    step: i64,
    last: i64,
}

impl Grid {
    /// `step` is in microseconds and at least 1.
    pub(crate) fn new(first: Timestamp, step: i64, last: Timestamp) -> Grid {
        debug_assert!(step > 0, "a grid needs a distance");
        Grid { first: first.as_micros(), step, last: last.as_micros() }
    }

    /// Every whole second there is.
    pub(crate) fn whole_seconds() -> Grid {
        let least = i64::MIN / 1_000_000 * 1_000_000;
        Grid { first: least, step: 1_000_000, last: i64::MAX }
    }

    /// The first moment of the grid that is not before `from`.
    pub(crate) fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        let (first, step) = (i128::from(self.first), i128::from(self.step));
        let short_by = (i128::from(from.as_micros()) - first).max(0);
        let at = first + (short_by + step - 1) / step * step;
        (at <= i128::from(self.last)).then(|| {
            Timestamp::from_micros(i64::try_from(at).expect("not after `last`, which fits"))
        })
    }

    /// The last moment that is not after `until`, counted from `start` in steps of the grid.
    pub(crate) fn last_until(&self, start: Timestamp, until: Timestamp) -> Timestamp {
        let span = i128::from(until.as_micros().min(self.last)) - i128::from(start.as_micros());
        let at = i128::from(start.as_micros())
            + span.max(0) / i128::from(self.step) * i128::from(self.step);
        Timestamp::from_micros(i64::try_from(at).expect("between `start` and `until`"))
    }

    /// The moments that both grids hold: a grid again, or none if they never meet.
    ///
    /// Two congruences, solved by the Chinese remainder theorem: they have a solution just when the
    /// first moments differ by a multiple of the greatest common divisor of the steps.
    pub(crate) fn meet(&self, other: &Grid) -> Option<Grid> {
        let (a, b) = (i128::from(self.step), i128::from(other.step));
        let (divisor, inverse) = extended_gcd(a, b);
        let apart = i128::from(other.first) - i128::from(self.first);
        if apart % divisor != 0 {
            return None;
        }
        let (step, b) = (a / divisor * b, b / divisor);
        // The number of steps of `self`, below `b`, after which it meets `other`.
        let steps = (apart / divisor % b * (inverse % b)).rem_euclid(b);
        let meeting = i128::from(self.first) + steps * a;
        let lower = i128::from(self.first.max(other.first));
        let first = meeting + (lower - meeting).div_euclid(step) * step;
        let first = if first < lower { first + step } else { first };
        let last = self.last.min(other.last);
        if first > i128::from(last) {
            return None;
        }
        Some(Grid {
            first: i64::try_from(first).expect("not after `last`, which fits"),
            // A longer step leads past every moment there is, as the longest that fits does.
            step: i64::try_from(step).unwrap_or(i64::MAX),
            last,
        })
    }
}

/// The greatest common divisor of `a` and `b`, and an `x` with `a·x ≡ gcd (mod b)`.
fn extended_gcd(a: i128, b: i128) -> (i128, i128) {
    let (mut old_rest, mut rest) = (a, b);
    let (mut old_factor, mut factor) = (1, 0);
    while rest != 0 {
        let times = old_rest / rest;
        (old_rest, rest) = (rest, old_rest - times * rest);
        (old_factor, factor) = (factor, old_factor - times * factor);
    }
    (old_rest, old_factor)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn points(grid: &Grid) -> BTreeSet<i64> {
        let mut points = BTreeSet::new();
        let mut from = Timestamp::MIN;
        while let Some(point) = grid.first_from(from) {
            points.insert(point.as_micros());
            from = Timestamp::from_micros(point.as_micros() + 1);
        }
        points
    }

    fn grid() -> impl Strategy<Value = Grid> {
        (-300_i64..300, 1_i64..60, -100_i64..600).prop_map(|(first, step, last)| {
            Grid::new(Timestamp::from_micros(first), step, Timestamp::from_micros(last))
        })
    }

    proptest! {
        #[test]
        fn grids_meet_where_both_have_a_moment(a in grid(), b in grid()) {
            let common = &points(&a) & &points(&b);
            let meeting = a.meet(&b).map(|grid| points(&grid)).unwrap_or_default();
            prop_assert_eq!(meeting, common);
        }

        #[test]
        fn the_largest_numbers_do_not_overflow(
            first: i64, other_first: i64, step in 1..=i64::MAX, other_step in 1..=i64::MAX, from: i64,
        ) {
            let a = Grid::new(Timestamp::from_micros(first), step, Timestamp::MAX);
            let b = Grid::new(Timestamp::from_micros(other_first), other_step, Timestamp::MAX);
            if let Some(both) = a.meet(&b) {
                let meeting = Timestamp::from_micros(both.first);
                prop_assert_eq!(a.first_from(meeting), Some(meeting));
                prop_assert_eq!(b.first_from(meeting), Some(meeting));
            }
            let from = Timestamp::from_micros(from);
            prop_assert!(a.first_from(from).is_none_or(|point| point >= from));
        }
    }
}
