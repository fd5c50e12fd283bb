//! Cron triggers of the reference.

use sched_core::trigger::{Cron, Field};

use super::unexpected;
use crate::job::Refusal;
use crate::pickle::{Class, Object, Value};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const ORDINALS: [&str; 6] = ["1st", "2nd", "3rd", "4th", "5th", "last"];

/// The fields of a cron trigger, and what is worth knowing of them.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) cron: Cron,
    /// The expression for weekdays, if it has numbers in it.
    pub(super) weekday_numbers: Option<String>,
    /// Whether it means wall times: its hours are named, rather than every one or every so many.
    pub(super) means_wall_times: bool,
}

/// Reads the list of fields. Those that were left open are left open again, so that the trigger
/// reads as it was written; both sides fill them in by the same rule.
pub(super) fn fields(value: Option<&Value>) -> Result<Fields, Refusal> {
    let wrong = || unexpected("fields", "the list of a cron trigger's fields");
    let list = value.and_then(Value::as_sequence).ok_or_else(wrong)?;
    let mut cron = Cron::new();
    let mut weekday_numbers = None;
    // Left open before the last one that is given, the hour is every hour.
    let mut means_wall_times = false;
    for field in list {
        let field = field.as_object().filter(|field| field.class == Class::CronField);
        let field = field.ok_or_else(wrong)?;
        let name = field.attribute("name").and_then(Value::as_text).ok_or_else(wrong)?;
        let is_default = field.attribute("is_default") == Some(&Value::Bool(true));
        let text = text(field).ok_or_else(wrong)?;
        if name == "hour" {
            means_wall_times = !text.contains('*');
        }
        if is_default {
            continue;
        }
        if name == "day_of_week" && text.contains(|c: char| c.is_ascii_digit()) {
            weekday_numbers = Some(text.clone());
        }
        cron = set(cron, name, text).ok_or_else(wrong)?;
    }
    Ok(Fields { cron, weekday_numbers, means_wall_times })
}

fn set(cron: Cron, name: &str, text: String) -> Option<Cron> {
    let field = Field::from(text);
    Some(match name {
        "year" => cron.year(field),
        "month" => cron.month(field),
        "day" => cron.day(field),
        "week" => cron.week(field),
        "day_of_week" => cron.day_of_week(field),
        "hour" => cron.hour(field),
        "minute" => cron.minute(field),
        "second" => cron.second(field),
        _ => return None,
    })
}

/// The expressions of a field as they were written, but for blanks and zeros.
fn text(field: &Object) -> Option<String> {
    let expressions = field.attribute("expressions")?.as_sequence()?;
    let texts: Option<Vec<String>> =
        expressions.iter().map(|expression| self::expression(expression.as_object()?)).collect();
    Some(texts?.join(","))
}

fn expression(expression: &Object) -> Option<String> {
    let number = |name: &str| expression.attribute(name)?.as_integer();
    let step = number("step").map(|step| format!("/{step}")).unwrap_or_default();
    Some(match expression.class {
        Class::AllExpression => format!("*{step}"),
        Class::RangeExpression => {
            let first = number("first")?;
            // A single value has itself for its last, unless a step follows.
            let last = number("last").filter(|last| *last != first || !step.is_empty());
            let last = last.map(|last| format!("-{last}")).unwrap_or_default();
            format!("{first}{last}{step}")
        }
        Class::MonthRangeExpression => names(&MONTHS, number("first")? - 1, number("last"), 1)?,
        Class::WeekdayRangeExpression => names(&WEEKDAYS, number("first")?, number("last"), 0)?,
        Class::WeekdayPositionExpression => {
            let position = one_of(&ORDINALS, number("option_num")?)?;
            format!("{position} {}", one_of(&WEEKDAYS, number("weekday")?)?)
        }
        Class::LastDayOfMonthExpression => "last".to_owned(),
        _ => return None,
    })
}

/// `first` counts from 0, `last` from `base`.
fn names(names: &[&str], first: i128, last: Option<i128>, base: i128) -> Option<String> {
    let first_name = one_of(names, first)?;
    match last.map(|last| last - base).filter(|last| *last != first) {
        None => Some(first_name.to_owned()),
        Some(last) => Some(format!("{first_name}-{}", one_of(names, last)?)),
    }
}

fn one_of<'a>(names: &[&'a str], at: i128) -> Option<&'a str> {
    names.get(usize::try_from(at).ok()?).copied()
}
