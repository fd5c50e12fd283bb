//! The calendar, on plain integers.
//!
//! A day is counted from 1970-01-01, a weekday from 0 = Monday. Years run from 1970 to 9999, so
//! that everything fits and nothing is negative.

/// Days since 1970-01-01.
pub(super) type Day = u32;

/// 9999-12-31.
pub(super) const LAST_DAY: Day = 2_932_896;
/// The first year that a cron schedule can name.
pub(super) const FIRST_YEAR: u32 = 1970;
/// The last year that a cron schedule can name.
pub(super) const LAST_YEAR: u32 = 9999;

/// A date of the Gregorian calendar; month and day count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// The date of a day.
pub(super) fn date_of(day: Day) -> Date {
    /// From 0000-03-01 to 1970-01-01. Years that begin in March have their leap day at the end.
    const EPOCH: u32 = 719_468;
    const DAYS_OF_400_YEARS: u32 = 146_097;
    const DAYS_OF_100_YEARS: u32 = 36_524;
    const DAYS_OF_4_YEARS: u32 = 1461;

    let from_march = day + EPOCH;
    let cycle = from_march / DAYS_OF_400_YEARS;
    let in_cycle = from_march % DAYS_OF_400_YEARS;
    // Taking the leap days out leaves years of 365 days each.
    let without_leap_days = in_cycle - in_cycle / (DAYS_OF_4_YEARS - 1)
        + in_cycle / DAYS_OF_100_YEARS
        - in_cycle / (DAYS_OF_400_YEARS - 1);
    let year_in_cycle = without_leap_days / 365;
    let day_of_year = in_cycle - (365 * year_in_cycle + year_in_cycle / 4 - year_in_cycle / 100);
    // Five months from March on have 153 days, and so the next five.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let in_next_year = month_from_march >= 10;
    Date {
        year: 400 * cycle + year_in_cycle + u32::from(in_next_year),
        month: if in_next_year { month_from_march - 9 } else { month_from_march + 3 },
        day: day_of_month,
    }
}

/// Whether `year` has a 29 February.
pub(super) fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// All that the calendar of a year depends on.
///
/// There are only 28 of these, and the calendar repeats itself after 400 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct YearShape {
    leap: bool,
    /// The year before is a leap year: it decides the number of its last week.
    after_leap: bool,
    /// The weekday of 1 January.
    starts_on: u32,
}

impl YearShape {
    /// One more than any [`index`](YearShape::index).
    pub(super) const COUNT: usize = 28;

    /// The shape of a year, and its 1 January.
    pub(super) fn of(year: u32) -> (YearShape, Day) {
        let before = year - 1;
        let first_day = 365 * before + before / 4 - before / 100 + before / 400 - 719_162;
        let shape = YearShape {
            leap: is_leap(year),
            after_leap: is_leap(before),
            starts_on: weekday(first_day),
        };
        (shape, first_day)
    }

    pub(super) fn index(self) -> usize {
        self.starts_on as usize * 4 + usize::from(self.leap) * 2 + usize::from(self.after_leap)
    }

    /// A month of such a year; `month` counts from 1.
    pub(super) fn month(self, month: u32) -> Month {
        let table = &MONTH_STARTS[usize::from(self.leap)];
        let start = table[month as usize - 1];
        Month {
            start,
            length: table[month as usize] - start,
            starts_on: (self.starts_on + start) % 7,
        }
    }

    /// The ISO week of a day of the year, which counts from 0.
    pub(super) fn week(self, day_of_year: u32) -> u32 {
        let weekday = (self.starts_on + day_of_year) % 7;
        // A week belongs to the year of its Thursday. One is added that there is no negative.
        let thursday_after_last_year = day_of_year + 7 + 3 - weekday;
        if thursday_after_last_year < 7 {
            return (days_in_year(self.after_leap) + thursday_after_last_year - 7) / 7 + 1;
        }
        let thursday = thursday_after_last_year - 7;
        if thursday >= days_in_year(self.leap) { 1 } else { thursday / 7 + 1 }
    }
}

/// A month of some year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Month {
    /// The days of the year before it.
    pub(super) start: u32,
    /// 28 to 31.
    pub(super) length: u32,
    /// The weekday of its first day.
    pub(super) starts_on: u32,
}

fn weekday(day: Day) -> u32 {
    // 1970-01-01 was a Thursday.
    (day + 3) % 7
}

fn days_in_year(leap: bool) -> u32 {
    365 + u32::from(leap)
}

/// The days of the year before each month, and those of the whole year behind them.
const MONTH_STARTS: [[u32; 13]; 2] = [
    [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365],
    [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366],
];

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Days, NaiveDate};

    /// Against chrono, for each day that a schedule can name.
    #[test]
    fn every_day_has_its_date_weekday_and_week() {
        let mut expected = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let mut shape = YearShape::of(1970);
        for day in 0..=LAST_DAY {
            let date = date_of(day);
            assert_eq!(
                (date.year, date.month, date.day),
                (expected.year().cast_unsigned(), expected.month(), expected.day())
            );
            if (date.month, date.day) == (1, 1) {
                shape = YearShape::of(date.year);
                assert_eq!(shape.1, day);
            }
            let month = shape.0.month(date.month);
            let day_of_year = day - shape.1;
            assert_eq!(month.start + date.day - 1, day_of_year);
            assert_eq!(
                (month.starts_on + date.day - 1) % 7,
                expected.weekday().num_days_from_monday()
            );
            assert_eq!(shape.0.week(day_of_year), expected.iso_week().week(), "{expected}");
            expected = expected + Days::new(1);
        }
        assert_eq!(expected.year(), 10_000);
    }
}
