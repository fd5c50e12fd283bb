//! The state of a job of the reference.

use std::time::Duration;

use sched_core::Timestamp;
use sched_core::task::Args;
use serde_json::Value as Json;

use super::moment::optional_moment;
use super::{StoredJob, arguments, trigger, unexpected};
use crate::job::{ImportedJob, NextRun, Note, Refusal};
use crate::mapping::Mapping;
use crate::pickle::{self, Value};

/// Our job of one of the reference's.
pub(crate) fn read(
    stored: &StoredJob,
    mapping: &Mapping,
    now: Timestamp,
) -> Result<ImportedJob, Refusal> {
    if stored.state.is_empty() {
        return Err(Refusal::NoState);
    }
    let state = pickle::read(&stored.state)?;
    if !matches!(state, Value::Dict(_)) {
        return Err(unexpected("the state", "a dict"));
    }
    let version = state.get("version").and_then(Value::as_integer);
    let version = version.ok_or_else(|| unexpected("version", "a whole number"))?;
    if version > 1 {
        return Err(Refusal::Version { what: "the state", version, newest: 1 });
    }
    let mut notes = Vec::new();

    let function = text(&state, "func")?;
    let mapped = mapping.task(function)?;
    let args = state.get("args").and_then(Value::as_sequence);
    let args = args.ok_or_else(|| unexpected("args", "a tuple"))?;
    let Some(Value::Dict(kwargs)) = state.get("kwargs") else {
        return Err(unexpected("kwargs", "a dict"));
    };
    let args = match arguments::read(args, kwargs, &mapped, &mut notes)? {
        Json::Array(values) if values.is_empty() => Args::NONE,
        args => Args::from_json(args.to_string()).expect("it is an array or an object"),
    };

    let made = state.get("trigger").ok_or_else(|| unexpected("trigger", "a trigger"))?;
    let trigger = trigger::read(made, now, &mut notes)?;
    let misfire_grace_time = grace(&state)?;
    let next = next_run(stored, &state, &mut notes)?;
    if let (NextRun::At(next), Some(grace)) = (next, misfire_grace_time)
        && now.since(next) > grace
    {
        notes.push(Note::Overdue { due: next });
    }
    let max_instances = state.get("max_instances").and_then(Value::as_integer);
    let max_instances = max_instances.and_then(|limit| u32::try_from(limit).ok());
    Ok(ImportedJob {
        id: stored.id.clone(),
        name: text(&state, "name")?.to_owned(),
        origin: function.to_owned(),
        task: mapped.task,
        args,
        trigger,
        next,
        executor: mapping.executor(text(&state, "executor")?).to_owned(),
        misfire_grace_time,
        coalesce: is_true(state.get("coalesce")),
        max_instances: max_instances.ok_or_else(|| unexpected("max_instances", "above 0"))?,
        notes,
    })
}

fn text<'a>(state: &'a Value, name: &'static str) -> Result<&'a str, Refusal> {
    state.get(name).and_then(Value::as_text).ok_or_else(|| unexpected(name, "a text"))
}

fn grace(state: &Value) -> Result<Option<Duration>, Refusal> {
    let wrong = || unexpected("misfire_grace_time", "whole seconds above 0, or None");
    match state.get("misfire_grace_time") {
        Some(Value::None) => Ok(None),
        Some(Value::Integer(seconds)) => {
            let seconds = u64::try_from(*seconds).ok().filter(|seconds| *seconds > 0);
            Ok(Some(Duration::from_secs(seconds.ok_or_else(wrong)?)))
        }
        // The reference lets it slip through, and takes it for one second.
        Some(Value::Bool(true)) => Ok(Some(Duration::from_secs(1))),
        _ => Err(wrong()),
    }
}

/// What Python takes for true: anything is allowed there.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::None) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Integer(number)) => *number != 0,
        Some(Value::Float(number)) => *number != 0.0,
        Some(Value::Text(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

/// What decides in the reference is the store's own number; the state says it more exactly.
fn next_run(stored: &StoredJob, state: &Value, notes: &mut Vec<Note>) -> Result<NextRun, Refusal> {
    let said = optional_moment(state.get("next_run_time"), "next_run_time")?;
    let kept = stored.next_run_time.map(timestamp).transpose()?;
    if kept != said {
        notes.push(Note::StateDiffers { state: said });
    }
    Ok(kept.map_or(NextRun::Paused, NextRun::At))
}

/// A number of seconds has more than the 53 bits of a double only beyond the year 2255 at
/// microseconds; up to then this is exact.
fn timestamp(seconds: f64) -> Result<Timestamp, Refusal> {
    let micros = (seconds * 1_000_000.0).round();
    // The years 1 to 9999, which Python knows.
    if !(-62_135_596_800e6..253_402_300_800e6).contains(&micros) {
        return Err(unexpected("next_run_time", "seconds since 1970"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
    Ok(Timestamp::from_micros(micros as i64))
}
