//! A trigger that fires at a time of day, every so many years, months, weeks and days.

use std::fmt;
use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use super::date_series::DateStep;
use super::version::Version;
use super::{Defaults, Gap, IntoTrigger, Trigger, TriggerError, TriggerKind, When};
use crate::time::Timestamp;
use crate::zone::{Wall, Zone};

/// Description of a trigger that fires at a time of day, every so many years, months, weeks and
/// days.
///
/// Years and months are added first, again and again until the day exists: every month from the
/// 31st visits only the months with 31 days. Then weeks and days are added.
///
/// The wall time stays the same where the clock is changed. A wall time that the clock shows twice
/// means the first; one that it is put forward over moves forward with it (02:30 becomes 03:30)
/// unless [`gap`](Self::gap) says to skip it. A date that the zone skipped altogether never fires.
///
/// ```
/// use sched_core::trigger::{CalendarInterval, Defaults, IntoTrigger};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let monthly = CalendarInterval::new().months(1).hour(9).start_date("2030-01-31");
/// let trigger = monthly.into_trigger(&defaults).unwrap();
/// let first = trigger.next_fire_time(None, defaults.now).unwrap();
/// assert_eq!(first.to_string(), "2030-01-31T09:00:00Z");
/// let second = trigger.next_fire_time(Some(first), first).unwrap();
/// assert_eq!(second.to_string(), "2030-03-31T09:00:00Z");
/// ```
#[derive(Debug, Clone, Default)]
pub struct CalendarInterval {
    years: u32,
    months: u32,
    weeks: u32,
    days: u32,
    hour: u32,
    minute: u32,
    second: u32,
    start_date: Option<When>,
    end_date: Option<When>,
    zone: Option<Zone>,
    gap: Option<Gap>,
}

impl CalendarInterval {
    /// Starts with a distance of zero, at midnight.
    pub fn new() -> Self {
        CalendarInterval::default()
    }

    /// Adds years.
    pub fn years(mut self, years: u32) -> Self {
        self.years = years;
        self
    }

    /// Adds months.
    pub fn months(mut self, months: u32) -> Self {
        self.months = months;
        self
    }

    /// Adds weeks.
    pub fn weeks(mut self, weeks: u32) -> Self {
        self.weeks = weeks;
        self
    }

    /// Adds days.
    pub fn days(mut self, days: u32) -> Self {
        self.days = days;
        self
    }

    /// The hour of the day, 0 to 23.
    pub fn hour(mut self, hour: u32) -> Self {
        self.hour = hour;
        self
    }

    /// The minute of the hour, 0 to 59.
    pub fn minute(mut self, minute: u32) -> Self {
        self.minute = minute;
        self
    }

    /// The second of the minute, 0 to 59.
    pub fn second(mut self, second: u32) -> Self {
        self.second = second;
        self
    }

    /// The date that the others are counted from: a `NaiveDate` or `YYYY-MM-DD`. The default is
    /// today, in the trigger's zone.
    pub fn start_date(mut self, date: impl Into<When>) -> Self {
        self.start_date = Some(date.into());
        self
    }

    /// The last date on which it may fire.
    pub fn end_date(mut self, date: impl Into<When>) -> Self {
        self.end_date = Some(date.into());
        self
    }

    /// The zone of the wall time; the default is the scheduler's.
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// What becomes of a wall time that the clock is put forward over: by default it is shifted.
    pub fn gap(mut self, gap: Gap) -> Self {
        self.gap = Some(gap);
        self
    }
}

impl IntoTrigger for CalendarInterval {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        let zone = self.zone.unwrap_or(defaults.zone);
        let start_date = match &self.start_date {
            Some(when) => when.plain_date("start_date")?,
            None => zone
                .date_at(defaults.now)
                .ok_or_else(|| TriggerError::value("start_date", "today is out of range"))?
                .date_naive(),
        };
        let stored = Stored {
            version: Version,
            interval: [self.years, self.months, self.weeks, self.days],
            time: [self.hour, self.minute, self.second],
            start_date,
            end_date: self.end_date.map(|when| when.plain_date("end_date")).transpose()?,
            timezone: zone,
            gap: self.gap,
        };
        CalendarIntervalTrigger::try_from(stored)?.into_trigger(defaults)
    }
}

/// A trigger that fires at a time of day, every so many years, months, weeks and days.
///
/// - With a previous fire time the answer counts from its date, whatever now is. Where a gap of the
///   clock moved that fire past midnight, its date is still the one that was meant.
/// - Without one it is the first date, counted from `start_date`, whose moment is not before now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CalendarIntervalTrigger {
    /// Years, months, weeks and days as given; `step` is what they come to.
    interval: [u32; 4],
    step: DateStep,
    time: NaiveTime,
    start_date: NaiveDate,
    end_date: Option<NaiveDate>,
    zone: Zone,
    gap: Option<Gap>,
}

impl CalendarIntervalTrigger {
    /// The date that the others are counted from.
    pub fn start_date(&self) -> NaiveDate {
        self.start_date
    }

    /// The last date on which it may fire.
    pub fn end_date(&self) -> Option<NaiveDate> {
        self.end_date
    }

    /// The zone of the wall time.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The end of the last date on which it may fire.
    pub(super) fn end(&self) -> Option<Timestamp> {
        let next_midnight = self.end_date?.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
        Some(before(self.zone.resolve(next_midnight).usual()))
    }

    pub(super) fn next_fire_time(
        &self,
        previous: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match previous {
            Some(previous) => self.first_fire(self.step.after(self.date_meant(previous)?)?),
            None => self.first_from(now),
        }
    }

