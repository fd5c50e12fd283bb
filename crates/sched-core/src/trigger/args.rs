//! The arguments of a trigger that is built by name, read from JSON.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Field, Fold, Gap, Jitter, TriggerError, When};
use crate::zone::Zone;

/// Arguments by name. One that is null counts as not given.
pub(super) struct Args<'a> {
    values: &'a Map<String, Value>,
}

/// Arguments that every built-in trigger has.
const JITTER: [&str; 2] = ["jitter", "jitter_seed"];

impl<'a> Args<'a> {
    /// Refuses names that are neither in `known` nor of jitter.
    pub(super) fn new(
        trigger: &str,
        values: &'a Map<String, Value>,
        known: &[&str],
    ) -> Result<Self, TriggerError> {
        match values.keys().find(|name| !known.iter().chain(&JITTER).any(|known| known == name)) {
            None => Ok(Args { values }),
            Some(name) => Err(TriggerError::UnknownArgument {
                trigger: trigger.to_owned(),
                name: name.clone(),
                known: [known, &JITTER].concat().join(", "),
            }),
        }
    }

    fn get(&self, field: &str) -> Option<&'a Value> {
        self.values.get(field).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        field: &'static str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, TriggerError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(TriggerError::value(field, format!("must be {expected}, not {value}"))),
        }
    }

    /// A number, 0 if not given.
    pub(super) fn number(&self, field: &'static str) -> Result<f64, TriggerError> {
        Ok(self.read(field, "a number", Value::as_f64)?.unwrap_or(0.0))
    }

    /// A whole number from 0 on, 0 if not given.
    pub(super) fn count(&self, field: &'static str) -> Result<u32, TriggerError> {
        let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
        Ok(self.read(field, "a whole number, 0 or more", count)?.unwrap_or(0))
    }

    pub(super) fn flag(&self, field: &'static str) -> Result<bool, TriggerError> {
        Ok(self.read(field, "true or false", Value::as_bool)?.unwrap_or(false))
    }

    pub(super) fn text(&self, field: &'static str) -> Result<Option<&'a str>, TriggerError> {
        self.read(field, "a text", Value::as_str)
    }

    pub(super) fn list(&self, field: &'static str) -> Result<Option<&'a Vec<Value>>, TriggerError> {
        self.read(field, "a list", Value::as_array)
    }

    /// A cron expression: a text, or a number.
    pub(super) fn cron_field(&self, field: &'static str) -> Result<Option<Field>, TriggerError> {
        self.read(field, "a text or a number", |value| match value {
            Value::String(text) => Some(Field::from(text.as_str())),
            Value::Number(number) => Some(Field::from(number.to_string())),
            _ => None,
        })
    }

    pub(super) fn when(&self, field: &'static str) -> Result<Option<When>, TriggerError> {
        Ok(self.read(field, "a date as text", Value::as_str)?.map(When::from))
    }

    /// `timezone`.
    pub(super) fn zone(&self) -> Result<Option<Zone>, TriggerError> {
        Ok(self.text("timezone")?.map(str::parse).transpose()?)
    }

    /// `gap`.
    pub(super) fn gap(&self) -> Result<Option<Gap>, TriggerError> {
        self.read("gap", "\"shift\" or \"skip\"", |value| match value.as_str()? {
            "shift" => Some(Gap::Shift),
            "skip" => Some(Gap::Skip),
            _ => None,
        })
    }

    /// `fold`.
    pub(super) fn fold(&self) -> Result<Option<Fold>, TriggerError> {
        self.read("fold", "\"first\" or \"both\"", |value| match value.as_str()? {
            "first" => Some(Fold::First),
            "both" => Some(Fold::Both),
            _ => None,
        })
    }

    /// `jitter`, in seconds, and `jitter_seed`.
    pub(super) fn jitter(&self) -> Result<Option<Jitter>, TriggerError> {
        let seconds = |value: &Value| Duration::try_from_secs_f64(value.as_f64()?).ok();
        let most = self.read("jitter", "a number of seconds, 0 or more", seconds)?;
        let seed = self.read("jitter_seed", "a whole number, 0 or more", Value::as_u64)?;
        Ok(most.and_then(|most| Jitter::new(most, seed.unwrap_or(0))))
    }
}
