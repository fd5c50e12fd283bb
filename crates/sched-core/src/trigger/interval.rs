//! A trigger that fires at equal distances of elapsed time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::version::Version;
use super::{Defaults, IntoTrigger, LAST_FIRE, Trigger, TriggerError, TriggerKind, When};
use crate::time::Timestamp;
use crate::zone::Zone;

/// Description of a trigger that fires at equal distances of elapsed time.
///
/// The parts are added up, each rounded to the microsecond; a sum of zero means one second, a
/// negative one is refused. A day has 24 hours: where the clock is changed the wall time of the fires shifts. For a
/// fixed wall time take [`CalendarInterval`](super::CalendarInterval).
///
/// Without [`start_date`](Self::start_date) the first fire is one interval after construction.
///
/// ```
/// use sched_core::trigger::{Defaults, Interval, IntoTrigger};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let trigger = Interval::new().hours(2).seconds(0.5).into_trigger(&defaults).unwrap();
/// assert_eq!(trigger.to_string(), "interval[2:00:00.500000]");
/// let fire = trigger.next_fire_time(None, defaults.now).unwrap();
/// assert_eq!(fire.to_string(), "1970-01-01T02:00:00.500Z");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interval {
    weeks: f64,
    days: f64,
    hours: f64,
    minutes: f64,
    seconds: f64,
    exact: Option<Duration>,
    start: Start,
    end_date: Option<When>,
    zone: Option<Zone>,
    fixed_delay: bool,
}

#[derive(Debug, Clone, Default)]
enum Start {
    #[default]
    AfterOneInterval,
    Now,
    At(When),
}

impl Interval {
    /// Starts with a distance of zero.
    pub fn new() -> Self {
        Interval::default()
    }

    /// Fires every `distance`.
    pub fn every(distance: Duration) -> Self {
        Interval { exact: Some(distance), ..Interval::default() }
    }

    /// Adds weeks of seven days; fractions are allowed, as in all parts.
    pub fn weeks(mut self, weeks: impl Into<f64>) -> Self {
        self.weeks = weeks.into();
        self
    }

    /// Adds days of 24 hours.
    pub fn days(mut self, days: impl Into<f64>) -> Self {
        self.days = days.into();
        self
    }

    /// Adds hours.
    pub fn hours(mut self, hours: impl Into<f64>) -> Self {
        self.hours = hours.into();
        self
    }

    /// Adds minutes.
    pub fn minutes(mut self, minutes: impl Into<f64>) -> Self {
        self.minutes = minutes.into();
        self
    }

    /// Adds seconds.
    pub fn seconds(mut self, seconds: impl Into<f64>) -> Self {
        self.seconds = seconds.into();
        self
    }

    /// The first fire. If it is past, the trigger fires at the next moment that lies a whole number
    /// of intervals after it.
    pub fn start_date(mut self, when: impl Into<When>) -> Self {
        self.start = Start::At(when.into());
        self
    }

    /// Fires for the first time at once, at the moment of construction.
    pub fn starting_now(mut self) -> Self {
        self.start = Start::Now;
        self
    }

    /// The last moment at which it may fire.
    pub fn end_date(mut self, when: impl Into<When>) -> Self {
        self.end_date = Some(when.into());
        self
    }

    /// The zone that dates without an offset are meant in. The default is the zone of a chrono
    /// `DateTime` given as start or end, else the scheduler's.
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Counts from the end of each run, rather than from its fire time: the next run starts one
    /// interval after the last one ended. See [`Trigger::after_run`].
    pub fn fixed_delay(mut self) -> Self {
        self.fixed_delay = true;
        self
    }

    /// In microseconds, at least 1.
    fn distance(&self) -> Result<i64, TriggerError> {
        let parts = [
            ("weeks", self.weeks, 604_800_000_000.0),
            ("days", self.days, 86_400_000_000.0),
            ("hours", self.hours, 3_600_000_000.0),
            ("minutes", self.minutes, 60_000_000.0),
            ("seconds", self.seconds, 1_000_000.0),
        ];
        let mut sum = match self.exact {
            Some(distance) => i64::try_from(distance.as_micros())
                .map_err(|_| TriggerError::value("interval", "is longer than 292,000 years"))?,
            None => 0,
        };
        for (field, count, unit) in parts {
            sum = micros(field, count, unit)?.checked_add(sum).ok_or_else(|| {
                TriggerError::value(field, "the sum is longer than 292,000 years")
            })?;
        }
        if sum == 0 && self.exact.is_none() {
            return Ok(1_000_000);
        }
        if sum <= 0 {
            return Err(TriggerError::value("interval", "must be at least a microsecond long"));
        }
        Ok(sum)
    }
}

