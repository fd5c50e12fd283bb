//! What a function may return, and what that means.

use std::fmt;

use sched_core::task;
use sched_core::task::{TaskError, TaskResult};
use serde_json::{Value, json};

use crate::run;

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

type Answer = Result<u8, String>;

#[task]
fn unit() {}

#[task]
async fn list() -> Vec<Option<u8>> {
    vec![Some(1), None]
}

#[task]
async fn checked(fine: bool) -> Result<(), Broken> {
    if fine { Ok(()) } else { Err(Broken) }
}

#[task]
fn boxed(fine: bool) -> std::result::Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    if fine { Ok(1) } else { Err("boxed".into()) }
}

#[task]
fn renamed(fine: bool) -> Answer {
    if fine { Ok(2) } else { Err("renamed".to_owned()) }
}

#[task]
async fn ready_made(fine: bool) -> TaskResult {
    if fine { Ok(json!({"ready": true})) } else { Err(TaskError::new(Broken)) }
}

#[tokio::test]
async fn a_value_is_a_success() {
    let cases = [
        (unit.call(), Value::Null),
        (list.call(), json!([1, null])),
        (checked.call(true), Value::Null),
        (boxed.call(true), json!(1)),
        (renamed.call(true), json!(2)),
        (ready_made.call(true), json!({"ready": true})),
    ];
    for (call, expected) in cases {
        let task = call.task().clone();
        assert_eq!(run(call).await, Ok(expected), "{task}");
    }
}

#[tokio::test]
async fn an_error_is_a_failure_by_whatever_name() {
    let cases = [
        (checked.call(false), "broken"),
        (boxed.call(false), "boxed"),
        (renamed.call(false), "renamed"),
        (ready_made.call(false), "broken"),
    ];
    for (call, expected) in cases {
        let task = call.task().clone();
        assert_eq!(run(call).await, Err(format!("the task failed: {expected}")), "{task}");
    }
}
