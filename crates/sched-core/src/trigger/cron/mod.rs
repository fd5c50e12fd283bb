//! Cron: wall times, described field by field.
//!
//! Two languages describe the same kind of trigger:
//!
//! * the reference's: the setters of [`Cron`] and [`Cron::from_crontab`]. Weekdays count from
//!   0 = Monday, all fields must match at once, and every field has a rich expression language;
//! * the crontab of Unix and Quartz: [`Cron::standard`]. Weekdays count from 0 = Sunday, and a day
//!   of the month and a weekday given together mean either.
//!
//! A description is compiled once into bit sets. A search runs over wall times, which are plain
//! integers, and only its result is mapped to a moment: that keeps the calendar and the changes
//! of the clock apart, and each of the two easy to get right.

mod field;
mod trigger;

pub use field::Field;
pub use trigger::CronTrigger;

use field::Name;

use crate::trigger::{Defaults, Fold, Gap, TriggerError, When};
use crate::zone::Zone;

/// Description of a cron trigger: a builder. Nothing is checked until it is built.
#[derive(Debug, Clone, Default)]
pub struct Cron {
    source: Source,
    zone: Option<Zone>,
    start_date: Option<When>,
    end_date: Option<When>,
    gap: Option<Gap>,
    fold: Option<Fold>,
}

#[derive(Debug, Clone)]
enum Source {
    Fields([Option<Field>; 8]),
    Crontab(String),
    Standard(String),
}

impl Default for Source {
    fn default() -> Self {
        Source::Fields(Default::default())
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $setter:ident, $name:ident;)*) => {$(
        $(#[$doc])*
        pub fn $setter(self, expression: impl Into<Field>) -> Self {
            self.with(Name::$name, expression.into())
        }
    )*};
}

impl Cron {
    /// A description with no field given: it fires every second.
    pub fn new() -> Self {
        Cron::default()
    }

    /// Five fields.
    pub fn from_crontab(text: impl Into<String>) -> Self {
        Cron { source: Source::Crontab(text.into()), ..Cron::default() }
    }

    /// Standard.
    pub fn standard(text: impl Into<String>) -> Self {
        Cron { source: Source::Standard(text.into()), ..Cron::default() }
    }

    setters! {
        /// 1970 to 9999.
        year, Year;
        /// 1 to 12.
        month, Month;
        /// 1 to 31.
        day, Day;
        /// 1 to 53.
        week, Week;
        /// 0 to 6.
        day_of_week, DayOfWeek;
        /// 0 to 23.
        hour, Hour;
        /// 0 to 59.
        minute, Minute;
        /// 0 to 59.
        second, Second;
    }

    fn with(mut self, name: Name, field: Field) -> Self {
        if let Source::Fields(fields) = &mut self.source {
            fields[name as usize] = Some(field);
        }
        self
    }

    /// The zone whose wall clock is meant.
    pub fn timezone(self, zone: impl Into<Zone>) -> Self {
        Cron { zone: Some(zone.into()), ..self }
    }

    /// The earliest moment at which the trigger may fire.
    pub fn start_date(self, start: impl Into<When>) -> Self {
        Cron { start_date: Some(start.into()), ..self }
    }

    /// The latest moment at which the trigger may fire.
    pub fn end_date(self, end: impl Into<When>) -> Self {
        Cron { end_date: Some(end.into()), ..self }
    }

    /// What becomes of wall times that the clock is put forward over.
    pub fn gap(self, gap: Gap) -> Self {
        Cron { gap: Some(gap), ..self }
    }

    /// What becomes of wall times that are shown twice.
    pub fn fold(self, fold: Fold) -> Self {
        Cron { fold: Some(fold), ..self }
    }

    /// The trigger.
    ///
    /// # Errors
    /// [`TriggerError`] when an expression or a date cannot be read.
    pub fn build(self, defaults: &Defaults) -> Result<CronTrigger, TriggerError> {
        let zone = self.zone.unwrap_or(defaults.zone);
        let start = self.start_date.map(|when| when.resolve("start_date", zone)).transpose()?;
        let end = self.end_date.map(|when| when.resolve("end_date", zone)).transpose()?;
        Ok(CronTrigger::stub(zone, start, end, self.gap, self.fold))
    }
}