    pub(super) fn latest_fire_time(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        match self.date_meant(due) {
            Some(date) => super::latest::latest_fire(due, now, |from| self.counted(date, from)),
            None => due,
        }
    }

    /// The first fire that is not before `from`.
    pub(super) fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        self.counted(self.start_date, from)
    }

    /// The first fire not before `from`, of those on the dates counted from `start`.
    fn counted(&self, start: NaiveDate, from: Timestamp) -> Option<Timestamp> {
        let Some(today) = self.zone.date_at(from) else {
            // Out of the range of dates: either long before the first one or after the last.
            return if from < Timestamp::from_micros(0) { self.first_fire(start) } else { None };
        };
        // A fire that a gap moved past midnight belongs to the day before.
        let yesterday = today.date_naive().pred_opt()?;
        let mut date = self.step.first_from(start, yesterday)?;
        loop {
            let fire = self.first_fire(date)?;
            if fire >= from {
                return Some(fire);
            }
            date = self.step.after(self.date_meant(fire)?)?;
        }
    }

    /// The fire on `date`, or on the first date after it in the series that has one.
    fn first_fire(&self, mut date: NaiveDate) -> Option<Timestamp> {
        loop {
            if self.end_date.is_some_and(|end| date > end) {
                return None;
            }
            match self.fire_on(date) {
                Some(fire) => return Some(fire),
                None => date = self.step.after(date)?,
            }
        }
    }

    fn fire_on(&self, date: NaiveDate) -> Option<Timestamp> {
        match self.zone.resolve(date.and_time(self.time)) {
            Wall::Once(fire) | Wall::Fold(fire, _) => Some(fire),
            Wall::Gap(_) if self.gap == Some(Gap::Skip) || self.is_skipped(date) => None,
            Wall::Gap(fire) => Some(fire),
        }
    }

    /// Whether the zone has no such date, as Samoa has no 30 December 2011.
    fn is_skipped(&self, date: NaiveDate) -> bool {
        let evening = NaiveTime::from_hms_opt(23, 59, 59).expect("a time of day");
        [NaiveTime::MIN, evening]
            .into_iter()
            .all(|time| matches!(self.zone.resolve(date.and_time(time)), Wall::Gap(_)))
    }

    /// The date that the trigger meant when it fired at `fire`: the day before, if a gap moved the
    /// fire past midnight.
    fn date_meant(&self, fire: Timestamp) -> Option<NaiveDate> {
        let date = self.zone.date_at(fire)?.date_naive();
        let before = date.pred_opt()?;
        let moved = self.fire_on(date) != Some(fire) && self.fire_on(before) == Some(fire);
        Some(if moved { before } else { date })
    }
}

/// The microsecond before `moment`.
fn before(moment: Timestamp) -> Timestamp {
    moment - std::time::Duration::from_micros(1)
}

impl IntoTrigger for CalendarIntervalTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::CalendarInterval(Arc::new(self))))
    }
}

/// The reference's form, `CalendarIntervalTrigger(days=1, time='09:00:00', start_date='2030-01-31',
/// timezone='UTC')`.
impl fmt::Display for CalendarIntervalTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CalendarIntervalTrigger(")?;
        for (name, count) in ["years", "months", "weeks", "days"].into_iter().zip(self.interval) {
            if count > 0 {
                write!(f, "{name}={count}, ")?;
            }
        }
        write!(f, "time='{}', start_date='{}'", self.time, self.start_date)?;
        if let Some(end_date) = self.end_date {
            write!(f, ", end_date='{end_date}'")?;
        }
        write!(f, ", timezone='{}')", self.zone)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    version: Version<1>,
    /// Years, months, weeks, days.
    interval: [u32; 4],
    /// Hour, minute, second.
    time: [u32; 3],
    start_date: NaiveDate,
    end_date: Option<NaiveDate>,
    timezone: Zone,
    gap: Option<Gap>,
}

impl TryFrom<Stored> for CalendarIntervalTrigger {
    type Error = TriggerError;

    fn try_from(stored: Stored) -> Result<Self, TriggerError> {
        let [years, months, weeks, days] = stored.interval.map(u64::from);
        let step = DateStep { months: years * 12 + months, days: weeks * 7 + days };
        if step.months == 0 && step.days == 0 {
            return Err(TriggerError::value("interval", "must be at least one day long"));
        }
        let [hour, minute, second] = stored.time;
        for (field, value, most) in
            [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)]
        {
            if value > most {
                return Err(TriggerError::value(
                    field,
                    format!("must lie in 0 to {most}, not {value}"),
                ));
            }
        }
        if stored.end_date.is_some_and(|end| end < stored.start_date) {
            return Err(TriggerError::value("end_date", "must not be before start_date"));
        }
        Ok(CalendarIntervalTrigger {
            interval: stored.interval,
            step,
            time: NaiveTime::from_hms_opt(hour, minute, second).expect("each part is in bounds"),
            start_date: stored.start_date,
            end_date: stored.end_date,
            zone: stored.timezone,
            gap: stored.gap,
        })
    }
}

impl From<CalendarIntervalTrigger> for Stored {
    fn from(trigger: CalendarIntervalTrigger) -> Self {
        let time = trigger.time;
        Stored {
            version: Version,
            interval: trigger.interval,
            time: [time.hour(), time.minute(), time.second()],
            start_date: trigger.start_date,
            end_date: trigger.end_date,
            timezone: trigger.zone,
            gap: trigger.gap,
        }
    }
}
