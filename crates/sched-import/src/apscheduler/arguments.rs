//! Arguments of a function of Python as JSON.

use chrono::SecondsFormat;
use serde_json::{Map, Number, Value as Json};

use super::moment::{self, StoredDate};
use crate::job::{Note, Refusal};
use crate::mapping::Mapped;
use crate::pickle::{Class, Object, Value};

/// Positional and named arguments as those of the task that the function is mapped to: an array
/// where all are positional, else an object.
pub(super) fn read(
    args: &[Value],
    kwargs: &[(Value, Value)],
    mapped: &Mapped,
    notes: &mut Vec<Note>,
) -> Result<Json, Refusal> {
    let mut noted = Vec::new();
    let mut positional = Vec::with_capacity(args.len());
    for value in args {
        positional.push(json(value, &mut noted)?);
    }
    let mut named = Map::new();
    for (name, value) in kwargs {
        let name = name.as_text().ok_or(Refusal::Key)?;
        named.insert(name.to_owned(), json(value, &mut noted)?);
    }
    notes.extend(noted.into_iter().map(|(what, as_what)| Note::Argument { what, as_what }));
    match &mapped.args {
        None if named.is_empty() => Ok(Json::Array(positional)),
        None if positional.is_empty() => Ok(Json::Object(named)),
        None => Err(Refusal::Positions { given: positional.len(), named: 0 }),
        Some(names) => {
            if positional.len() > names.len() {
                return Err(Refusal::Positions { given: positional.len(), named: names.len() });
            }
            for (name, value) in names.iter().zip(positional) {
                if named.insert(name.clone(), value).is_some() {
                    return Err(Refusal::Twice { name: name.clone() });
                }
            }
            Ok(Json::Object(named))
        }
    }
}

/// What had no form of its own in JSON, and what it became.
type Noted = Vec<(&'static str, &'static str)>;

fn json(value: &Value, noted: &mut Noted) -> Result<Json, Refusal> {
    let mut became = |what, as_what| {
        if !noted.contains(&(what, as_what)) {
            noted.push((what, as_what));
        }
    };
    Ok(match value {
        Value::None => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Integer(number) => Json::Number(
            Number::from_i128(*number)
                .ok_or(Refusal::NoJson { what: "an int of more than 64 bits" })?,
        ),
        Value::Float(number) => {
            let what = "a float that is no number, or infinite";
            Json::Number(Number::from_f64(*number).ok_or(Refusal::NoJson { what })?)
        }
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(_) => return Err(Refusal::NoJson { what: "bytes" }),
        Value::List(values) | Value::Tuple(values) => array(values, noted)?,
        Value::Set(values) => {
            became("a set", "an array");
            array(values, noted)?
        }
        Value::Dict(items) => {
            let mut map = Map::new();
            for (key, value) in items {
                let key = key.as_text().ok_or(Refusal::Key)?;
                map.insert(key.to_owned(), json(value, noted)?);
            }
            Json::Object(map)
        }
        Value::Class(_) => return Err(Refusal::NoJson { what: "a class or a function" }),
        Value::Object(object) => {
            let (json, what, as_what) = of_object(object)?;
            became(what, as_what);
            json
        }
    })
}

fn array(values: &[Value], noted: &mut Noted) -> Result<Json, Refusal> {
    Ok(Json::Array(values.iter().map(|value| json(value, noted)).collect::<Result<_, _>>()?))
}

/// What a reader of JSON makes the same value of again; what it was and is.
fn of_object(object: &Object) -> Result<(Json, &'static str, &'static str), Refusal> {
    let text = |text: String, what| Ok((Json::String(text), what, "a text"));
    if let Some(date) = moment::date_time(object)? {
        return text(iso(&date), "a datetime");
    }
    if let Some(date) = moment::plain_date(object) {
        return text(date.to_string(), "a date");
    }
    if let Some(time) = moment::plain_time(object) {
        return text(time.to_string(), "a time");
    }
    if let Some(micros) = moment::time_delta_of(object) {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
        let seconds = Number::from_f64(micros as f64 / 1e6).expect("it is finite");
        return Ok((Json::Number(seconds), "a timedelta", "a number of seconds"));
    }
    match (object.class, object.arguments.as_slice()) {
        (Class::Decimal, [Value::Text(digits)]) => text(digits.clone(), "a Decimal"),
        (class, _) => Err(Refusal::NoJson { what: class.name() }),
    }
}

fn iso(date: &StoredDate) -> String {
    match date.with_offset() {
        Some(date) => date.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        None => date.wall.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
    }
}
