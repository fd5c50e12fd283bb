//! Which of the server's errors pass by themselves.

use mongodb::error::{Error, ErrorKind, RETRYABLE_ERROR, RETRYABLE_WRITE_ERROR, WriteFailure};
use sched_core::store::{BoxError, StoreError};

/// Codes of states that a server, or a set of servers, gets out of.
#[rustfmt::skip]
const PASSING: [i32; 38] = [
    // HostUnreachable, HostNotFound, NetworkTimeout, PooledConnectionsShutdown,
    // NetworkInterfaceExceededTimeLimit, ConnectionError, SocketException
    6, 7, 89, 95, 202, 384, 9001,
    // ShutdownInProgress, PrimarySteppedDown, NotPrimaryOrSecondary and its like, NotWritablePrimary,
    // InterruptedAtShutdown, InterruptedDueToReplStateChange
    91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
    // FailedToSatisfyReadPreference, ReadConcernMajorityNotAvailableYet, WriteConcernFailed,
    // UnsatisfiableWriteConcern, SnapshotUnavailable
    133, 134, 64, 100, 246,
    // StaleShardVersion, StaleEpoch, RetryChangeStream, StaleConfig
    63, 150, 234, 13388,
    // LockTimeout, LockBusy, WriteConflict, ConflictingOperationInProgress, QueryPlanKilled,
    // IndexBuildAborted
    24, 46, 112, 117, 175, 276,
    // CursorNotFound, CursorKilled, MaxTimeMSExpired, ExceededTimeLimit, Interrupted
    43, 237, 50, 262, 11601,
    // ExceededMemoryLimit, OutOfDiskSpace, IngressRequestRateLimitExceeded
    146, 14031, 462,
];
/// Labels of states that any server calls so.
const PASSING_LABELS: [&str; 2] = [RETRYABLE_ERROR, RETRYABLE_WRITE_ERROR];

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
    let passes = passes || PASSING_LABELS.iter().any(|label| error.contains_label(label));
    // The kind alone: the error shows the whole answer of the server, byte by byte.
    let source = match *error.kind {
        ErrorKind::Command(error) => said(error.code, &error.message),
        kind => kind.into(),
    };
    of(operation, passes, source)
}

/// The error of a verb that the server complained about.
pub(crate) fn complained(operation: &'static str, complaint: Complaint) -> StoreError {
    let Complaint { code, errmsg } = complaint;
    of(operation, PASSING.contains(&code), said(code, &errmsg))
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
                // Those after it were inserted all the same.
                let complaint = Complaint { code: other.code, errmsg };
                return Err(complained(operation, complaint).in_part());
            }
        }
    }
    let some = matches!(&*error.kind, ErrorKind::InsertMany(_));
    let error = fault(operation, error);
    Err(if some { error.in_part() } else { error })
}

/// What the server says, or its beginning: it may quote a whole request, with what is in the jobs.
fn said(code: i32, message: &str) -> BoxError {
    const ENOUGH: usize = 200;
    let message = &message[..message.floor_char_boundary(ENOUGH)];
    format!("error code {code}: {message}").into()
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
    fn a_request_is_not_quoted_at_length() {
        let text =
            said(13, &format!("not authorized to execute {}", "ä".repeat(1_000_000))).to_string();
        assert!(text.starts_with("error code 13: not authorized to execute ä"), "{text}");
        assert!(text.len() < 250, "{} bytes", text.len());
    }

    #[test]
    fn a_server_without_a_primary_comes_back_and_one_that_forbids_does_not() {
        for (code, passes) in [(10107, true), (189, true), (91, true), (13, false), (73, false)] {
            let error = complained("swap", Complaint { code, errmsg: "reason".to_owned() });
            assert_eq!(matches!(error, StoreError::Unavailable { .. }), passes, "{code}");
            assert_eq!(matches!(error, StoreError::Refused { .. }), !passes, "{code}");
        }
    }
}
