//! A slow, obvious model of cron: tries every second of the wall clock, one after another.
//!
//! It shares nothing with the implementation. What an expression means is noted when it is made
//! up, and the wall clock is chrono's.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike,
};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{Cron, Fold, Gap};

/// An expression and the values that it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    text: String,
    values: BTreeSet<u32>,
}

#[derive(Debug, Clone)]
enum Day {
    Number(Expression),
    Nth(u32, u32),
    LastWeekday(u32),
    Last,
}

/// A schedule; what is `None` is not given.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    year: Option<Expression>,
    month: Option<Expression>,
    day: Option<Day>,
    week: Option<Expression>,
    day_of_week: Option<Expression>,
    hour: Option<Expression>,
    minute: Option<Expression>,
    second: Option<Expression>,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const ORDINALS: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];

impl Schedule {
    pub(crate) fn cron(&self) -> Cron {
        let mut cron = Cron::new();
        let text = |field: &Option<Expression>| field.as_ref().map(|field| field.text.clone());
        if let Some(text) = text(&self.year) {
            cron = cron.year(text);
        }
        if let Some(text) = text(&self.month) {
            cron = cron.month(text);
        }
        cron = match &self.day {
            None => cron,
            Some(Day::Number(number)) => cron.day(number.text.as_str()),
            Some(Day::Nth(nth, weekday)) => {
                cron.day(format!("{} {}", ORDINALS[*nth as usize - 1], WEEKDAYS[*weekday as usize]))
            }
            Some(Day::LastWeekday(weekday)) => {
                cron.day(format!("last {}", WEEKDAYS[*weekday as usize]))
            }
            Some(Day::Last) => cron.day("last"),
        };
        if let Some(text) = text(&self.week) {
            cron = cron.week(text);
        }
        if let Some(text) = text(&self.day_of_week) {
            cron = cron.day_of_week(text);
        }
        if let Some(text) = text(&self.hour) {
            cron = cron.hour(text);
        }
        if let Some(text) = text(&self.minute) {
            cron = cron.minute(text);
        }
        if let Some(text) = text(&self.second) {
            cron = cron.second(text);
        }
        cron
    }

    /// At noon on the dates of this schedule.
    pub(crate) fn at_noon(self) -> Self {
        let one = |value: u32| {
            Some(Expression { text: value.to_string(), values: BTreeSet::from([value]) })
        };
        Schedule { hour: one(12), minute: None, second: None, ..self }
    }

    pub(crate) fn matches_date(&self, date: NaiveDate) -> bool {
        let later_than_month = self.day.is_some()
            || self.week.is_some()
            || self.day_of_week.is_some()
            || self.time_is_given();
        let later_than_day =
            self.week.is_some() || self.day_of_week.is_some() || self.time_is_given();
        let nothing = self.year.is_none() && self.month.is_none();
        let holds = |field: &Option<Expression>, value: u32| {
            field.as_ref().is_none_or(|field| field.values.contains(&value))
        };
        let month = match &self.month {
            Some(_) => holds(&self.month, date.month()),
            None => later_than_month || nothing || date.month() == 1,
        };
        let days_in_month = (28..=31).rev().find(|day| date.with_day(*day).is_some()).unwrap();
        let weekday = date.weekday().num_days_from_monday();
        let day = match &self.day {
            Some(Day::Number(number)) => number.values.contains(&date.day()),
            Some(Day::Nth(nth, on)) => weekday == *on && date.day().div_ceil(7) == *nth,
            Some(Day::LastWeekday(on)) => weekday == *on && date.day() + 7 > days_in_month,
            Some(Day::Last) => date.day() == days_in_month,
            None => later_than_day || (nothing && self.month.is_none()) || date.day() == 1,
        };
        holds(&self.year, date.year().cast_unsigned())
            && month
            && day
            && holds(&self.week, date.iso_week().week())
            && holds(&self.day_of_week, weekday)
    }

    fn time_is_given(&self) -> bool {
        self.hour.is_some() || self.minute.is_some() || self.second.is_some()
    }

    fn date_is_given(&self) -> bool {
        self.year.is_some()
            || self.month.is_some()
            || self.day.is_some()
            || self.week.is_some()
            || self.day_of_week.is_some()
    }

    fn matches_time(&self, hour: u32, minute: u32, second: u32) -> bool {
        let nothing = !self.date_is_given() && !self.time_is_given();
        let part = |field: &Option<Expression>, value, later_is_given: bool| match field {
            Some(field) => field.values.contains(&value),
            None => later_is_given || nothing || value == 0,
        };
        part(&self.hour, hour, self.minute.is_some() || self.second.is_some())
            && part(&self.minute, minute, self.second.is_some())
            && part(&self.second, second, false)
    }

    /// Whether the hour field holds an asterisk.
    fn any_hour(&self) -> bool {
        match &self.hour {
            Some(hour) => hour.text.contains('*'),
            None => {
                self.minute.is_some()
                    || self.second.is_some()
                    || !(self.date_is_given() || self.time_is_given())
            }
        }
    }

