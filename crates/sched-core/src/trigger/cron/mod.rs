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

mod civil;
mod compile;
mod cursor;
mod dates;
mod field;
mod instants;
mod item;
mod reference;
mod standard;
mod time_of_day;
mod trigger;
mod wire;

pub use field::Field;
pub use trigger::CronTrigger;

use field::Name;
use trigger::Settings;

use crate::trigger::{Defaults, Fold, Gap, TriggerError, When};
use crate::zone::Zone;

/// Description of a cron trigger: a builder. Nothing is checked until it is built.
///
/// # Fields
///
/// | field | values | what else it knows |
/// | --- | --- | --- |
/// | `year` | 1970 to 9999 | |
/// | `month` | 1 to 12 | `jan` to `dec`, `feb-apr` |
/// | `day` | 1 to 31 | `1st mon` to `5th sun`, `last fri`, `last` |
/// | `week` | 1 to 53 (ISO) | |
/// | `day_of_week` | 0 = Monday to 6 = Sunday | `mon` to `sun`, `mon-fri` |
/// | `hour` | 0 to 23 | |
/// | `minute`, `second` | 0 to 59 | |
///
/// Each takes alternatives separated by commas: `*`, `*/n` (every nth value, counted from the
/// lowest), `a`, `a-b`, `a-b/n`, and `a/n` (up to the highest). Case does not matter.
///
/// All fields must match at once: `day(13).day_of_week("fri")` is Friday the 13th. The year is that
/// of the calendar, the week that of ISO, so 30 December 2024 is in week 1 of year 2024.
///
/// **Fields that are not given**: those less significant than the last one given, in the order of
/// the table, are at their lowest value, and all others are `*`. `hour(9)` is once a day,
/// `day_of_week("mon")` at Monday's midnight, `minute(30)` every hour; with no field at all it is
/// every second.
///
/// # Changes of the clock
///
/// A schedule whose hour field holds no `*` fires once for each of its wall times. One that the
/// clock is put forward over moves forward by the size of the gap, so that 02:30 fires at 03:30; one
/// that the clock shows twice fires the first time. A schedule whose hour field holds a `*` fires
/// at every moment at which the wall clock matches, in both passes of a repeated hour and for none
/// of the wall times that do not exist. [`gap`](Cron::gap) and [`fold`](Cron::fold) each replace
/// their half of this.
///
/// # Examples
///
/// ```
/// use sched_core::trigger::{Cron, Defaults};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: "Europe/Berlin".parse().unwrap(), now: Timestamp::from_secs(0) };
/// let payday = Cron::new().day("last fri").hour(9).minute(30).build(&defaults)?;
/// assert_eq!(payday.to_string(), "cron[day='last fri', hour='9', minute='30']");
///
/// let refused = Cron::new().hour("9-17/x").build(&defaults).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "hour: a number must follow the slash, at character 5 of \"9-17/x\""
/// );
/// # Ok::<_, sched_core::trigger::TriggerError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cron {
    crontab: Option<(Language, String)>,
    fields: [Option<Field>; 8],
    zone: Option<Zone>,
    start_date: Option<When>,
    end_date: Option<When>,
    gap: Option<Gap>,
    fold: Option<Fold>,
}

/// Which kind of crontab.
#[derive(Debug, Clone, Copy)]
enum Language {
    Reference,
    Unix,
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

    /// The reference's crontab: minute, hour, day of the month, month and weekday, separated by
    /// blanks.
    ///
    /// Each is an expression as in the table above, which means that **weekdays count from
    /// 0 = Monday** and that the day of the month and the weekday must both match. For the
    /// crontab that Unix knows, see [`standard`](Cron::standard).
    pub fn from_crontab(text: impl Into<String>) -> Self {
        Cron { crontab: Some((Language::Reference, text.into())), ..Cron::default() }
    }

