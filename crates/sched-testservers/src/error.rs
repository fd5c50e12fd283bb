//! Why there is no server.

use std::io;
use std::path::PathBuf;

use crate::Service;

/// Why a server of ours did not start or stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its launch was given up before it was ready.
    #[error("{0} was no longer wanted before it was ready")]
    GivenUp(Service),
    /// The machine does not have it.
    #[error("{0} is not installed")]
    NotInstalled(Service),
    /// Something around it went wrong.
    #[error("{service}: {action}")]
    Around {
        /// Which server.
        service: Service,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It was started and does not answer.
    #[error("{service} does not come up: {reason}; the end of {}:\n{log_end}", log.display())]
    NotUp {
        /// Which server.
        service: Service,
        /// It ended, or it takes too long.
        reason: &'static str,
        /// Where it wrote what it had to say.
        log: PathBuf,
        /// The last of that.
        log_end: String,
    },
    /// It was killed and is still there.
    #[error("{service}: process {pid} does not end")]
    NotGone {
        /// Which server.
        service: Service,
        /// Its process.
        pid: u32,
    },
}
