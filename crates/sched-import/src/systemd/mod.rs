//! Jobs of systemd's timers.

mod calendar;
mod scan;
mod settings;
mod span;

use std::time::Duration;

use sched_core::Timestamp;
use sched_core::task::Args;
use sched_core::trigger::{Cron, Date, Defaults, Interval, IntoTrigger, Or, Trigger, TriggerError};
use serde::Serialize;

use crate::job::{ImportedJob, NextRun, Note, Refusal};
use crate::{Import, clock};
use calendar::Calendar;
use settings::{Located, Settings};

/// How a timer unit becomes a job.
///
/// Its task gets the name of the unit that the timer activates, as `unit`.
///
/// ```
/// use sched_core::trigger::Defaults;
/// use sched_core::{Timestamp, Zone};
/// use sched_import::{Import, SystemdTimer};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let text = "[Timer]\nOnCalendar=Mon..Fri 06:30\nPersistent=true\n";
/// let import = Import::systemd_timer("backup.timer", text, &SystemdTimer::new("unit"), &defaults);
/// assert_eq!(
///     import.jobs[0].to_string(),
///     "backup.timer: unit({\"unit\":\"backup.service\"}) on \
///      cron[day_of_week='mon-fri', hour='6', minute='30', second='0']"
/// );
/// ```
#[derive(Debug, Clone)]
pub struct SystemdTimer {
    task: String,
}

/// The task's arguments.
#[derive(Serialize)]
struct Arguments<'a> {
    unit: &'a str,
}

impl SystemdTimer {
    /// Jobs call the task of this name.
    pub fn new(task: impl Into<String>) -> Self {
        SystemdTimer { task: task.into() }
    }
}

impl Import {
    /// The job of a timer unit: `name` is that of the file, such as `backup.timer`, and becomes the
    /// job's id; `text` is what is in it.
    ///
    /// | setting | here |
    /// | --- | --- |
    /// | `OnCalendar=` | a cron trigger; several settings are an `or` |
    /// | `OnUnitActiveSec=` | an interval |
    /// | `OnUnitInactiveSec=` | an interval with a fixed delay |
    /// | `OnActiveSec=` | the first run, counted from `defaults.now` |
    /// | `OnBootSec=`, `OnStartupSec=` | refused, unless the timer goes on with one of the others |
    /// | `RandomizedDelaySec=` | jitter |
    /// | `Persistent=`, `AccuracySec=` | how late a run may be: however late, or so much |
    /// | `Unit=` | the task's argument |
    ///
    /// Everything else in the section `[Timer]` is refused, with line and column, unless it makes no
    /// difference to when the unit runs; other sections are not looked at.
    pub fn systemd_timer(
        name: &str,
        text: &str,
        timer: &SystemdTimer,
        defaults: &Defaults,
    ) -> Self {
        let mut import = Import::default();
        import.note(name.to_owned(), timer.job(name, text, defaults));
        import
    }
}

impl SystemdTimer {
    fn job(&self, name: &str, text: &str, defaults: &Defaults) -> Result<ImportedJob, Refusal> {
        let settings = settings::read(text)?;
        let mut notes = settings.notes.clone();
        let trigger = trigger(&settings, defaults, &mut notes)?;
        let unit = settings.unit.clone().unwrap_or_else(|| match name.strip_suffix(".timer") {
            Some(stem) => format!("{stem}.service"),
            None => format!("{name}.service"),
        });
        // Only what the calendar says can be missed while the machine is off.
        let may_be_missed = !settings.calendars.is_empty() && !settings.persistent;
        Ok(ImportedJob {
            id: name.to_owned(),
            name: name.to_owned(),
            task: self.task.clone(),
            args: Args::of(&Arguments { unit: &unit }).expect("a text is JSON"),
            origin: unit,
            trigger,
            next: NextRun::Trigger,
            executor: "default".to_owned(),
            misfire_grace_time: may_be_missed.then_some(settings.accuracy),
            coalesce: true,
            max_instances: 1,
            notes,
        })
    }
}

fn trigger(
    settings: &Settings,
    defaults: &Defaults,
    notes: &mut Vec<Note>,
) -> Result<Trigger, Refusal> {
    let mut triggers = Vec::new();
    for calendar in &settings.calendars {
        triggers.push(cron(calendar, defaults, notes)?);
    }
    let repeats = settings.after_active.iter().map(|span| (*span, false));
    let repeats = repeats.chain(settings.after_inactive.iter().map(|span| (*span, true)));
    let first = settings.after_start.map(|span| defaults.now + span);
    let repeats: Vec<Trigger> = repeats
        .map(|(span, is_delay)| interval(span, is_delay, first).into_trigger(defaults))
        .collect::<Result<_, _>>()?;
    match (repeats.is_empty(), first) {
        (true, Some(first)) => triggers.push(Date::at(first).into_trigger(defaults)?),
        _ => triggers.extend(repeats),
    }
    if let Some(Located { line, column, value }) = &settings.since_boot {
        if triggers.is_empty() {
            let reason = format!("{value}: a scheduler does not know of boots");
            return Err(Refusal::Text { line: *line, column: *column, reason });
        }
        notes.push(Note::Ignored {
            what: format!("{value} does nothing: the first run is one of the others"),
        });
    }
    let only = triggers.pop().ok_or(Refusal::NoTimer)?;
    let trigger = if triggers.is_empty() {
        only
    } else {
        triggers.push(only);
        triggers.into_iter().fold(Or::new(), Or::with).into_trigger(defaults)?
    };
    match settings.random_delay {
        Some(most) => Ok(trigger.jitter(most).into_trigger(defaults)?),
        None => Ok(trigger),
    }
}

fn interval(span: Duration, is_delay: bool, first: Option<Timestamp>) -> Interval {
    let mut interval = Interval::every(span);
    if let Some(first) = first {
        interval = interval.start_date(first);
    }
    if is_delay { interval.fixed_delay() } else { interval }
}

fn cron(
    calendar: &Located<Calendar>,
    defaults: &Defaults,
    notes: &mut Vec<Note>,
) -> Result<Trigger, Refusal> {
    let Located { line, column, value: calendar } = calendar;
    let zone = calendar.zone.unwrap_or(defaults.zone);
    if calendar.hour != "*" && clock::changes(zone) {
        notes.push(Note::ClockChanges { zone: zone.to_string() });
    }
    // All fields must match, as with systemd. Those that are not given are `*`, since one behind them
    // is.
    let mut cron = Cron::new().second(calendar.second.as_str()).timezone(zone);
    let every = |text: &str| text == "*";
    if !every(&calendar.year) {
        cron = cron.year(calendar.year.as_str());
    }
    if !every(&calendar.month) {
        cron = cron.month(calendar.month.as_str());
    }
    if !every(&calendar.day) {
        cron = cron.day(calendar.day.as_str());
    }
    if let Some(weekdays) = &calendar.weekdays {
        cron = cron.day_of_week(weekdays.as_str());
    }
    if !every(&calendar.hour) {
        cron = cron.hour(calendar.hour.as_str());
    }
    if !every(&calendar.minute) {
        cron = cron.minute(calendar.minute.as_str());
    }
    cron.into_trigger(defaults).map_err(|error| match error {
        // The position is one in a text that the user has not written.
        TriggerError::Text { field, text, reason, .. } => {
            let reason = format!("{field} {text}: {reason}");
            Refusal::Text { line: *line, column: *column, reason }
        }
        error => error.into(),
    })
}
