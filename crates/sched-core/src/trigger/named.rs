//! The built-in triggers, built by name.
//!
//! Argument names are the reference's, and the names of the builders' methods for what it lacks.

use serde_json::{Map, Value};

use super::args::Args;
use super::{
    AndTrigger, CalendarInterval, Cron, Date, Defaults, Interval, IntoTrigger, OrTrigger, Trigger,
    TriggerError, TriggerRegistry, parts,
};

/// The plugin names of the built-in triggers.
pub(super) const BUILT_IN: [&str; 8] =
    ["and", "calendarinterval", "cron", "crontab", "date", "interval", "or", "standard_crontab"];

/// None if `name` is not one of [`BUILT_IN`].
pub(super) fn build(
    registry: &TriggerRegistry,
    name: &str,
    args: &Map<String, Value>,
    defaults: &Defaults,
) -> Option<Result<Trigger, TriggerError>> {
    Some(match name {
        "date" => date(args, defaults),
        "interval" => interval(args, defaults),
        "cron" => cron(args, defaults),
        "crontab" => crontab(name, Cron::from_crontab, args, defaults),
        "standard_crontab" => crontab(name, Cron::standard, args, defaults),
        "calendarinterval" => calendar_interval(args, defaults),
        "and" => combined(registry, "and", args, defaults, |parts, defaults| {
            AndTrigger::new(parts)?.into_trigger(defaults)
        }),
        "or" => combined(registry, "or", args, defaults, |parts, defaults| {
            OrTrigger::new(parts)?.into_trigger(defaults)
        }),
        _ => return None,
    })
}

fn date(args: &Map<String, Value>, defaults: &Defaults) -> Result<Trigger, TriggerError> {
    let args = Args::new("date", args, &["run_date", "timezone"])?;
    let mut date = args.when("run_date")?.map_or_else(Date::now, Date::at);
    if let Some(zone) = args.zone()? {
        date = date.timezone(zone);
    }
    finish(date, &args, defaults)
}

fn interval(args: &Map<String, Value>, defaults: &Defaults) -> Result<Trigger, TriggerError> {
    let known = [
        "weeks",
        "days",
        "hours",
        "minutes",
        "seconds",
        "start_date",
        "end_date",
        "timezone",
        "start_at_once",
        "fixed_delay",
    ];
    let args = Args::new("interval", args, &known)?;
    let mut interval = Interval::new()
        .weeks(args.number("weeks")?)
        .days(args.number("days")?)
        .hours(args.number("hours")?)
        .minutes(args.number("minutes")?)
        .seconds(args.number("seconds")?);
    if args.flag("start_at_once")? {
        interval = interval.starting_now();
    }
    if let Some(start) = args.when("start_date")? {
        if args.flag("start_at_once")? {
            let reason = "cannot be true beside a start_date".to_owned();
            return Err(TriggerError::Value { field: "start_at_once", reason });
        }
        interval = interval.start_date(start);
    }
    if let Some(end) = args.when("end_date")? {
        interval = interval.end_date(end);
    }
    if let Some(zone) = args.zone()? {
        interval = interval.timezone(zone);
    }
    if args.flag("fixed_delay")? {
        interval = interval.fixed_delay();
    }
    finish(interval, &args, defaults)
}

fn cron(args: &Map<String, Value>, defaults: &Defaults) -> Result<Trigger, TriggerError> {
    let known = [
        "year",
        "month",
        "day",
        "week",
        "day_of_week",
        "hour",
        "minute",
        "second",
        "start_date",
        "end_date",
        "timezone",
        "gap",
        "fold",
    ];
    let args = Args::new("cron", args, &known)?;
    let mut cron = Cron::new();
    if let Some(year) = args.cron_field("year")? {
        cron = cron.year(year);
    }
    if let Some(month) = args.cron_field("month")? {
        cron = cron.month(month);
    }
    if let Some(day) = args.cron_field("day")? {
        cron = cron.day(day);
    }
    if let Some(week) = args.cron_field("week")? {
        cron = cron.week(week);
    }
    if let Some(day_of_week) = args.cron_field("day_of_week")? {
        cron = cron.day_of_week(day_of_week);
    }
    if let Some(hour) = args.cron_field("hour")? {
        cron = cron.hour(hour);
    }
    if let Some(minute) = args.cron_field("minute")? {
        cron = cron.minute(minute);
    }
    if let Some(second) = args.cron_field("second")? {
        cron = cron.second(second);
    }
    finish(cron_settings(cron, &args)?, &args, defaults)
}

