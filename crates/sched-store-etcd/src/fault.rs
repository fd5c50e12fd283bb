//! Which of the client library's errors pass by themselves.

use etcd_client::Error;
use sched_core::store::{BoxError, StoreError};
use tonic::Code;

/// The error of a verb.
pub(crate) fn fault(operation: &'static str, error: Error) -> StoreError {
    if passes(&error) { unavailable(operation, error) } else { refused(operation, error) }
}

/// An error that may pass.
pub(crate) fn unavailable(operation: &'static str, source: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable { operation, source: source.into() }
}

/// An error that stays.
pub(crate) fn refused(operation: &'static str, source: impl Into<BoxError>) -> StoreError {
    StoreError::Refused { operation, source: source.into() }
}

fn passes(error: &Error) -> bool {
    match error {
        // All else is how a lost connection looks, from one moment to the next: unknown, internal,
        // cancelled. `ResourceExhausted` is a full database, `OutOfRange` a history that was
        // compacted while we read.
        Error::GRpcStatus(status) => !matches!(
            status.code(),
            Code::InvalidArgument
                | Code::NotFound
                | Code::AlreadyExists
                | Code::PermissionDenied
                | Code::Unauthenticated
                | Code::FailedPrecondition
                | Code::Unimplemented
        ),
        // Addresses and certificates that cannot be used.
        Error::InvalidArgs(_) | Error::InvalidUri(_) | Error::TransportError(_) => false,
        _ => true,
    }
}
