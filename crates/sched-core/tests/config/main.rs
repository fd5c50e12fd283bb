//! Configuration: what is read, and what is refused with which words.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod formats;
mod keys;
mod plugins;
mod values;

use sched_core::config::{Config, Plugins};
use sched_core::{Error, Scheduler};
use serde_json::{Value, json};

/// The configuration in a JSON object.
fn read(values: Value) -> Result<Config, Error> {
    let Value::Object(values) = values else { panic!("a configuration is an object") };
    Config::from_map(values)
}

/// The scheduler that a configuration describes, without plugins of anybody's.
fn scheduler(values: Value) -> Result<Scheduler, Error> {
    read(values)?.into_builder(&Plugins::new())?.build()
}

/// What is said about a configuration that is refused, less the heading.
fn refusal<T>(answer: Result<T, Error>) -> String {
    let Err(error) = answer else { panic!("it was not refused") };
    let text = error.to_string();
    text.strip_prefix("configuration: ").expect("an error of the configuration").to_owned()
}

/// The usual configuration but for one key.
fn with(key: &str, value: Value) -> Value {
    let mut values = json!({"executors": {"default": {"type": "debug"}}});
    values[key] = value;
    values
}
