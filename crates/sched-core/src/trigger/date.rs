//! A trigger that fires once.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::version::Version;
use super::{Defaults, IntoTrigger, Trigger, TriggerError, TriggerKind, When};
use crate::time::Timestamp;
use crate::zone::Zone;

/// Description of a trigger that fires once, at a given moment or at once.
///
/// ```
/// use sched_core::trigger::{Date, Defaults, IntoTrigger};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let trigger = Date::at("2030-01-01 09:00:00+01:00").into_trigger(&defaults).unwrap();
/// let fire = trigger.next_fire_time(None, defaults.now).unwrap();
/// assert_eq!(fire.to_string(), "2030-01-01T08:00:00Z");
/// assert_eq!(trigger.next_fire_time(Some(fire), fire), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Date {
    run_date: Option<When>,
    zone: Option<Zone>,
}

impl Date {
    /// Fires at `when`, even when that is past.
    pub fn at(when: impl Into<When>) -> Self {
        Date { run_date: Some(when.into()), zone: None }
    }

    /// Fires at the moment of construction.
    pub fn now() -> Self {
        Date::default()
    }

    /// The zone that a date without an offset is meant in; the default is the scheduler's.
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }
}

impl IntoTrigger for Date {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        let zone = self.zone.unwrap_or(defaults.zone);
        let (run_date, zone) = match self.run_date {
            Some(when) => when.resolve_with_zone("run_date", zone)?,
            None => (defaults.now, zone),
        };
        DateTrigger { version: Version, run_date, timezone: zone }.into_trigger(defaults)
    }
}

/// A trigger that fires once.
///
/// Without a previous fire time the answer is its date, even if that is past: whether a late run
/// still makes sense is for the job to say. With one there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateTrigger {
    #[serde(default)]
    version: Version<1>,
    run_date: Timestamp,
    timezone: Zone,
}

impl DateTrigger {
    /// The one moment at which it fires.
    pub fn run_date(&self) -> Timestamp {
        self.run_date
    }

    /// The zone that the date was given in: its own offset if it had one.
    pub fn zone(&self) -> Zone {
        self.timezone
    }
}

impl IntoTrigger for DateTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::Date(self)))
    }
}

/// `date[2030-01-01 09:00:00 CET]`
impl fmt::Display for DateTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timezone.date_at(self.run_date) {
            Some(date) => {
                let zone = self.timezone.abbreviation_at(self.run_date);
                write!(f, "date[{} {zone}]", date.format("%Y-%m-%d %H:%M:%S"))
            }
            None => write!(f, "date[{}]", self.run_date),
        }
    }
}
