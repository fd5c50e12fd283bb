//! Which of the server's errors pass by themselves.

use mongodb::error::{Error, ErrorKind, WriteFailure};
use sched_core::store::{BoxError, StoreError};

/// Codes of states that a server, or a set of servers, gets out of: no network, no primary, another
/// primary, a time limit, a conflict, no room, an index in the making.
const PASSING: [i32; 38] = [
    6, 7, 24, 43, 46, 50, 63, 64, 89, 91, 95, 100, 112, 117, 133, 134, 146, 150, 175, 189, 202,
    234, 237, 246, 262, 276, 384, 462, 9001, 10058, 10107, 11600, 11601, 11602, 13388, 13435,
    13436, 14031,
];

/// `DuplicateKey`: the `_id` is another document's.
pub(crate) const TAKEN: i32 = 11000;

/// What a server says beside an answer: of one statement, or of all.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Complaint {
    pub(crate) code: i32,
    #[serde(default)]
    pub(crate) errmsg: String,
}

/// The error of a verb.
pub(crate) fn fault(operation: &'static str, error: Error) -> StoreError {
    let passes = match &*error.kind {
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::ServerSelection { .. } => true,
        kind => code(kind).is_some_and(|code| PASSING.contains(&code)),
    };
    let passes = passes
        || ["RetryableError", "RetryableWriteError"]
            .iter()
            .any(|label| error.contains_label(label));
    // The kind alone: the error shows the whole answer of the server, byte by byte.
    let source: BoxError = error.kind;
    of(operation, passes, source)
}

/// The error of a verb that the server complained about.
pub(crate) fn complained(operation: &'static str, complaint: Complaint) -> StoreError {
    let Complaint { code, errmsg } = complaint;
    of(operation, PASSING.contains(&code), format!("error code {code}: {errmsg}").into())
}

/// An error that stays.
pub(crate) fn refused(operation: &'static str, source: impl Into<BoxError>) -> StoreError {
    of(operation, false, source.into())
}

/// An error that passes.
pub(crate) fn unavailable(operation: &'static str, source: impl Into<BoxError>) -> StoreError {
    of(operation, true, source.into())
}

/// Which documents of a batch were not inserted since their `_id`s are taken.
///
/// # Errors
/// When something else happened.
pub(crate) fn taken(operation: &'static str, error: Error) -> Result<Vec<usize>, StoreError> {
    if let ErrorKind::InsertMany(failure) = &*error.kind
        && failure.write_concern_error.is_none()
        && let Some(errors) = &failure.write_errors
    {
        match errors.iter().find(|error| error.code != TAKEN) {
            None => return Ok(errors.iter().map(|error| error.index).collect()),
            Some(other) => {
                let errmsg = other.message.clone();
                return Err(complained(operation, Complaint { code: other.code, errmsg }));
            }
        }
    }
    Err(fault(operation, error))
}

fn of(operation: &'static str, passes: bool, source: BoxError) -> StoreError {
    if passes {
        StoreError::Unavailable { operation, source }
    } else {
        StoreError::Refused { operation, source }
    }
}

fn code(kind: &ErrorKind) -> Option<i32> {
    match kind {
        ErrorKind::Command(error) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        ErrorKind::InsertMany(failure) => failure.write_concern_error.as_ref().map(|e| e.code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_primary_comes_back_and_one_that_forbids_does_not() {
        for (code, passes) in [(10107, true), (189, true), (91, true), (13, false), (73, false)] {
            let error = complained("swap", Complaint { code, errmsg: "reason".to_owned() });
            assert_eq!(matches!(error, StoreError::Unavailable { .. }), passes, "{code}");
            assert_eq!(matches!(error, StoreError::Refused { .. }), !passes, "{code}");
        }
    }
}
