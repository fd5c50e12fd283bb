//! Triggers of the reference.

use std::time::Duration;

use sched_core::trigger::{
    And, CalendarInterval, Date, Defaults, Interval, IntoTrigger, Or, Trigger,
};
use sched_core::{Timestamp, Zone};

use super::cron::{self, Fields};
use super::moment::{self, optional_moment};
use super::unexpected;
use crate::clock;
use crate::job::{Note, Refusal};
use crate::pickle::{Class, Value};

/// Reads a trigger, and adds to `notes` where it behaves differently here.
pub(super) fn read(
    value: &Value,
    now: Timestamp,
    notes: &mut Vec<Note>,
) -> Result<Trigger, Refusal> {
    let wrong = || unexpected("trigger", "one of the reference's kinds of triggers");
    let object = value.as_object().ok_or_else(wrong)?;
    let state = object.attributes().ok_or_else(wrong)?;
    of_kind(object.class, state, now, notes)
}

fn of_kind(
    class: Class,
    state: &Value,
    now: Timestamp,
    notes: &mut Vec<Note>,
) -> Result<Trigger, Refusal> {
    let newest = match class {
        Class::IntervalTrigger | Class::CronTrigger => 2,
        _ => 1,
    };
    let version = state.get("version").and_then(Value::as_integer).unwrap_or(1);
    if version > newest {
        return Err(Refusal::Version { what: "the trigger", version, newest });
    }
    // Everything is in the state: nothing is left open.
    let defaults = Defaults { zone: Zone::UTC, now };
    let trigger = match class {
        Class::DateTrigger => date(state)?.into_trigger(&defaults)?,
        Class::IntervalTrigger => interval(state)?.into_trigger(&defaults)?,
        Class::CronTrigger => cron(state, notes)?.into_trigger(&defaults)?,
        Class::CalendarIntervalTrigger => calendar_interval(state)?.into_trigger(&defaults)?,
        Class::AndTrigger => {
            let parts = parts(state, now, notes)?;
            parts.into_iter().fold(And::new(), And::with).into_trigger(&defaults)?
        }
        Class::OrTrigger => {
            let parts = parts(state, now, notes)?;
            notes.push(Note::Or);
            parts.into_iter().fold(Or::new(), Or::with).into_trigger(&defaults)?
        }
        _ => return Err(unexpected("trigger", "one of the reference's kinds of triggers")),
    };
    match state.get("jitter") {
        None | Some(Value::None) => Ok(trigger),
        Some(jitter) => {
            let seconds = jitter.as_number().and_then(|s| Duration::try_from_secs_f64(s).ok());
            let wrong = || unexpected("jitter", "a number of seconds, 0 or more");
            let most = seconds.ok_or_else(wrong)?;
            if !most.is_zero() {
                notes.push(Note::Jitter);
            }
            Ok(trigger.jitter(most).into_trigger(&defaults)?)
        }
    }
}

fn date(state: &Value) -> Result<Date, Refusal> {
    let wrong = || unexpected("run_date", "a datetime with a time zone");
    let date = state.get("run_date").and_then(Value::as_object);
    let date = date.map(moment::date_time).transpose()?.flatten().ok_or_else(wrong)?;
    let (at, zone) = (date.timestamp().ok_or_else(wrong)?, date.zone.ok_or_else(wrong)?);
    Ok(Date::at(at).timezone(zone.zone()))
}

fn interval(state: &Value) -> Result<Interval, Refusal> {
    let wrong = || unexpected("interval", "a timedelta above zero");
    let micros = state.get("interval").and_then(moment::time_delta);
    let micros = micros.and_then(|micros| u64::try_from(micros).ok()).filter(|micros| *micros > 0);
    let mut interval = Interval::every(Duration::from_micros(micros.ok_or_else(wrong)?));
    let start = optional_moment(state.get("start_date"), "start_date")?;
    interval = interval.start_date(start.ok_or_else(|| unexpected("start_date", "a datetime"))?);
    if let Some(end) = optional_moment(state.get("end_date"), "end_date")? {
        interval = interval.end_date(end);
    }
    Ok(interval.timezone(zone(state)?))
}

