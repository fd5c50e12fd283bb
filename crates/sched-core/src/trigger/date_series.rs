//! Series of dates: one after the other at a distance of months and days.

use chrono::{Datelike, Days, NaiveDate};

/// The distance between two dates of a series: months are added first, again and again until the
/// day exists in the month, then days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateStep {
    /// Not both of these are zero.
    pub(crate) months: u64,
    pub(crate) days: u64,
}

/// The last year that has dates.
const LAST_YEAR: i32 = 9999;

impl DateStep {
    /// The date after `date`, or none if it lies past the year 9999.
    pub(crate) fn after(self, date: NaiveDate) -> Option<NaiveDate> {
        let date = if self.months > 0 { self.same_day(date, 1)? } else { date };
        within_years(date.checked_add_days(Days::new(self.days))?)
    }

    /// The first date of the series that `start` begins which is not before `target`.
    ///
    /// Steps of only days or only months are jumped over. A series of both depends on its path and
    /// is followed, which takes at most one step a month.
    pub(crate) fn first_from(self, start: NaiveDate, target: NaiveDate) -> Option<NaiveDate> {
        if target <= start {
            return Some(start);
        }
        if self.months == 0 {
            let apart = (target - start).num_days().unsigned_abs();
            let days = apart.div_ceil(self.days).checked_mul(self.days)?;
            return within_years(start.checked_add_days(Days::new(days))?);
        }
        let mut date = start;
        if self.days == 0 {
            let steps = (month_index(target) - month_index(start)) / self.months;
            date = self.same_day(start, steps)?;
        }
        while date < target {
            date = self.after(date)?;
        }
        Some(date)
    }

    /// `date` moved on by `steps` times the months, or by the first greater number of times with
    /// which the day exists.
    fn same_day(self, date: NaiveDate, steps: u64) -> Option<NaiveDate> {
        let mut month = month_index(date).checked_add(self.months.checked_mul(steps)?)?;
        loop {
            let year = i32::try_from(month / 12).ok().filter(|year| *year <= LAST_YEAR)?;
            let number = u32::try_from(month % 12).expect("less than twelve") + 1;
            if let Some(date) = NaiveDate::from_ymd_opt(year, number, date.day()) {
                return Some(date);
            }
            month = month.checked_add(self.months)?;
        }
    }
}

/// Months since January of the year 0; no date here lies before that.
fn month_index(date: NaiveDate) -> u64 {
    u64::try_from(date.year()).unwrap_or(0) * 12 + u64::from(date.month0())
}

fn within_years(date: NaiveDate) -> Option<NaiveDate> {
    (date.year() <= LAST_YEAR).then_some(date)
}
