//! Triggers as people read them: their stored form, with moments and spans as text and without what
//! says nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::text::{Moment, Span};
use crate::trigger::Trigger;
use crate::zone::Zone;

type Fields = Map<String, Value>;

/// The fields that are moments wherever they are numbers in the stored form; a calendar's are dates
/// without a time, and text.
const MOMENTS: [&str; 3] = ["run_date", "start_date", "end_date"];
/// What the numbers of a calendar's interval count.
const STEPS: [&str; 4] = ["years", "months", "weeks", "days"];
/// As deep as triggers can be nested, and a little more: what is deeper is refused by them.
const MOST_LEVELS: usize = 64;

/// The form for people.
pub(super) fn written(trigger: &Trigger) -> Result<Value, String> {
    let stored = serde_json::to_value(trigger).map_err(|error| error.to_string())?;
    outward(stored).ok_or_else(|| "a trigger whose stored form is not known here".to_owned())
}

/// The trigger of a form for people; one of the user's own is not resolved yet.
pub(super) fn read(form: Value) -> Result<Trigger, String> {
    let stored = inward(form.clone(), 0)?;
    let trigger: Trigger = serde_json::from_value(stored).map_err(|error| error.to_string())?;
    // The stored form passes over what it does not know. People mistype.
    match unknown(&form, &written(&trigger)?) {
        Some(name) => Err(format!("unknown field `{name}`")),
        None => Ok(trigger),
    }
}

fn outward(stored: Value) -> Option<Value> {
    let Value::Object(mut stored) = stored else { return None };
    let Value::Object(kinds) = stored.remove("kind")? else { return None };
    let (kind, fields) = kinds.into_iter().next()?;
    let Value::Object(mut fields) = fields else { return None };
    fields.remove("version");
    fields.retain(|_, value| !value.is_null());
    let zone = fields.get("timezone").and_then(Value::as_str).and_then(|name| name.parse().ok());
    let zone: Zone = zone.unwrap_or(Zone::UTC);
    for name in MOMENTS {
        if let Some(micros) = fields.get(name).and_then(Value::as_i64) {
            let moment = Moment(crate::Timestamp::from_micros(micros), zone);
            fields.insert(name.to_owned(), serde_json::to_value(moment).ok()?);
        }
    }
    match kind.as_str() {
        "interval" => {
            let micros = fields.remove("interval")?.as_u64()?;
            fields.insert("every".to_owned(), span(micros));
        }
        "calendarinterval" => {
            let steps = fields.remove("interval")?;
            for (name, count) in STEPS.into_iter().zip(steps.as_array()?) {
                if count.as_u64()? > 0 {
                    fields.insert(name.to_owned(), count.clone());
                }
            }
            let time: Vec<u32> = serde_json::from_value(fields.remove("time")?).ok()?;
            let [hour, minute, second] = time[..] else { return None };
            fields.insert("time".to_owned(), json!(format!("{hour:02}:{minute:02}:{second:02}")));
        }
        "and" | "or" => {
            let Value::Array(parts) = fields.remove("triggers")? else { return None };
            let parts: Option<Vec<Value>> = parts.into_iter().map(outward).collect();
            fields.insert("triggers".to_owned(), Value::Array(parts?));
        }
        "custom" => {
            let state = serde_json::from_str(fields.remove("state")?.as_str()?).ok()?;
            fields.insert("state".to_owned(), state);
        }
        _ => {}
    }
    let mut form = Map::from_iter([(kind, Value::Object(fields))]);
    if let Some(Value::Object(jitter)) = stored.remove("jitter") {
        let most = span(jitter.get("most")?.as_u64()?);
        form.insert("jitter".to_owned(), json!({ "most": most, "seed": jitter.get("seed")? }));
    }
    Some(Value::Object(form))
}

