//! The crontab of Unix, with the extensions of Quartz. [`Cron::standard`](super::Cron::standard)
//! describes the language.

use super::cursor::{Cursor, Fault, Number, split};
use super::field::Name;
use super::item::{Expression, Item, Steps};
use crate::trigger::TriggerError;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A crontab that was read.
pub(super) struct Crontab {
    pub(super) second: Expression,
    pub(super) minute: Expression,
    pub(super) hour: Expression,
    pub(super) day: Expression,
    pub(super) month: Expression,
    pub(super) day_of_week: Expression,
    /// The same in canonical form, with the seconds only if they were given.
    pub(super) text: String,
}

impl Crontab {
    /// Whether a day may match by its number *or* by its weekday: both are restricted.
    pub(super) fn either_day(&self) -> bool {
        let restricted = |field: &Expression| !field.text.starts_with(['*', '?']);
        restricted(&self.day) && restricted(&self.day_of_week)
    }
}

/// Something in a crontab that cannot be read, and in which of its fields.
pub(super) struct Refused {
    field: &'static str,
    fault: Fault,
}

impl Refused {
    /// The error that shows the user the whole text.
    pub(super) fn of(self, text: &str) -> TriggerError {
        self.fault.of(self.field, text)
    }
}

/// Reads a whole crontab, or the name of one.
pub(super) fn crontab(text: &str) -> Result<Crontab, Refused> {
    let trimmed = text.trim();
    if trimmed.starts_with('@') {
        let position = text.chars().position(|c| c == '@').expect("there is one");
        let meant = MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(trimmed));
        return match meant {
            Some((_, crontab)) => fields(crontab),
            None => {
                let known = MACROS.map(|(name, _)| name).join(", ");
                let reason = format!("unknown name {trimmed:?}: there are {known}");
                Err(Refused { field: "crontab", fault: Fault::new(position, reason) })
            }
        };
    }
    fields(text)
}

fn fields(text: &str) -> Result<Crontab, Refused> {
    let parts: Vec<(usize, &str)> =
        split(text, char::is_whitespace).filter(|(_, part)| !part.is_empty()).collect();
    let with_seconds = parts.len() == 6;
    if parts.len() != 5 && !with_seconds {
        let position = parts.get(6).map_or(text.chars().count(), |(position, _)| *position);
        let reason = format!(
            "five fields expected (minute hour day month day_of_week), or six with a leading \
             second, and there are {}",
            parts.len()
        );
        return Err(Refused { field: "crontab", fault: Fault::new(position, reason) });
    }
    let mut next = parts.iter();
    let mut read = |name: Name| {
        let (position, part) = *next.next().expect("there are as many parts as fields");
        expression(name, part, position).map_err(|fault| Refused { field: name.text(), fault })
    };
    let at_zero = || Expression { items: vec![Item::Values(Steps::one(0))], text: "0".to_owned() };
    let second = if with_seconds { read(Name::Second)? } else { at_zero() };
    let minute = read(Name::Minute)?;
    let hour = read(Name::Hour)?;
    let day = read(Name::Day)?;
    let month = read(Name::Month)?;
    let day_of_week = read(Name::DayOfWeek)?;

    let in_order = [&second, &minute, &hour, &day, &month, &day_of_week];
    let given = if with_seconds { &in_order[..] } else { &in_order[1..] };
    let text = given.iter().map(|field| field.text.as_str()).collect::<Vec<_>>().join(" ");
    Ok(Crontab { second, minute, hour, day, month, day_of_week, text })
}

fn expression(name: Name, text: &str, position: usize) -> Result<Expression, Fault> {
    let mut items = Vec::new();
    let mut canonical = String::new();
    for (at, part) in split(text, |c| c == ',') {
        if !canonical.is_empty() {
            canonical.push(',');
        }
        canonical.push_str(&alternative(name, Cursor::new(part, position + at), &mut items)?);
    }
    Ok(Expression { items, text: canonical })
}

/// Adds what one alternative stands for to `items`, and gives its canonical text.
fn alternative(name: Name, mut cursor: Cursor<'_>, items: &mut Vec<Item>) -> Result<String, Fault> {
    if cursor.rest().is_empty() {
        return Err(cursor.fault("an expression is missing"));
    }
    let (lowest, highest) = bounds(name);
    if matches!(name, Name::Day | Name::DayOfWeek) && cursor.rest() == "?" {
        items.push(Item::Values(Steps { first: lowest, last: highest, step: 1 }));
        return Ok("?".to_owned());
    }
    if cursor.eat('*') {
        let step = step(name, &mut cursor)?;
        cursor.end()?;
        add_range(name, (lowest, highest, step.unwrap_or(1)), items);
        return Ok(step.map_or_else(|| "*".to_owned(), |step| format!("*/{step}")));
    }
    let (item, text) = match name {
        Name::Day if cursor.eat('L') => last_day(cursor)?,
        _ => {
            let first = value(name, &mut cursor)?;
            match name {
                Name::Day if cursor.eat('W') => {
                    cursor.end()?;
                    (Item::NearestWorkday { day: first.number }, format!("{}W", first.text))
                }
                Name::DayOfWeek if cursor.eat('L') => {
                    cursor.end()?;
                    let weekday = from_monday(first.number);
                    (Item::LastWeekday { weekday }, format!("{}L", first.text))
                }
                Name::DayOfWeek if cursor.eat('#') => nth_weekday(&first, cursor)?,
                _ => return range(name, &first, cursor, items),
            }
        }
    };
    items.push(item);
    Ok(text)
}

