//! A compiled cron trigger.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::compile::{Form, Schedule};
use super::instants::{ClockRule, first_from};
use super::wire::Wire;
use crate::time::Timestamp;
use crate::trigger::{Fold, Gap};
use crate::zone::{Seconds, Spans, Zone};

/// A compiled cron trigger, made by [`Cron::build`](super::Cron::build).
///
/// * It fires on whole seconds, from 1970 to 9999.
/// * Its fire times, asked for one after another, strictly increase.
/// * A search takes no longer for a rare date than for a frequent one, allocates nothing, and ends
///   at once when there is nothing to find. Only a schedule that names nothing but wall times in
///   gaps, and skips those, is searched change by change, up to the year 9999: a millisecond.
///
/// The text form is the reference's, with the fields that were given:
/// `cron[month='1', day='last fri']`; that of a standard crontab is `cron['0 9 * * mon-fri']`.
/// Expressions are shown without blanks and leading zeros, and names in lower case.
///
/// It is stored as what was given, not as what it was compiled to.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct CronTrigger {
    form: Form,
    settings: Settings,
    schedule: Schedule,
    rule: ClockRule,
    spans: Spans,
}

/// What is given beside the fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) zone: Zone,
    pub(super) start_date: Option<Timestamp>,
    pub(super) end_date: Option<Timestamp>,
    pub(super) gap: Option<Gap>,
    pub(super) fold: Option<Fold>,
}

impl CronTrigger {
    pub(super) fn new((form, schedule): (Form, Schedule), settings: Settings) -> Self {
        let rule = schedule.clock_rule(settings.gap, settings.fold);
        let spans = settings.zone.spans();
        CronTrigger { form, settings, schedule, rule, spans }
    }

    /// The fire time that follows `previous`, as of `now`; none when the schedule is over.
    ///
    /// * Without a previous fire time it is the first that is neither before `now` nor before the
    ///   start date.
    /// * With one it is the first after it, so the result may lie before `now`: a scheduler that
    ///   comes late finds what it missed one by one. But when `now` is before `previous`, because
    ///   a clock was set back, it is the first from `now` on.
    ///
    /// ```
    /// use sched_core::trigger::{Cron, Defaults};
    /// use sched_core::{Timestamp, Zone};
    ///
    /// let now = Timestamp::from_secs(1_767_225_600); // 2026-01-01T00:00:00Z
    /// let defaults = Defaults { zone: Zone::UTC, now };
    /// let lunch = Cron::new().day_of_week("mon-fri").hour(12).build(&defaults)?;
    /// let first = lunch.next_fire_time(None, now).expect("there are always lunches");
    /// assert_eq!(first.to_string(), "2026-01-01T12:00:00Z");
    /// let second = lunch.next_fire_time(Some(first), first).expect("there are always lunches");
    /// assert_eq!(second.to_string(), "2026-01-02T12:00:00Z");
    /// # Ok::<_, sched_core::trigger::TriggerError>(())
    /// ```
    pub fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let from = match (previous, self.settings.start_date) {
            (Some(previous), _) => {
                let after = Timestamp::from_micros(previous.as_micros().saturating_add(1));
                if now == previous { after } else { after.min(now) }
            }
            (None, Some(start)) => start.max(now),
            (None, None) => now,
        };
        self.search(from)
    }

    /// The earliest fire time that is not before `from`, out of the whole set of those between the
    /// start date and the end date.
    pub(crate) fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        self.search(self.settings.start_date.map_or(from, |start| start.max(from)))
    }

    fn search(&self, from: Timestamp) -> Option<Timestamp> {
        const MICROS: i64 = 1_000_000;
        // Nothing fires on a fraction of a second, and nothing before 1970 on any wall clock.
        let micros = from.as_micros();
        let seconds = micros.div_euclid(MICROS) + i64::from(micros.rem_euclid(MICROS) != 0);
        let seconds = seconds.max(-2 * 86_400);
        let found = first_from(&self.spans, self.rule, seconds, |wall: Seconds| {
            self.schedule.next_wall(wall)
        })?;
        let found = Timestamp::from_secs(found);
        self.settings.end_date.is_none_or(|end| found <= end).then_some(found)
    }

    /// The zone whose wall clock is meant.
    pub fn zone(&self) -> Zone {
        self.settings.zone
    }

    /// The earliest moment at which it may fire.
    pub fn start_date(&self) -> Option<Timestamp> {
        self.settings.start_date
    }

    /// The latest moment at which it may fire.
    pub fn end_date(&self) -> Option<Timestamp> {
        self.settings.end_date
    }

    /// What was chosen for wall times that the clock is put forward over; none for the default.
    pub fn gap(&self) -> Option<Gap> {
        self.settings.gap
    }

    /// What was chosen for wall times that the clock shows twice; none for the default.
    pub fn fold(&self) -> Option<Fold> {
        self.settings.fold
    }

    /// The fields that were given, from the year to the second, each with its expression; nothing
    /// for a standard crontab.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let given = match &self.form {
            Form::Fields(fields) => &fields[..],
            Form::Standard(_) => &[],
        };
        given.iter().map(|(name, expression)| (name.text(), &**expression))
    }

    /// The standard crontab that was given, if that is how the trigger was described.
    pub fn crontab(&self) -> Option<&str> {
        match &self.form {
            Form::Fields(_) => None,
            Form::Standard(text) => Some(text),
        }
    }

    pub(super) fn into_parts(self) -> (Form, Settings) {
        (self.form, self.settings)
    }
}

/// Two triggers are equal when the same was given for them.
impl PartialEq for CronTrigger {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form && self.settings == other.settings
    }
}

impl fmt::Display for CronTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cron[")?;
        if let Some(crontab) = self.crontab() {
            write!(f, "'{crontab}'")?;
        }
        for (place, (name, expression)) in self.fields().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(f, "{separator}{name}='{expression}'")?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for CronTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CronTrigger").field(&format_args!("{self}")).field(&self.settings).finish()
    }
}