fn cron(state: &Value, notes: &mut Vec<Note>) -> Result<sched_core::trigger::Cron, Refusal> {
    let Fields { mut cron, weekday_numbers, means_wall_times } = cron::fields(state.get("fields"))?;
    let zone = zone(state)?;
    if let Some(start) = optional_moment(state.get("start_date"), "start_date")? {
        cron = cron.start_date(start);
    }
    if let Some(end) = optional_moment(state.get("end_date"), "end_date")? {
        cron = cron.end_date(end);
    }
    if let Some(expression) = weekday_numbers {
        notes.push(Note::WeekdayNumbers { expression });
    }
    if means_wall_times && clock::changes(zone) {
        notes.push(Note::ClockChanges { zone: zone.to_string() });
    }
    Ok(cron.timezone(zone))
}

fn calendar_interval(state: &Value) -> Result<CalendarInterval, Refusal> {
    let [years, months, weeks, days] = counts(state, "interval")?;
    let [hour, minute, second] = counts(state, "time")?;
    let plain_date = |name: &'static str| match state.get(name) {
        None | Some(Value::None) => Ok(None),
        Some(value) => {
            let date = value.as_object().and_then(moment::plain_date);
            date.map(Some).ok_or_else(|| unexpected(name, "a date"))
        }
    };
    let mut calendar = CalendarInterval::new().years(years).months(months).weeks(weeks).days(days);
    calendar = calendar.hour(hour).minute(minute).second(second).timezone(zone(state)?);
    let start = plain_date("start_date")?.ok_or_else(|| unexpected("start_date", "a date"))?;
    calendar = calendar.start_date(start);
    if let Some(end) = plain_date("end_date")? {
        calendar = calendar.end_date(end);
    }
    Ok(calendar)
}

/// A list of `N` whole numbers, none below 0.
fn counts<const N: usize>(state: &Value, name: &'static str) -> Result<[u32; N], Refusal> {
    let numbers = state.get(name).and_then(Value::as_sequence).and_then(|list| {
        let number = |value: &Value| u32::try_from(value.as_integer()?).ok();
        let numbers: Option<Vec<u32>> = list.iter().map(number).collect();
        numbers?.try_into().ok()
    });
    numbers.ok_or_else(|| unexpected(name, "whole numbers, 0 or more"))
}

/// The triggers of a combination: each a textual reference to its class, and its state.
fn parts(state: &Value, now: Timestamp, notes: &mut Vec<Note>) -> Result<Vec<Trigger>, Refusal> {
    let wrong = || unexpected("triggers", "a list of classes with their states");
    let list = state.get("triggers").and_then(Value::as_sequence).ok_or_else(wrong)?;
    let mut parts = Vec::with_capacity(list.len());
    for part in list {
        let [Value::Text(reference), state] = part.as_sequence().ok_or_else(wrong)? else {
            return Err(wrong());
        };
        let class = match reference.as_str() {
            "apscheduler.triggers.date:DateTrigger" => Class::DateTrigger,
            "apscheduler.triggers.interval:IntervalTrigger" => Class::IntervalTrigger,
            "apscheduler.triggers.cron:CronTrigger" => Class::CronTrigger,
            "apscheduler.triggers.calendarinterval:CalendarIntervalTrigger" => {
                Class::CalendarIntervalTrigger
            }
            "apscheduler.triggers.combining:AndTrigger" => Class::AndTrigger,
            "apscheduler.triggers.combining:OrTrigger" => Class::OrTrigger,
            _ => return Err(Refusal::OwnTrigger { reference: reference.clone() }),
        };
        parts.push(of_kind(class, state, now, notes)?);
    }
    Ok(parts)
}

fn zone(state: &Value) -> Result<Zone, Refusal> {
    let value = state.get("timezone").ok_or_else(|| unexpected("timezone", "a time zone"))?;
    Ok(moment::zone(value)?.zone())
}
