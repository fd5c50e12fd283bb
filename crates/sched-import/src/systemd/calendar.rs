//! Calendar events as systemd writes them: `Mon..Fri *-*-* 06:30:00 Europe/Berlin`.

use sched_core::Zone;

use super::scan::Scan;
use crate::job::Refusal;

/// A calendar event as expressions of a cron trigger.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calendar {
    pub(super) weekdays: Option<String>,
    pub(super) year: String,
    pub(super) month: String,
    pub(super) day: String,
    pub(super) hour: String,
    pub(super) minute: String,
    pub(super) second: String,
    pub(super) zone: Option<Zone>,
}

/// Names, and the event that each stands for.
const NAMES: [(&str, &str); 12] = [
    ("minutely", "*-*-* *:*:00"),
    ("hourly", "*-*-* *:00:00"),
    ("daily", "*-*-* 00:00:00"),
    ("weekly", "Mon *-*-* 00:00:00"),
    ("monthly", "*-*-01 00:00:00"),
    ("quarterly", "*-01,04,07,10-01 00:00:00"),
    ("semiannually", "*-01,07-01 00:00:00"),
    ("semi-annually", "*-01,07-01 00:00:00"),
    ("biannually", "*-01,07-01 00:00:00"),
    ("bi-annually", "*-01,07-01 00:00:00"),
    ("yearly", "*-01-01 00:00:00"),
    ("annually", "*-01-01 00:00:00"),
];

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(super) fn read(mut scan: Scan<'_>) -> Result<Calendar, Refusal> {
    if scan.is_at_end() {
        return Err(scan.fault("a calendar event is missing"));
    }
    let start = scan;
    let name = scan.word().rest;
    let event = NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    let mut calendar = match event {
        Some((_, event)) => {
            written_out(Scan { rest: event, ..start }).map(|(calendar, _)| calendar)?
        }
        None => {
            let (calendar, rest) = written_out(start)?;
            scan = rest;
            calendar
        }
    };
    scan.blanks();
    if !scan.is_at_end() {
        let word = scan.word();
        let zone =
            word.rest.parse().map_err(|_| word.fault("it is neither date, time nor zone"))?;
        calendar.zone = Some(zone);
        scan.blanks();
    }
    if scan.is_at_end() { Ok(calendar) } else { Err(scan.fault("nothing more was expected")) }
}

/// Weekdays, date and time, of which each may be missing; and what follows.
fn written_out(mut scan: Scan<'_>) -> Result<(Calendar, Scan<'_>), Refusal> {
    let every = || "*".to_owned();
    let mut calendar = Calendar {
        weekdays: None,
        year: every(),
        month: every(),
        day: every(),
        hour: "0".to_owned(),
        minute: "0".to_owned(),
        second: "0".to_owned(),
        zone: None,
    };
    let start = scan;
    if is_weekday(scan.rest) {
        calendar.weekdays = Some(weekdays(scan.word())?);
        scan.blanks();
    }
    let word = { scan }.word();
    if !word.rest.contains(':') && word.rest.contains(['-', '~']) && !has_letters(word.rest) {
        scan.word();
        date(word, &mut calendar)?;
        scan.blanks();
    }
    let word = { scan }.word();
    if word.rest.contains(':') {
        scan.word();
        time(word, &mut calendar)?;
    }
    if scan.column == start.column {
        return Err(start.fault("it is no calendar event"));
    }
    Ok((calendar, scan))
}

fn has_letters(text: &str) -> bool {
    text.contains(char::is_alphabetic)
}

fn is_weekday(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    weekday_of(&text[..end]).is_some()
}

fn weekday_of(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let known = WEEKDAYS.iter().find(|known| **known == name || known[..3] == name);
    known.map(|known| &known[..3])
}