    /// The crontab of Unix, with the extensions of Quartz: minute, hour, day of the month, month
    /// and weekday, with a leading second if there are six fields.
    ///
    /// * Weekdays count from 0 = Sunday, and 7 is Sunday too; with six fields as well, where
    ///   Quartz counts from 1. Months and weekdays have names of three letters.
    /// * `*`, `a`, `a-b`, a list with commas, and steps: `*/n`, `a-b/n`, `a/n` (up to the highest
    ///   value, which is Saturday for weekdays). A range that runs backwards goes round:
    ///   `fri-mon`, `22-2`.
    /// * A day of the month and a weekday that are both given match **either**; if one of them
    ///   begins with `*` or is `?`, both must match.
    /// * Days: `L` (the last), `L-3` (three before it), `15W` (Monday to Friday, nearest to the
    ///   15th in the same month), `LW` (the last of Monday to Friday). Weekdays: `5L` (the last
    ///   Friday), `5#2` or `fri#2` (the second one).
    /// * `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
    ///
    /// ```
    /// use sched_core::trigger::{Cron, Defaults};
    /// use sched_core::{Timestamp, Zone};
    ///
    /// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
    /// let nights = Cron::standard("0 22-2 * * Fri-Mon").build(&defaults)?;
    /// assert_eq!(nights.to_string(), "cron['0 22-2 * * fri-mon']");
    /// # Ok::<_, sched_core::trigger::TriggerError>(())
    /// ```
    pub fn standard(text: impl Into<String>) -> Self {
        Cron { crontab: Some((Language::Unix, text.into())), ..Cron::default() }
    }

    setters! {
        /// The year of the calendar, 1970 to 9999.
        year, Year;
        /// The month, 1 to 12 or by name.
        month, Month;
        /// The day of the month, 1 to 31 or a rule such as `last fri`.
        day, Day;
        /// The ISO week, 1 to 53.
        week, Week;
        /// The weekday, 0 = Monday to 6 = Sunday or by name.
        day_of_week, DayOfWeek;
        /// The hour, 0 to 23.
        hour, Hour;
        /// The minute, 0 to 59.
        minute, Minute;
        /// The second, 0 to 59.
        second, Second;
    }

    fn with(mut self, name: Name, field: Field) -> Self {
        self.fields[name as usize] = Some(field);
        self
    }

    /// The zone whose wall clock is meant; without it that of the start date, else that of the end
    /// date, if these are dates with a zone, else the default.
    pub fn timezone(self, zone: impl Into<Zone>) -> Self {
        Cron { zone: Some(zone.into()), ..self }
    }

    /// The earliest moment at which the trigger may fire, itself included.
    pub fn start_date(self, start: impl Into<When>) -> Self {
        Cron { start_date: Some(start.into()), ..self }
    }

    /// The latest moment at which the trigger may fire, itself included.
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
        let fields = self.fields.each_ref().map(|field| field.as_ref().map(Field::text));
        let compiled = match &self.crontab {
            None => compile::fields(fields)?,
            Some((language, text)) => {
                if let Some(name) = Name::ALL.into_iter().find(|n| fields[*n as usize].is_some()) {
                    let reason = "given beside a crontab, which speaks of all fields".to_owned();
                    return Err(TriggerError::Value { field: name.text(), reason });
                }
                match language {
                    Language::Reference => compile::reference_crontab(text)?,
                    Language::Unix => compile::standard_crontab(text)?,
                }
            }
        };
        let own_zone = |when: &Option<When>| when.as_ref().and_then(When::own_zone);
        let zone = self
            .zone
            .or_else(|| own_zone(&self.start_date))
            .or_else(|| own_zone(&self.end_date))
            .unwrap_or(defaults.zone);
        let date =
            |when: Option<When>, field| when.map(|when| when.resolve(field, zone)).transpose();
        let settings = Settings {
            zone,
            start_date: date(self.start_date, "start_date")?,
            end_date: date(self.end_date, "end_date")?,
            gap: self.gap,
            fold: self.fold,
        };
        Ok(CronTrigger::new(compiled, settings))
    }
}