fn crontab(
    name: &str,
    constructor: fn(String) -> Cron,
    args: &Map<String, Value>,
    defaults: &Defaults,
) -> Result<Trigger, TriggerError> {
    let known = ["expr", "start_date", "end_date", "timezone", "gap", "fold"];
    let args = Args::new(name, args, &known)?;
    let expr = args.text("expr")?.ok_or_else(|| missing("expr"))?;
    finish(cron_settings(constructor(expr.to_owned()), &args)?, &args, defaults)
}

fn cron_settings(mut cron: Cron, args: &Args<'_>) -> Result<Cron, TriggerError> {
    if let Some(start) = args.when("start_date")? {
        cron = cron.start_date(start);
    }
    if let Some(end) = args.when("end_date")? {
        cron = cron.end_date(end);
    }
    if let Some(zone) = args.zone()? {
        cron = cron.timezone(zone);
    }
    if let Some(gap) = args.gap()? {
        cron = cron.gap(gap);
    }
    if let Some(fold) = args.fold()? {
        cron = cron.fold(fold);
    }
    Ok(cron)
}

fn calendar_interval(
    args: &Map<String, Value>,
    defaults: &Defaults,
) -> Result<Trigger, TriggerError> {
    let known = [
        "years",
        "months",
        "weeks",
        "days",
        "hour",
        "minute",
        "second",
        "start_date",
        "end_date",
        "timezone",
        "gap",
    ];
    let args = Args::new("calendarinterval", args, &known)?;
    let mut calendar = CalendarInterval::new()
        .years(args.count("years")?)
        .months(args.count("months")?)
        .weeks(args.count("weeks")?)
        .days(args.count("days")?)
        .hour(args.count("hour")?)
        .minute(args.count("minute")?)
        .second(args.count("second")?);
    if let Some(start) = args.when("start_date")? {
        calendar = calendar.start_date(start);
    }
    if let Some(end) = args.when("end_date")? {
        calendar = calendar.end_date(end);
    }
    if let Some(zone) = args.zone()? {
        calendar = calendar.timezone(zone);
    }
    if let Some(gap) = args.gap()? {
        calendar = calendar.gap(gap);
    }
    finish(calendar, &args, defaults)
}

/// `triggers` is a list of `{"type": name, "args": {…}}`; `kind` and `spec` mean the same.
fn combined(
    registry: &TriggerRegistry,
    name: &'static str,
    args: &Map<String, Value>,
    defaults: &Defaults,
    combine: fn(Vec<Trigger>, &Defaults) -> Result<Trigger, TriggerError>,
) -> Result<Trigger, TriggerError> {
    let args = Args::new(name, args, &["triggers", "timezone"])?;
    let defaults = Defaults { zone: args.zone()?.unwrap_or(defaults.zone), ..*defaults };
    let list = args.list("triggers")?.ok_or_else(|| missing("triggers"))?;
    let mut triggers = Vec::with_capacity(list.len());
    for (index, part) in list.iter().enumerate() {
        let built = part_of(registry, part, &defaults);
        triggers.push(built.map_err(|error| parts::in_part(name, index, error))?);
    }
    finish(combine(triggers, &defaults)?, &args, &defaults)
}

fn part_of(
    registry: &TriggerRegistry,
    part: &Value,
    defaults: &Defaults,
) -> Result<Trigger, TriggerError> {
    let either = |a: &str, b: &str| part.get(a).or_else(|| part.get(b));
    let name = either("type", "kind").and_then(Value::as_str).ok_or_else(|| missing("type"))?;
    match either("args", "spec") {
        Some(Value::Object(args)) => registry.build(name, args, defaults),
        None => registry.build(name, &Map::new(), defaults),
        Some(other) => {
            Err(TriggerError::value("args", format!("must be a map of arguments, not {other}")))
        }
    }
}

fn missing(field: &'static str) -> TriggerError {
    TriggerError::Value { field, reason: "is missing".to_owned() }
}

fn finish(
    description: impl IntoTrigger,
    args: &Args<'_>,
    defaults: &Defaults,
) -> Result<Trigger, TriggerError> {
    Ok(description.into_trigger(defaults)?.with_jitter(args.jitter()?))
}
