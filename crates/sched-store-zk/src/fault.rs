//! Which of the server's errors pass by themselves.

use sched_core::store::{BoxError, StoreError};
use zookeeper_client::Error;

/// The error of a verb.
pub(crate) fn fault(operation: &'static str, error: Error) -> StoreError {
    match error {
        // The client's only word on addresses and paths.
        Error::BadArguments(reason) => StoreError::Settings((*reason).to_owned()),
        Error::NoAuth
        | Error::AuthFailed
        | Error::InvalidAcl
        | Error::QuotaExceeded
        | Error::MarshallingError
        | Error::UnmarshalError { .. }
        | Error::Unimplemented
        | Error::NoNode
        | Error::NodeExists
        | Error::NotEmpty
        | Error::BadVersion
        | Error::NoChildrenForEphemerals => refused(operation, error),
        // A connection or session that is gone, a server that is busy or has no quorum.
        _ => StoreError::Unavailable { operation, source: Box::new(error) },
    }
}

/// An error that stays.
pub(crate) fn refused(operation: &'static str, source: impl Into<BoxError>) -> StoreError {
    StoreError::Refused { operation, source: source.into() }
}
