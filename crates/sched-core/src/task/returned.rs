//! What a task's function returned, whichever kind of value it is.

use serde::Serialize;

use crate::task::{IntoOutcome, TaskError, TaskResult};

/// What a task's function returned.
///
/// `#[task]` sees the name of a type and not what it stands for: an alias of `Result` looks like
/// any other value. So the compiler chooses. The method of this type comes before that of
/// [`PlainValue`] wherever its bound is met, and an error is never taken for a value.
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T: IntoOutcome> Returned<T> {
    /// The outcome that the value stands for.
    ///
    /// # Errors
    /// As [`IntoOutcome::into_outcome`].
    pub fn into_task_result(self) -> TaskResult {
        self.0.into_outcome()
    }
}

/// A value that says nothing of success or failure: to return it is a success.
pub trait PlainValue {
    /// The outcome.
    ///
    /// # Errors
    /// That the value cannot be written as JSON.
    fn into_task_result(self) -> TaskResult;
}

impl<T: Serialize> PlainValue for Returned<T> {
    fn into_task_result(self) -> TaskResult {
        serde_json::to_value(self.0).map_err(TaskError::new)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    type Answer = Result<u8, String>;

    #[test]
    fn a_plain_value_is_a_success_and_an_error_by_any_name_is_not() {
        assert_eq!(Returned(vec![1, 2]).into_task_result().unwrap(), json!([1, 2]));
        assert_eq!(Returned(()).into_task_result().unwrap(), Value::Null);
        let answers: [Answer; 2] = [Ok(3), Err("no".to_owned())];
        let [good, bad] = answers.map(|answer| Returned(answer).into_task_result());
        assert_eq!(good.unwrap(), json!(3));
        assert_eq!(bad.unwrap_err().to_string(), "no");
        let passed_on: TaskResult = Err(TaskError::new("broken"));
        let passed_on = Returned(passed_on).into_task_result();
        assert_eq!(passed_on.unwrap_err().to_string(), "broken");
    }
}
