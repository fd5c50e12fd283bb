//! The rules of a zone for the years that the database does not spell out.
//!
//! chrono-tz lists changes up to the end of 2099. What a government decrees it decrees until further
//! notice, so the rule that the last years follow goes on for ever. Every such rule in use names a
//! weekday in a certain week, which means a weekday within a window of seven days; in any eleven
//! years each of the seven comes up, so the window can be read off the last ones that are listed.

use super::spans::{Change, Seconds};

const DAY: Seconds = 86_400;

/// The first year for which nothing is listed.
const FIRST_YEAR: i64 = 2100;
/// The years from which a rule is read.
const SAMPLE: std::ops::Range<i64> = 2088..FIRST_YEAR;

/// The years after which the calendar repeats itself, weekdays included.
const CYCLE_YEARS: i64 = 400;
/// The same in seconds.
pub(super) const CYCLE: Seconds = 146_097 * DAY;

/// The changes of offset from 2100 on, as far as the calendar does not repeat itself.
///
/// `listed` are all changes up to 2100, in order. There is nothing to continue where no rule is in
/// force in the last years.
pub(super) fn continued(listed: &[Change]) -> Vec<Change> {
    let Some(rules) = yearly(listed) else {
        return Vec::new();
    };
    let years = FIRST_YEAR..FIRST_YEAR + CYCLE_YEARS;
    years
        .flat_map(|year| rules.iter().map(move |rule| rule.in_year(year)))
        .collect()
}

/// A change that comes every year. Everything is UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    /// The first day on which it may come, in days from 1 March.
    window: i64,
    /// In days from Thursday, that of the epoch.
    weekday: i64,
    /// In seconds from midnight.
    time: Seconds,
    offset: Seconds,
}

impl Rule {
    fn in_year(&self, year: i64) -> Change {
        let first_day = first_of_march(year) + self.window;
        let day = first_day + (self.weekday - first_day).rem_euclid(7);
        Change {
            at: day * DAY + self.time,
            offset: self.offset,
        }
    }
}

/// The rules that the last years follow, in the order in which they come in a year.
fn yearly(listed: &[Change]) -> Option<Vec<Rule>> {
    let year = |year: i64| {
        // No rule in use comes in the first two months of a year.
        let (from, to) = (first_of_march(year) * DAY, first_of_march(year + 1) * DAY);
        listed
            .iter()
            .filter(move |change| (from..to).contains(&change.at))
    };
    let rules = year(SAMPLE.start).enumerate().map(|(place, change)| {
        let days =
            SAMPLE.filter_map(|y| Some(year(y).nth(place)?.at.div_euclid(DAY) - first_of_march(y)));
        Some(Rule {
            window: days.min()?,
            weekday: change.at.div_euclid(DAY).rem_euclid(7),
            time: change.at.rem_euclid(DAY),
            offset: change.offset,
        })
    });
    let rules: Vec<Rule> = rules.collect::<Option<_>>()?;
    // What was read must explain every change of these years, and nothing else.
    let explained = SAMPLE.flat_map(|y| rules.iter().map(move |rule| rule.in_year(y)));
    let from = first_of_march(SAMPLE.start) * DAY;
    let in_sample = listed.iter().copied().filter(|change| change.at >= from);
    (!rules.is_empty() && explained.eq(in_sample)).then_some(rules)
}

/// In days from the epoch.
fn first_of_march(year: i64) -> i64 {
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) - 719_468
}
