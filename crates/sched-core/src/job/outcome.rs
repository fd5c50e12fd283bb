//! What became of a job's fires, as anybody may read it later.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::job::RunId;
use crate::task::{Args, RunErrorKind};
use crate::time::Timestamp;

/// The longest result, as JSON, and the longest message that are kept with the job, in bytes.
const LONGEST: usize = 4_096;

/// What became of a fire of a job. Of each job the last is kept, in its store: every scheduler
/// that shares the store can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The moment that the trigger named.
    pub scheduled_run_time: Timestamp,
    /// When this was found, by the store's clock.
    pub at: Timestamp,
    /// The run; none if the fire never became one.
    pub run_id: Option<RunId>,
    /// 1 the first time; 0 if the fire never became a run.
    pub attempt: u32,
    /// What became of it.
    pub kind: OutcomeKind,
}

/// What became of a fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// The task succeeded.
    Success {
        /// Its result; none if it is longer than 4,096 bytes as JSON.
        result: Option<TaskValue>,
    },
    /// The run ended in an error.
    Error {
        /// What kind of trouble it was.
        kind: RunErrorKind,
        /// What it said; the beginning, if that is longer than 4,096 bytes.
        message: String,
    },
    /// It was too late to be run.
    Missed,
    /// The job ran in as many instances as it may.
    MaxInstances,
    /// Its scheduler died or had to stop it, and it is not run again.
    Lost,
}

/// A task's result, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskValue(Args);

impl TaskValue {
    /// The value.
    pub fn to_json(&self) -> Value {
        let mut wrapped: Vec<Value> = self.0.decode().unwrap_or_default();
        wrapped.pop().unwrap_or(Value::Null)
    }
}

impl Outcome {
    /// A fire that never became a run.
    pub(crate) fn unrun(scheduled: Timestamp, at: Timestamp, kind: OutcomeKind) -> Arc<Self> {
        Arc::new(Outcome { scheduled_run_time: scheduled, at, run_id: None, attempt: 0, kind })
    }
}

/// The end of a sentence about a fire.
impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutcomeKind::Success { .. } => f.write_str("was run, with success."),
            OutcomeKind::Error { message, .. } => {
                write!(f, "was run, and ended in an error: {message}.")
            }
            OutcomeKind::Missed => f.write_str("was too late to be run."),
            OutcomeKind::MaxInstances => {
                f.write_str("was dropped: the job ran in as many instances as it may.")
            }
            OutcomeKind::Lost => f.write_str("was lost: its scheduler died or had to stop it."),
        }
    }
}

impl OutcomeKind {
    /// A success with this result, if it is not too long to be kept.
    pub(crate) fn success(result: &Value) -> Self {
        let kept = Args::of(&[result]).ok().filter(|kept| kept.as_json().len() <= LONGEST + 2);
        OutcomeKind::Success { result: kept.map(TaskValue) }
    }

    /// An error that says this, or whatever of it can be kept.
    pub(crate) fn error(kind: RunErrorKind, mut message: String) -> Self {
        message.truncate(message.floor_char_boundary(LONGEST));
        OutcomeKind::Error { kind, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_off_between_two_characters() {
        for (message, kept) in [(String::new(), 0), ("é".repeat(LONGEST), LONGEST), {
            (format!("x{}", "é".repeat(LONGEST)), LONGEST - 1)
        }] {
            let OutcomeKind::Error { message: begins, .. } =
                OutcomeKind::error(RunErrorKind::Failed, message.clone())
            else {
                panic!()
            };
            assert_eq!(begins.len(), kept);
            assert!(message.starts_with(&begins));
        }
    }

    #[test]
    fn a_result_is_kept_unless_it_is_too_long() {
        for (value, kept) in [
            (Value::Null, true),
            (serde_json::json!({"rows": [1, 2.5, "three"]}), true),
            (Value::String("x".repeat(LONGEST - 2)), true),
            (Value::String("x".repeat(LONGEST - 1)), false),
        ] {
            let OutcomeKind::Success { result } = OutcomeKind::success(&value) else { panic!() };
            assert_eq!(result.map(|result| result.to_json()), kept.then_some(value));
        }
    }
}