/// `Mon,Wed..Fri`, and `Mon-Fri` in the older spelling.
fn weekdays(mut scan: Scan<'_>) -> Result<String, Refusal> {
    let mut text = String::new();
    loop {
        text += weekday(&mut scan)?;
        if scan.eat("..") || scan.eat("-") {
            text.push('-');
            text += weekday(&mut scan)?;
        }
        if scan.is_at_end() {
            return Ok(text);
        }
        if !scan.eat(",") {
            return Err(scan.fault("a comma must follow"));
        }
        text.push(',');
    }
}

fn weekday(scan: &mut Scan<'_>) -> Result<&'static str, Refusal> {
    let start = *scan;
    let name = scan.take_while(char::is_alphabetic);
    weekday_of(name).ok_or_else(|| start.fault("it is no weekday"))
}

/// `year-month-day` or `month-day`; with `~` for the hyphen, days count from the end of the month.
fn date(mut scan: Scan<'_>, calendar: &mut Calendar) -> Result<(), Refusal> {
    let plain = |number| number;
    let start = scan;
    let first = component(&mut scan, plain)?;
    if separator(&mut scan)? {
        (calendar.month, calendar.day) = (first, from_last(&mut scan)?);
    } else {
        let second = component(&mut scan, plain)?;
        if scan.is_at_end() {
            (calendar.month, calendar.day) = (first, second);
            return Ok(());
        }
        // Only now is the first known to be a year.
        (calendar.year, calendar.month) = (component(&mut { start }, full_year)?, second);
        calendar.day = match separator(&mut scan)? {
            true => from_last(&mut scan)?,
            false => component(&mut scan, plain)?,
        };
    }
    if scan.is_at_end() { Ok(()) } else { Err(scan.fault("the date should end here")) }
}

/// Whether days count from the end of the month.
fn separator(scan: &mut Scan<'_>) -> Result<bool, Refusal> {
    if scan.eat("~") {
        return Ok(true);
    }
    if scan.eat("-") {
        return Ok(false);
    }
    Err(scan.fault("a hyphen must follow"))
}

fn from_last(scan: &mut Scan<'_>) -> Result<String, Refusal> {
    let start = *scan;
    match component(scan, |number| number)?.as_str() {
        "1" => Ok("last".to_owned()),
        _ => Err(start.fault("of the days counted from the end only ~1, the last, can be taken")),
    }
}

/// `hour:minute` or `hour:minute:second`.
fn time(mut scan: Scan<'_>, calendar: &mut Calendar) -> Result<(), Refusal> {
    calendar.hour = component(&mut scan, |number| number)?;
    if !scan.eat(":") {
        return Err(scan.fault("a colon must follow"));
    }
    calendar.minute = component(&mut scan, |number| number)?;
    if scan.eat(":") {
        calendar.second = component(&mut scan, |number| number)?;
    }
    if scan.is_at_end() { Ok(()) } else { Err(scan.fault("the time should end here")) }
}

/// Years of two digits are those from 1970 to 2069.
fn full_year(year: u32) -> u32 {
    match year {
        0..=69 => 2000 + year,
        70..=99 => 1900 + year,
        year => year,
    }
}

/// `*`, or alternatives: `a`, `a..b`, each perhaps with `/step`.
fn component(scan: &mut Scan<'_>, value: impl Fn(u32) -> u32) -> Result<String, Refusal> {
    if scan.eat("*") {
        return match scan.rest.starts_with('/') {
            true => Err(scan.fault("a step can only follow a number")),
            false => Ok("*".to_owned()),
        };
    }
    let mut text = String::new();
    loop {
        text += &value(number(scan)?).to_string();
        if scan.eat("..") {
            text += &format!("-{}", value(number(scan)?));
        } else if scan.rest.starts_with('.') {
            return Err(scan.fault("fractions of a second cannot be taken"));
        }
        if scan.eat("/") {
            text += &format!("/{}", number(scan)?);
        }
        if !scan.eat(",") {
            return Ok(text);
        }
        text.push(',');
    }
}

fn number(scan: &mut Scan<'_>) -> Result<u32, Refusal> {
    let start = *scan;
    scan.number()?.ok_or_else(|| start.fault("a number must follow"))
}
