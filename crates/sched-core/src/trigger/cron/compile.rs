//! From the text of a schedule to its compiled form.

use super::cursor::{Fault, split};
use super::dates::{DateFields, Dates};
use super::field::Name;
use super::instants::ClockRule;
use super::item::Expression;
use super::time_of_day::TimesOfDay;
use super::{reference, standard};
use crate::trigger::{Fold, Gap, TriggerError};
use crate::zone::Seconds;

/// How a schedule is written, in canonical form: what is shown and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// The fields that are given, in the order of [`Name::ALL`].
    Fields(Box<[(Name, Box<str>)]>),
    /// A crontab of Unix.
    Standard(Box<str>),
}

/// A compiled schedule: a set of wall times, from 1970 to 9999.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    dates: Dates,
    times: TimesOfDay,
    /// The hour field leaves the hour open: the schedule means a rhythm, not wall times.
    any_hour: bool,
}

const DAY: Seconds = 86_400;

impl Schedule {
    /// The first matching wall time that is not before `wall`.
    pub(super) fn next_wall(&self, wall: Seconds) -> Option<Seconds> {
        let wall = wall.max(0);
        let day = u32::try_from(wall / DAY).ok()?;
        let time = (wall % DAY) as u32;
        if self.dates.contains(day)
            && let Some(time) = self.times.from(time)
        {
            return Some(Seconds::from(day) * DAY + Seconds::from(time));
        }
        let day = self.dates.from(day.checked_add(1)?)?;
        Some(Seconds::from(day) * DAY + Seconds::from(self.times.first()))
    }

    /// Vixie cron's rule, but for what the user chose.
    pub(super) fn clock_rule(&self, gap: Option<Gap>, fold: Option<Fold>) -> ClockRule {
        let usual = if self.any_hour {
            ClockRule { gap: Gap::Skip, fold: Fold::Both }
        } else {
            ClockRule { gap: Gap::Shift, fold: Fold::First }
        };
        ClockRule { gap: gap.unwrap_or(usual.gap), fold: fold.unwrap_or(usual.fold) }
    }
}

/// Compiles the reference's fields; one that is not given follows its rule of defaults.
pub(super) fn fields(given: [Option<&str>; 8]) -> Result<(Form, Schedule), TriggerError> {
    reference_form(|name| {
        given[name as usize].map(|text| {
            reference::expression(name, text).map_err(|fault| fault.of(name.text(), text))
        })
    })
}

/// Compiles the reference's crontab: its language in five fields.
pub(super) fn reference_crontab(text: &str) -> Result<(Form, Schedule), TriggerError> {
    const ORDER: [Name; 5] = [Name::Minute, Name::Hour, Name::Day, Name::Month, Name::DayOfWeek];
    let parts: Vec<(usize, &str)> =
        split(text, char::is_whitespace).filter(|(_, part)| !part.is_empty()).collect();
    if parts.len() != ORDER.len() {
        let position = parts.get(5).map_or(text.chars().count(), |(position, _)| *position);
        let reason = format!(
            "five fields expected (minute hour day month day_of_week), and there are {}",
            parts.len()
        );
        return Err(Fault::new(position, reason).of("crontab", text));
    }
    reference_form(|name| {
        let place = ORDER.iter().position(|field| *field == name)?;
        let (position, part) = parts[place];
        Some(reference::expression(name, part).map_err(|fault| {
            Fault { position: position + fault.position, ..fault }.of(name.text(), text)
        }))
    })
}

/// Compiles a crontab of Unix.
pub(super) fn standard_crontab(text: &str) -> Result<(Form, Schedule), TriggerError> {
    let crontab = standard::crontab(text).map_err(|refused| refused.of(text))?;
    let always =
        |name: Name| reference::expression(name, "*").expect("every field knows the asterisk");
    let dates = Dates::new(&DateFields {
        year: &always(Name::Year),
        month: &crontab.month,
        day: &crontab.day,
        week: &always(Name::Week),
        day_of_week: &crontab.day_of_week,
        either_day: crontab.either_day(),
    });
    let times = TimesOfDay::new(&crontab.hour, &crontab.minute, &crontab.second);
    let schedule = Schedule { dates, times, any_hour: crontab.hour.holds_star() };
    Ok((Form::Standard(crontab.text.into_boxed_str()), schedule))
}

fn reference_form(
    given: impl Fn(Name) -> Option<Result<Expression, TriggerError>>,
) -> Result<(Form, Schedule), TriggerError> {
    let given = Name::ALL.map(|name| given(name).transpose());
    let last_given = given.iter().rposition(|field| !matches!(field, Ok(None)));
    let mut form = Vec::new();
    let mut read = Vec::with_capacity(Name::ALL.len());
    for (name, field) in Name::ALL.into_iter().zip(given) {
        read.push(match field? {
            Some(expression) => {
                form.push((name, expression.text.clone().into_boxed_str()));
                expression
            }
            None => {
                let text = name.default(last_given.is_some_and(|last| name as usize > last));
                reference::expression(name, text).expect("the defaults are expressions")
            }
        });
    }
    let dates = Dates::new(&DateFields {
        year: &read[Name::Year as usize],
        month: &read[Name::Month as usize],
        day: &read[Name::Day as usize],
        week: &read[Name::Week as usize],
        day_of_week: &read[Name::DayOfWeek as usize],
        either_day: false,
    });
    let hour = &read[Name::Hour as usize];
    let times = TimesOfDay::new(hour, &read[Name::Minute as usize], &read[Name::Second as usize]);
    let schedule = Schedule { dates, times, any_hour: hour.holds_star() };
    Ok((Form::Fields(form.into_boxed_slice()), schedule))
}
