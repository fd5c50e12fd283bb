//! The language of the reference, field by field.
//!
//! Alternatives are separated by commas, with blanks around them as one likes:
//! `*`, `*/n`, `a`, `a-b`, `a-b/n`, `a/n` (up to the field's highest value); names of months and
//! weekdays and ranges of two names; for the day also `last`, `last fri`, `3rd wed`.
//! A range never runs backwards, and nothing may follow a name: the reference ignores what does.

use super::cursor::{Cursor, Fault, Number, split};
use super::field::Name;
use super::item::{Expression, Item, Steps};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const ORDINALS: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];

/// Reads `text`, the expression for the field `name`.
pub(super) fn expression(name: Name, text: &str) -> Result<Expression, Fault> {
    let trimmed = text.trim_start();
    let skipped = text.chars().count() - trimmed.chars().count();
    let mut items = Vec::new();
    let mut canonical = String::new();
    for (position, part) in split(trimmed.trim_end(), |c| c == ',') {
        let alternative = part.trim_start_matches(' ');
        let position = skipped + position + (part.len() - alternative.len());
        let cursor = Cursor::new(alternative.trim_end_matches(' '), position);
        let (item, text) = item(name, cursor)?;
        if !items.is_empty() {
            canonical.push(',');
        }
        canonical.push_str(&text);
        items.push(item);
    }
    Ok(Expression { items, text: canonical })
}

fn item(name: Name, mut cursor: Cursor<'_>) -> Result<(Item, String), Fault> {
    if cursor.rest().is_empty() {
        return Err(cursor.fault("an expression is missing"));
    }
    let (lowest, highest) = bounds(name);
    if cursor.eat('*') {
        let step = step(&mut cursor, highest - lowest)?;
        cursor.end()?;
        let text = step.map_or_else(|| "*".to_owned(), |step| format!("*/{step}"));
        let steps = Steps { first: lowest, last: highest, step: step.unwrap_or(1) };
        return Ok((Item::Values(steps), text));
    }
    match name {
        Name::Day if starts_with_word(cursor) => day_rule(cursor),
        Name::Month if starts_with_word(cursor) => named(name, &MONTHS, 1, cursor),
        Name::DayOfWeek if starts_with_word(cursor) => named(name, &WEEKDAYS, 0, cursor),
        _ => numbers(name, cursor),
    }
}

/// The lowest and the highest value of a field.
pub(super) const fn bounds(name: Name) -> (u32, u32) {
    match name {
        Name::Year => (super::civil::FIRST_YEAR, super::civil::LAST_YEAR),
        Name::Month => (1, 12),
        Name::Day => (1, 31),
        Name::Week => (1, 53),
        Name::DayOfWeek => (0, 6),
        Name::Hour => (0, 23),
        Name::Minute | Name::Second => (0, 59),
    }
}

/// `a`, `a-b`, `a-b/n` or `a/n`.
fn numbers(name: Name, mut cursor: Cursor<'_>) -> Result<(Item, String), Fault> {
    let (lowest, highest) = bounds(name);
    let Some(first) = cursor.number() else {
        return Err(cursor.fault(format!("no expression for {}", name.text())));
    };
    let first_value = first.within(name, lowest, highest)?;
    let last = if cursor.eat('-') {
        let Some(last) = cursor.number() else {
            return Err(cursor.fault("a number must follow the hyphen"));
        };
        let value = last.within(name, lowest, highest)?;
        if value < first_value {
            return Err(backwards(first));
        }
        Some(value)
    } else {
        None
    };
    let step = step(&mut cursor, last.unwrap_or(highest) - first_value)?;
    cursor.end()?;

    let mut text = first_value.to_string();
    if let Some(last) = last.filter(|last| *last != first_value) {
        text += &format!("-{last}");
    }
    if let Some(step) = step {
        text += &format!("/{step}");
    }
    let last = match (last, step) {
        (Some(last), _) => last,
        (None, Some(_)) => highest,
        (None, None) => first_value,
    };
    let steps = Steps { first: first_value, last, step: step.unwrap_or(1) };
    Ok((Item::Values(steps), text))
}

/// `/n`, if it is next, for a range that is `width` wide.
fn step(cursor: &mut Cursor<'_>, width: u32) -> Result<Option<u32>, Fault> {
    if !cursor.eat('/') {
        return Ok(None);
    }
    let Some(step) = cursor.number() else {
        return Err(cursor.fault("a number must follow the slash"));
    };
    step.step(width).map(Some)
}

/// A name or a range of two; the first of `names` stands for `base`.
fn named(
    name: Name,
    names: &[&str],
    base: u32,
    mut cursor: Cursor<'_>,
) -> Result<(Item, String), Fault> {
    let position = cursor.position();
    let first = one_of(names, name, &mut cursor)?;
    let last = if cursor.eat('-') { one_of(names, name, &mut cursor)? } else { first };
    cursor.end()?;
    if last < first {
        return Err(backwards(Number { value: 0, position }));
    }
    let mut text = names[first].to_owned();
    if last != first {
        text += &format!("-{}", names[last]);
    }
    let value = |place: usize| base + u32::try_from(place).expect("there are at most twelve names");
    Ok((Item::Values(Steps { first: value(first), last: value(last), step: 1 }), text))
}

/// `last`, `last fri` or `3rd wed`.
fn day_rule(mut cursor: Cursor<'_>) -> Result<(Item, String), Fault> {
    let start = cursor;
    let word = cursor.take_while(|b| b.is_ascii_alphanumeric()).to_ascii_lowercase();
    let nth = ORDINALS.iter().position(|ordinal| *ordinal == word);
    if nth.is_none() && word != "last" {
        let known = ORDINALS.join(", ");
        return Err(start.fault(format!("unknown word {word:?}: the day has {known} and last")));
    }
    if cursor.rest().is_empty() && nth.is_none() {
        return Ok((Item::LastDay { less: 0 }, word));
    }
    if cursor.take_while(|b| b == b' ').is_empty() {
        return Err(cursor.fault(format!("a blank and a weekday must follow {word}")));
    }
    let place = one_of(&WEEKDAYS, Name::DayOfWeek, &mut cursor)?;
    cursor.end()?;
    let text = format!("{word} {}", WEEKDAYS[place]);
    let weekday = u32::try_from(place).expect("there are seven weekdays");
    let item = match nth {
        Some(place) => {
            let nth = 1 + u32::try_from(place).expect("there are five ordinals");
            Item::NthWeekday { nth, weekday }
        }
        None => Item::LastWeekday { weekday },
    };
    Ok((item, text))
}

/// The place among `names` of the word that is next, in either case.
fn one_of(names: &[&str], name: Name, cursor: &mut Cursor<'_>) -> Result<usize, Fault> {
    let start = *cursor;
    let word = cursor.take_while(|b| b.is_ascii_alphanumeric()).to_ascii_lowercase();
    names.iter().position(|known| *known == word).ok_or_else(|| {
        let known = names.join(", ");
        start.fault(format!("unknown name {word:?}: {} has {known}", name.text()))
    })
}

/// Whether a word comes next, such as `3rd` or `last`, and not a number.
fn starts_with_word(mut cursor: Cursor<'_>) -> bool {
    let word = cursor.take_while(|b| b.is_ascii_alphanumeric());
    word.bytes().any(|b| b.is_ascii_alphabetic())
}

fn backwards(first: Number) -> Fault {
    Fault::new(first.position, "the range runs backwards")
}
