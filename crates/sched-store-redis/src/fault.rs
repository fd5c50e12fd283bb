//! Which of the server's errors pass by themselves.

use redis::{ErrorKind, RedisError, RetryMethod};
use sched_core::store::StoreError;

/// Codes of states that a server gets out of, which the client library does not know: no memory
/// left, no disk to write to, too few replicas, another script at work.
const PASSING: [&str; 4] = ["OOM", "MISCONF", "NOREPLICAS", "BUSY"];

/// The error of a verb.
pub(crate) fn fault(operation: &'static str, error: RedisError) -> StoreError {
    if passes(&error) {
        StoreError::Unavailable { operation, source: Box::new(error) }
    } else {
        refused(operation, error)
    }
}

/// An error that stays.
pub(crate) fn refused(
    operation: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Refused { operation, source: source.into() }
}

fn passes(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Io => true,
        ErrorKind::AuthenticationFailed => false,
        ErrorKind::Extension => error.code().is_some_and(|code| PASSING.contains(&code)),
        _ if !matches!(error.retry_method(), RetryMethod::NoRetry) => true,
        // It has no code of its own.
        _ => error.detail().is_some_and(|text| text.starts_with("max number of clients")),
    }
}
