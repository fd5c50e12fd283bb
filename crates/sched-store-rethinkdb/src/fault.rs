//! Which errors pass by themselves.

use sched_core::store::StoreError;
use unreql::{Driver, Error, Runtime};

/// The error of a verb.
pub(crate) fn fault(operation: &'static str, error: Error) -> StoreError {
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

fn passes(error: &Error) -> bool {
    match error {
        // A connection that broke off may look like any error of the library's, such as JSON
        // without an end.
        Error::Driver(error) => !matches!(error, Driver::Auth(_)),
        // A server that is asked to end tells its last queries of an internal error.
        Error::Runtime(error) => matches!(error, Runtime::Availability(_) | Runtime::Internal(_)),
        Error::Compile(_) => false,
    }
}

/// An error of ours, in the form of the library's.
pub(crate) fn lost(kind: std::io::ErrorKind, reason: &str) -> Error {
    Driver::Io(kind, reason.to_owned()).into()
}
