//! How a run ended, as the task says it and as the scheduler tells it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a call comes to: a value for the record, or an error.
pub type TaskResult = Result<Value, TaskError>;

/// What a task failed with: any error.
#[derive(Debug)]
pub struct TaskError(Box<dyn Error + Send + Sync>);

impl TaskError {
    /// `error` as what a task failed with.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        TaskError(error.into())
    }

    /// The error as the task returned it.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

/// So that a task may return a [`TaskResult`].
impl From<TaskError> for Box<dyn Error + Send + Sync> {
    fn from(error: TaskError) -> Self {
        error.0
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An error that another attempt would not change: a task that returns it is not tried again,
/// whatever the job says.
///
/// ```
/// use sched_core::task::Permanent;
///
/// async fn send(to: String) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     if !to.contains('@') {
///         return Err(Permanent::new(format!("{to:?} is no address")).into());
///     }
///     Ok(())
/// }
/// # let _ = send;
/// ```
#[derive(Debug)]
pub struct Permanent(Box<dyn Error + Send + Sync>);

impl Permanent {
    /// The error, which stays as it is.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Permanent(error.into())
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Permanent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What a task may return: nothing, or a `Result` with a value that serde can write and any error.
pub trait IntoOutcome {
    /// The outcome.
    ///
    /// # Errors
    /// The task's own, or that its value cannot be written as JSON.
    fn into_outcome(self) -> TaskResult;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> TaskResult {
        Ok(Value::Null)
    }
}

impl<T: Serialize, E: Into<Box<dyn Error + Send + Sync>>> IntoOutcome for Result<T, E> {
    fn into_outcome(self) -> TaskResult {
        match self {
            Ok(value) => serde_json::to_value(value).map_err(TaskError::new),
            Err(error) => Err(TaskError::new(error)),
        }
    }
}

/// Why a run has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunErrorKind {
    /// The task returned an error.
    Failed,
    /// The task panicked.
    Panicked,
    /// The run took longer than its time-out.
    TimedOut,
    /// The run was cancelled.
    Cancelled,
    /// The stored arguments do not fit the task.
    BadArguments,
    /// The executor could not run it, or gave it up.
    Executor,
}

/// Why a run has no result. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunError {
    kind: RunErrorKind,
    source: Arc<dyn Error + Send + Sync>,
}

impl RunError {
    /// An error of the given kind; executors make those of [`RunErrorKind::Executor`].
    pub fn new(kind: RunErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        RunError { kind, source: source.into().into() }
    }

    pub(crate) fn failed(error: TaskError) -> Self {
        RunError { kind: RunErrorKind::Failed, source: error.0.into() }
    }

    /// What kind of trouble it was.
    pub fn kind(&self) -> RunErrorKind {
        self.kind
    }

    /// Whether the task said that another attempt would not change it.
    pub fn is_permanent(&self) -> bool {
        self.source.is::<Permanent>()
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            RunErrorKind::Failed => "the task failed",
            RunErrorKind::Panicked => "the task panicked",
            RunErrorKind::TimedOut => "the run timed out",
            RunErrorKind::Cancelled => "the run was cancelled",
            RunErrorKind::BadArguments => "the arguments do not fit the task",
            RunErrorKind::Executor => "the executor could not run it",
        };
        write!(f, "{what}: {}", self.source)
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