    /// Every moment from `from` up to and with `to`, in seconds, at which the schedule fires.
    pub(crate) fn fires(
        &self,
        tz: Tz,
        (gap, fold): (Option<Gap>, Option<Fold>),
        from: i64,
        to: i64,
    ) -> Vec<Timestamp> {
        let gap = gap.unwrap_or(if self.any_hour() { Gap::Skip } else { Gap::Shift });
        let fold = fold.unwrap_or(if self.any_hour() { Fold::Both } else { Fold::First });
        let (before, after) = (offset(tz, from - 86_400), offset(tz, to + 86_400));
        let first_wall = from + before.min(after) - (before - after).abs();
        let last_wall = to + before.max(after);
        let mut fires = BTreeSet::new();
        let mut dates = (NaiveDate::MIN, false);
        for wall in first_wall..=last_wall {
            let naive = utc(wall);
            if !self.matches_time(naive.hour(), naive.minute(), naive.second()) {
                continue;
            }
            if dates.0 != naive.date() {
                dates = (naive.date(), self.matches_date(naive.date()));
            }
            if !dates.1 {
                continue;
            }
            match tz.offset_from_local_datetime(&naive) {
                MappedLocalTime::Single(offset) => {
                    fires.insert(wall - i64::from(offset.fix().local_minus_utc()));
                }
                MappedLocalTime::Ambiguous(a, b) => {
                    let a = wall - i64::from(a.fix().local_minus_utc());
                    let b = wall - i64::from(b.fix().local_minus_utc());
                    fires.insert(a.min(b));
                    if fold == Fold::Both {
                        fires.insert(a.max(b));
                    }
                }
                MappedLocalTime::None if gap == Gap::Shift => {
                    fires.insert(wall - offset(tz, wall - 2 * 86_400));
                }
                MappedLocalTime::None => {}
            }
        }
        fires.range(from..=to).map(|fire| Timestamp::from_secs(*fire)).collect()
    }

    /// Noon UTC of every matching date of `days` days.
    pub(crate) fn noons(&self, first: NaiveDate, days: u64) -> Vec<Timestamp> {
        (0..days)
            .map(|day| first + Days::new(day))
            .filter(|date| self.matches_date(*date))
            .map(|date| date.and_hms_opt(12, 0, 0).unwrap().and_utc().into())
            .collect()
    }
}

fn utc(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()
}

pub(crate) fn offset(tz: Tz, at: i64) -> i64 {
    tz.offset_from_utc_datetime(&utc(at)).fix().local_minus_utc().into()
}

/// The first change of offset after `at`, in seconds, if one comes before `until`.
pub(crate) fn next_change(tz: Tz, at: i64, until: i64) -> Option<i64> {
    let (mut before, start) = (at, offset(tz, at));
    while before < until {
        let mut after = before + 86_400;
        if offset(tz, after) == start {
            before = after;
            continue;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset(tz, middle) == start {
                before = middle;
            } else {
                after = middle;
            }
        }
        return Some(after);
    }
    None
}

/// One alternative of a field from `lowest` to `highest`.
fn alternative(lowest: u32, highest: u32) -> impl Strategy<Value = Expression> {
    let made =
        |text: String, values: Vec<u32>| Expression { text, values: values.into_iter().collect() };
    let value = lowest..=highest;
    prop_oneof![
        2 => Just(made("*".to_owned(), (lowest..=highest).collect())),
        2 => (1..=highest - lowest).prop_map(move |step| {
            made(format!("*/{step}"), (lowest..=highest).step_by(step as usize).collect())
        }),
        4 => value.clone().prop_map(move |a| made(a.to_string(), vec![a])),
        3 => (value.clone(), value.clone()).prop_map(move |(a, b)| {
            let (a, b) = (a.min(b), a.max(b));
            made(format!("{a}-{b}"), (a..=b).collect())
        }),
        2 => (lowest..highest).prop_flat_map(move |a| (Just(a), 1..=highest - a)).prop_map(
            move |(a, step)| made(format!("{a}/{step}"), (a..=highest).step_by(step as usize).collect())
        ),
        2 => (lowest..highest)
            .prop_flat_map(move |a| (Just(a), a + 1..=highest))
            .prop_flat_map(|(a, b)| (Just((a, b)), 1..=b - a))
            .prop_map(move |((a, b), step)| {
                made(format!("{a}-{b}/{step}"), (a..=b).step_by(step as usize).collect())
            }),
    ]
}

fn expression(lowest: u32, highest: u32) -> impl Strategy<Value = Expression> {
    vec(alternative(lowest, highest), 1..=3).prop_map(|parts| Expression {
        text: parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(","),
        values: parts.into_iter().flat_map(|part| part.values).collect(),
    })
}

fn day() -> impl Strategy<Value = Day> {
    prop_oneof![
        4 => expression(1, 31).prop_map(Day::Number),
        1 => (1..=5_u32, 0..=6_u32).prop_map(|(nth, weekday)| Day::Nth(nth, weekday)),
        1 => (0..=6_u32).prop_map(Day::LastWeekday),
        1 => Just(Day::Last),
    ]
}

/// Any schedule; each field that speaks of dates is given with the probability `dates`.
pub(crate) fn schedule(dates: f64) -> impl Strategy<Value = Schedule> {
    let date_fields = (
        weighted(dates / 2.0, expression(1970, 2100)),
        weighted(dates, expression(1, 12)),
        weighted(dates, day()),
        weighted(dates / 2.0, expression(1, 53)),
        weighted(dates, expression(0, 6)),
    );
    let time_fields = (
        weighted(0.7, expression(0, 23)),
        weighted(0.7, expression(0, 59)),
        weighted(0.3, expression(0, 59)),
    );
    (date_fields, time_fields).prop_map(
        |((year, month, day, week, day_of_week), (hour, minute, second))| Schedule {
            year,
            month,
            day,
            week,
            day_of_week,
            hour,
            minute,
            second,
        },
    )
}
