//! Answers the cases of the trigger conformance corpus.
//!
//! A case is a trigger by name, a moment and perhaps a previous fire time; the answer is what a
//! scheduler that always wakes up exactly on time would see, at most `limit` fire times. The corpus
//! skips wall times inside a gap of the clock and takes both passes of a repeated one, so that is
//! what its triggers are built with here, unless their spec says otherwise: `"gap"`, `"fold"`, or
//! `"dst": "default"` for our own rule.

use std::error::Error;

use chrono::{DateTime, FixedOffset, Timelike};
use sched_core::trigger::{Defaults, Trigger, TriggerRegistry};
use sched_core::{Timestamp, Zone};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The answer to one case, each a line of JSON: `{"id", "got": [fire times], "error": bool}`.
///
/// `error` is true, and `got` empty, if the trigger is refused or the line makes no sense; then
/// `message` says why.
pub fn answer(line: &str) -> String {
    let case: Value = serde_json::from_str(line).unwrap_or_default();
    let answer = match fires(&case) {
        Ok(got) => json!({"id": case["id"], "got": got, "error": false}),
        Err(error) => {
            json!({"id": case["id"], "got": [], "error": true, "message": error.to_string()})
        }
    };
    answer.to_string()
}

fn fires(case: &Value) -> Result<Vec<String>> {
    let moment = |key: &str| case[key].as_str().map(DateTime::parse_from_rfc3339).transpose();
    let now = moment("now")?.map(Timestamp::from);
    let defaults = Defaults { zone: Zone::UTC, now: now.unwrap_or(Timestamp::from_secs(0)) };
    let kind = case["kind"].as_str().ok_or("a case needs a kind")?;
    let spec = case["spec"].as_object().ok_or("a case needs a spec")?;
    let spec = with_clock_rule(kind, spec, ClockRule::of_corpus());
    let trigger = TriggerRegistry::new().build(kind, &spec, &defaults)?;

    // A spec that must be refused comes without a moment.
    let Some(mut now) = now else {
        return Ok(Vec::new());
    };
    let mut previous = moment("prev")?.map(Timestamp::from);
    let limit = case["limit"].as_u64().ok_or("a case needs a limit")?;
    let mut fires = Vec::new();
    for _ in 0..limit {
        let Some(fire) = trigger.next_fire_time(previous, now) else {
            break;
        };
        fires.push(show(&trigger, fire)?);
        (previous, now) = (Some(fire), fire);
    }
    Ok(fires)
}

/// What triggers do where the clock is changed; what is null is left to our own rule.
#[derive(Clone)]
struct ClockRule {
    gap: Value,
    fold: Value,
}

impl ClockRule {
    fn of_corpus() -> Self {
        ClockRule { gap: json!("skip"), fold: json!("both") }
    }

    /// Takes what `spec` says about it out of `spec`.
    fn overridden_by(mut self, spec: &mut Map<String, Value>) -> Self {
        if spec.get("dst") == Some(&json!("default")) {
            spec.remove("dst");
            self = ClockRule { gap: Value::Null, fold: Value::Null };
        }
        self.gap = spec.remove("gap").unwrap_or(self.gap);
        self.fold = spec.remove("fold").unwrap_or(self.fold);
        self
    }
}

/// `spec` with the rule in it, where its kind of trigger has one. What `and` and `or` say holds for
/// their parts too.
fn with_clock_rule(kind: &str, spec: &Map<String, Value>, rule: ClockRule) -> Map<String, Value> {
    let mut spec = spec.clone();
    let rule = rule.overridden_by(&mut spec);
    match kind {
        "cron" | "crontab" | "standard_crontab" => {
            spec.insert("gap".to_owned(), rule.gap.clone());
            spec.insert("fold".to_owned(), rule.fold.clone());
        }
        // A date has one fire, the first.
        "calendarinterval" => {
            spec.insert("gap".to_owned(), rule.gap.clone());
        }
        _ => {}
    }
    if let Some(Value::Array(parts)) = spec.get_mut("triggers") {
        for part in parts {
            if let (Some(kind), Some(spec)) = (part["kind"].as_str(), part["spec"].as_object()) {
                part["spec"] = Value::Object(with_clock_rule(kind, spec, rule.clone()));
            }
        }
    }
    spec
}

/// RFC 3339 in the trigger's zone, with a fraction only where there is one.
fn show(trigger: &Trigger, fire: Timestamp) -> Result<String> {
    let zone = trigger.zone_at(fire).ok_or("a trigger without a zone")?;
    let date: DateTime<FixedOffset> = zone.date_at(fire).ok_or("a fire beyond all dates")?;
    let format =
        if date.nanosecond() == 0 { "%Y-%m-%dT%H:%M:%S%:z" } else { "%Y-%m-%dT%H:%M:%S%.6f%:z" };
    Ok(date.format(format).to_string())
}
