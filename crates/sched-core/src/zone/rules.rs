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
    years.flat_map(|year| rules.iter().map(move |rule| rule.in_year(year))).collect()
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
        Change { at: day * DAY + self.time, offset: self.offset }
    }
}

/// The rules that the last years follow, in the order in which they come in a year.
fn yearly(listed: &[Change]) -> Option<Vec<Rule>> {
    let year = |year: i64| {
        // No rule in use comes in the first two months of a year.
        let (from, to) = (first_of_march(year) * DAY, first_of_march(year + 1) * DAY);
        listed.iter().filter(move |change| (from..to).contains(&change.at))
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

#[cfg(test)]
mod tests {
    use super::super::spans::Spans;
    use super::*;
    use chrono::NaiveDate;
    use chrono_tz::Tz;

    /// Midnight UTC at the beginning of a date, in seconds.
    fn midnight(year: i32, month: u32, day: u32) -> Seconds {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
    }

    #[test]
    fn days_are_counted_from_march() {
        for year in [1970, 2000, 2096, 2100, 2400, 9999] {
            assert_eq!(first_of_march(year.into()) * DAY, midnight(year, 3, 1));
        }
    }

    /// The dates are worked out from the rules, with a calendar.
    #[test]
    fn changes_after_the_listed_ones() {
        let cases = [
            // Second Sunday in March and first in November, at 2 o'clock.
            (Tz::America__New_York, midnight(2100, 3, 14) + 7 * 3600, -4),
            (Tz::America__New_York, midnight(2100, 11, 7) + 6 * 3600, -5),
            (Tz::America__New_York, midnight(2499, 11, 1) + 6 * 3600, -5),
            (Tz::America__New_York, midnight(2500, 3, 14) + 7 * 3600, -4),
            (Tz::America__New_York, midnight(9999, 11, 7) + 6 * 3600, -5),
            // Last Sunday in March and October, at 1 o'clock UTC.
            (Tz::Europe__Berlin, midnight(2104, 3, 30) + 3600, 2),
            (Tz::Europe__Berlin, midnight(9999, 10, 31) + 3600, 1),
            // South of the equator: first Sunday in October and April.
            (Tz::Australia__Sydney, midnight(2100, 10, 2) + 16 * 3600, 11),
            (Tz::Australia__Sydney, midnight(2101, 4, 2) + 16 * 3600, 10),
        ];
        for (tz, change, hours) in cases {
            let spans = Spans::of(tz);
            assert_eq!(spans.offset_at(change), hours * 3600, "{tz} at {change}");
            assert_ne!(spans.offset_at(change - 1), hours * 3600, "{tz} before {change}");
        }
    }

    #[test]
    fn nothing_is_continued_where_the_last_years_have_no_rule() {
        // Morocco's changes follow the moon, and are listed up to 2087 only.
        for tz in [Tz::Africa__Casablanca, Tz::Asia__Tokyo, Tz::UTC] {
            let spans = Spans::of(tz);
            let last = spans.get(spans.len() - 1);
            assert!(last.start < midnight(2088, 1, 1), "{tz}");
            assert_eq!(last.end, Seconds::MAX, "{tz}");
        }
    }

    #[test]
    fn spans_follow_each_other_up_to_the_last() {
        let spans = Spans::of(Tz::Europe__Berlin);
        for index in 1..spans.len() {
            let (before, span) = (spans.get(index - 1), spans.get(index));
            assert_eq!(before.end, span.start);
            assert_eq!(spans.index_at(span.start), index);
            assert_eq!(spans.index_at(span.start - 1), index - 1);
        }
        assert!(spans.get(spans.len() - 1).start > midnight(9999, 10, 1));
    }
}