/// `count` times `unit` microseconds, rounded to whole ones.
///
/// The product of a whole `count` is exact: each unit has so many factors of two that what the sum
/// may hold also fits the 53 bits of a double.
fn micros(field: &'static str, count: f64, unit: f64) -> Result<i64, TriggerError> {
    let micros = (count * unit).round();
    // Two to the power of 63, the first value that does not fit.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if !micros.is_finite() || micros.abs() >= LIMIT {
        return Err(TriggerError::value(field, "must be a number, of less than 292,000 years"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
    Ok(micros as i64)
}

impl IntoTrigger for Interval {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        let interval = self.distance()?;
        let start = match &self.start {
            Start::At(when) => Some(when),
            _ => None,
        };
        let own_zone = start.into_iter().chain(&self.end_date).find_map(When::own_zone);
        let zone = self.zone.or(own_zone).unwrap_or(defaults.zone);
        let start_date = match &self.start {
            Start::AfterOneInterval => {
                defaults.now + Duration::from_micros(interval.unsigned_abs())
            }
            Start::Now => defaults.now,
            Start::At(when) => when.resolve("start_date", zone)?,
        };
        let end_date = self.end_date.map(|when| when.resolve("end_date", zone)).transpose()?;
        let fixed_delay = self.fixed_delay;
        IntervalTrigger { interval, start_date, end_date, zone, fixed_delay }.into_trigger(defaults)
    }
}

/// A trigger that fires at `start_date` plus whole multiples of its interval.
///
/// - With a previous fire time the answer is one interval after it, whatever now is: missed times
///   are listed one by one.
/// - Without one it is the first multiple that is not before now.
/// - After the end date there is none; the end date itself counts.
///
/// All arithmetic is in whole microseconds, so it is exact however long the trigger runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct IntervalTrigger {
    /// In microseconds, at least 1.
    interval: i64,
    start_date: Timestamp,
    end_date: Option<Timestamp>,
    zone: Zone,
    fixed_delay: bool,
}

impl IntervalTrigger {
    /// The distance between two fires.
    pub fn interval(&self) -> Duration {
        Duration::from_micros(self.interval.unsigned_abs())
    }

    /// The moment that the fires are counted from.
    pub fn start_date(&self) -> Timestamp {
        self.start_date
    }

    /// The last moment at which it may fire.
    pub fn end_date(&self) -> Option<Timestamp> {
        self.end_date
    }

    /// The zone that the trigger was described in. It has no part in the arithmetic.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Whether the next fire is counted from the end of a run.
    pub fn is_fixed_delay(&self) -> bool {
        self.fixed_delay
    }

    pub(super) fn next_fire_time(
        &self,
        previous: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match previous {
            Some(previous) => self.one_after(previous),
            None => self.grid().first_from(now),
        }
    }

    /// One interval after `moment`, or none if that is past the end.
    pub(super) fn one_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next = moment + self.interval();
        (next <= self.last()).then_some(next)
    }

    pub(super) fn latest_fire_time(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        if self.fixed_delay {
            // There is no other before the run of `due` has ended.
            return due;
        }
        self.grid().last_until(due, now)
    }

    /// All moments at which it fires, taken as a set.
    pub(super) fn grid(&self) -> Grid {
        Grid::new(self.start_date, self.interval, self.last())
    }

    fn last(&self) -> Timestamp {
        self.end_date.map_or(LAST_FIRE, |end| end.min(LAST_FIRE))
    }
}

impl IntoTrigger for IntervalTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::Interval(self)))
    }
}

/// `interval[1 day, 2:00:03.500000]`
impl fmt::Display for IntervalTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i64 = 86_400_000_000;
        f.write_str("interval[")?;
        match self.interval / DAY {
            0 => {}
            1 => f.write_str("1 day, ")?,
            days => write!(f, "{days} days, ")?,
        }
        let (seconds, micros) = (self.interval % DAY / 1_000_000, self.interval % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{hours}:{minutes:02}:{seconds:02}")?;
        if micros > 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("]")
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    version: Version<1>,
    /// In microseconds.
    interval: i64,
    start_date: Timestamp,
    end_date: Option<Timestamp>,
    timezone: Zone,
    fixed_delay: bool,
}

impl TryFrom<Stored> for IntervalTrigger {
    type Error = TriggerError;

    fn try_from(stored: Stored) -> Result<Self, TriggerError> {
        let Stored { version: _, interval, start_date, end_date, timezone: zone, fixed_delay } =
            stored;
        if interval <= 0 {
            return Err(TriggerError::value("interval", "must be at least a microsecond long"));
        }
        Ok(IntervalTrigger { interval, start_date, end_date, zone, fixed_delay })
    }
}

impl From<IntervalTrigger> for Stored {
    fn from(trigger: IntervalTrigger) -> Self {
        let IntervalTrigger { interval, start_date, end_date, zone, fixed_delay } = trigger;
        Stored { version: Version, interval, start_date, end_date, timezone: zone, fixed_delay }
    }
}