/// `L`, `LW` or `L-n`; the `L` is read.
fn last_day(mut cursor: Cursor<'_>) -> Result<(Item, String), Fault> {
    if cursor.eat('W') {
        cursor.end()?;
        return Ok((Item::LastWorkday, "LW".to_owned()));
    }
    if !cursor.eat('-') {
        cursor.end()?;
        return Ok((Item::LastDay { less: 0 }, "L".to_owned()));
    }
    let Some(less) = cursor.number() else {
        return Err(cursor.fault("a number of days must follow the hyphen"));
    };
    let less = less.within(Name::Day, 1, 30)?;
    cursor.end()?;
    Ok((Item::LastDay { less }, format!("L-{less}")))
}

/// `5#2`; it is read up to the `#`.
fn nth_weekday(weekday: &Value, mut cursor: Cursor<'_>) -> Result<(Item, String), Fault> {
    let start = cursor;
    let nth = match cursor.number() {
        Some(Number { value: nth @ 1..=5, .. }) => nth,
        _ => return Err(start.fault("a number from 1 to 5 must follow the #")),
    };
    cursor.end()?;
    let item = Item::NthWeekday { nth, weekday: from_monday(weekday.number) };
    Ok((item, format!("{}#{nth}", weekday.text)))
}

/// `a`, `a-b`, `a/n` or `a-b/n`; the `a` is read.
fn range(
    name: Name,
    first: &Value,
    mut cursor: Cursor<'_>,
    items: &mut Vec<Item>,
) -> Result<String, Fault> {
    let (lowest, highest) = bounds(name);
    let last = if cursor.eat('-') { Some(value(name, &mut cursor)?) } else { None };
    let step = step(name, &mut cursor)?;
    cursor.end()?;

    let mut text = first.text.clone();
    if let Some(last) = &last {
        text += &format!("-{}", last.text);
    }
    if let Some(step) = step {
        text += &format!("/{step}");
    }
    let end = match (&last, step) {
        // A range that runs backwards goes on from the lowest value.
        (Some(last), _) if last.number < first.number => last.number + highest - lowest + 1,
        (Some(last), _) => last.number,
        (None, Some(_)) => highest.max(first.number),
        (None, None) => first.number,
    };
    add_range(name, (first.number, end, step.unwrap_or(1)), items);
    Ok(text)
}

/// Adds `first`, `first + step` and so on, where the highest value is followed by the lowest.
fn add_range(name: Name, (first, last, step): (u32, u32, u32), items: &mut Vec<Item>) {
    let (lowest, highest) = bounds(name);
    if last <= highest && name != Name::DayOfWeek {
        items.push(Item::Values(Steps { first, last, step }));
        return;
    }
    for value in (Steps { first, last, step }).values() {
        let value = (value - lowest) % (highest - lowest + 1) + lowest;
        let value = if name == Name::DayOfWeek { from_monday(value) } else { value };
        items.push(Item::Values(Steps::one(value)));
    }
}

/// `/n`, if it is next.
fn step(name: Name, cursor: &mut Cursor<'_>) -> Result<Option<u32>, Fault> {
    if !cursor.eat('/') {
        return Ok(None);
    }
    let Some(step) = cursor.number() else {
        return Err(cursor.fault("a number must follow the slash"));
    };
    let (lowest, highest) = bounds(name);
    step.step(highest - lowest).map(Some)
}

/// A number or a name, and how it is written.
struct Value {
    number: u32,
    text: String,
}

fn value(name: Name, cursor: &mut Cursor<'_>) -> Result<Value, Fault> {
    if let Some(number) = cursor.number() {
        let (lowest, highest) = bounds(name);
        // Sunday has two numbers.
        let highest = if name == Name::DayOfWeek { 7 } else { highest };
        let number = number.within(name, lowest, highest)?;
        return Ok(Value { number, text: number.to_string() });
    }
    let (names, base): (&[&str], u32) = match name {
        Name::Month => (&MONTHS, 1),
        Name::DayOfWeek => (&WEEKDAYS, 0),
        _ => return Err(cursor.fault(format!("no expression for {}", name.text()))),
    };
    for (number, known) in (base..).zip(names) {
        let written = cursor.rest().as_bytes();
        if written.len() >= 3 && written[..3].eq_ignore_ascii_case(known.as_bytes()) {
            known.chars().for_each(|letter| assert!(cursor.eat(letter), "it was compared"));
            return Ok(Value { number, text: (*known).to_owned() });
        }
    }
    let reason = format!("no number or name: {} has {}", name.text(), names.join(", "));
    Err(cursor.fault(reason))
}

/// The lowest and the highest value of a field. A range that leaves them goes round.
const fn bounds(name: Name) -> (u32, u32) {
    match name {
        Name::DayOfWeek => (0, 6),
        _ => super::reference::bounds(name),
    }
}

/// The weekday that counts from 0 = Monday, of one that counts from 0 = Sunday, or 7.
fn from_monday(weekday: u32) -> u32 {
    (weekday + 6) % 7
}
