//! The last of many missed fires, without listing them.

use std::time::Duration;

use crate::time::Timestamp;

const MICROSECOND: Duration = Duration::from_micros(1);

/// The last fire from `due` to `now`, both included, of a trigger whose first fire from a moment on
/// is `first_from`; `due` itself if there is no later one.
///
/// It halves the time that is left with each question, so a month of missed seconds takes some
/// forty of them.
pub(super) fn latest_fire(
    due: Timestamp,
    now: Timestamp,
    first_from: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Timestamp {
    // No fire lies after `high`, and `low` is one, or is `due`.
    let (mut low, mut high) = (due, now);
    while low < high {
        let middle = low + (high.since(low) / 2 + MICROSECOND);
        match first_from(middle).filter(|fire| *fire <= high) {
            Some(fire) => low = fire,
            None => high = middle - MICROSECOND,
        }
    }
    low
}
