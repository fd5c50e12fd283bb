//! Why there is nothing to judge.

use std::io;
use std::path::PathBuf;

use sched_core::store::StoreError;

/// Why the ledger could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked for cannot be done on this store.
    #[error("{0}")]
    Unsuitable(String),
    /// No server of this kind could be started.
    #[error("there is no {0} to be started here; name one with --store URL")]
    NoServer(String),
    /// The store cannot be used.
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
    /// The scheduler refused something.
    #[error("the scheduler refused")]
    Scheduler(#[from] sched_core::Error),
    /// A file of the ledger cannot be written or read.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of the ledger makes no sense.
    #[error("{path}:{number}: not a line of a ledger")]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        number: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The ledger in this folder has no beginning.
    #[error("{0} holds no ledger")]
    NoLedger(PathBuf),
    /// A process could not be started or told something.
    #[error("{action}")]
    Process {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}