fn inward(form: Value, level: usize) -> Result<Value, String> {
    if level > MOST_LEVELS {
        return Err("triggers are nested too deeply".to_owned());
    }
    let Value::Object(mut form) = form else {
        return Err("a trigger is an object such as {\"interval\": {...}}".to_owned());
    };
    let jitter = match form.remove("jitter") {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Object(mut jitter)) => {
            let most = micros(&mut jitter, "jitter", "most")?;
            let seed = jitter.remove("seed").unwrap_or(json!(0));
            nothing_left(jitter, "jitter")?;
            json!({ "most": most, "seed": seed })
        }
        Some(_) => return Err("jitter: expected {\"most\": \"5m\", \"seed\": 0}".to_owned()),
    };
    let mut kinds = form.into_iter();
    let (Some((kind, Value::Object(mut fields))), None) = (kinds.next(), kinds.next()) else {
        return Err(
            "a trigger is one kind with its fields, such as {\"interval\": {...}}".to_owned()
        );
    };
    for name in MOMENTS {
        // Else a plain date, or for the trigger to complain of.
        if kind != "calendarinterval"
            && let Some(given) = fields.get(name).filter(|given| !given.is_null())
        {
            let moment: Moment = serde_json::from_value(given.clone())
                .map_err(|error| format!("{kind}.{name}: {error}"))?;
            fields.insert(name.to_owned(), json!(moment.0.as_micros()));
        }
    }
    match kind.as_str() {
        "interval" => {
            let every = micros(&mut fields, "interval", "every")?;
            fields.insert("interval".to_owned(), json!(every));
            for absent in [("end_date", Value::Null), ("fixed_delay", json!(false))] {
                fields.entry(absent.0).or_insert(absent.1);
            }
        }
        "calendarinterval" => calendar_inward(&mut fields)?,
        "and" | "or" => {
            let Some(Value::Array(parts)) = fields.remove("triggers") else {
                return Err(format!("{kind}: triggers: expected a list"));
            };
            let parts = parts.into_iter().map(|part| inward(part, level + 1));
            let parts: Result<Vec<Value>, String> = parts.collect();
            fields.insert("triggers".to_owned(), Value::Array(parts?));
        }
        "custom" => {
            let state = fields.remove("state").unwrap_or_default();
            fields.insert("state".to_owned(), json!(state.to_string()));
        }
        _ => {}
    }
    Ok(json!({ "kind": { kind: fields }, "jitter": jitter }))
}

fn calendar_inward(fields: &mut Fields) -> Result<(), String> {
    let mut steps = Vec::new();
    for name in STEPS {
        steps.push(fields.remove(name).unwrap_or(json!(0)));
    }
    fields.insert("interval".to_owned(), Value::Array(steps));
    let time = fields.remove("time").unwrap_or(json!("00:00:00"));
    let parts = time.as_str().map(|time| time.split(':').map(str::parse::<u32>).collect());
    let Some(Ok::<Vec<u32>, _>(parts)) = parts else {
        return Err(format!("calendarinterval.time: {time} is no time such as \"09:00:00\""));
    };
    fields.insert("time".to_owned(), json!(parts));
    for absent in ["end_date", "gap"] {
        fields.entry(absent).or_insert(Value::Null);
    }
    Ok(())
}

fn span(micros: u64) -> Value {
    json!(Span(Duration::from_micros(micros)).to_string())
}

fn micros(fields: &mut Fields, of: &str, name: &str) -> Result<u64, String> {
    let given = fields.remove(name).ok_or_else(|| format!("{of}: missing field `{name}`"))?;
    let span: Span =
        serde_json::from_value(given).map_err(|error| format!("{of}.{name}: {error}"))?;
    u64::try_from(span.0.as_micros()).map_err(|_| format!("{of}.{name}: too long"))
}

fn nothing_left(fields: Fields, of: &str) -> Result<(), String> {
    match fields.into_iter().next() {
        Some((name, _)) => Err(format!("{of}: unknown field `{name}`")),
        None => Ok(()),
    }
}

/// A field that is given and has not become part of the trigger.
fn unknown(given: &Value, taken: &Value) -> Option<String> {
    match (given, taken) {
        (Value::Object(given), Value::Object(taken)) => given.iter().find_map(|(name, value)| {
            // What is a trigger's own is its own to judge.
            if name == "state" {
                return None;
            }
            match taken.get(name) {
                Some(taken) => unknown(value, taken).map(|inner| format!("{name}.{inner}")),
                None => (!value.is_null() && *value != json!(0)).then(|| name.clone()),
            }
        }),
        (Value::Array(given), Value::Array(taken)) => {
            given.iter().zip(taken).find_map(|(given, taken)| unknown(given, taken))
        }
        _ => None,
    }
}
