//! What can go wrong with a worker, and the errors that come from one.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What went wrong with the worker process of a run: the source of the run's error, of the kind
/// [`RunErrorKind::Executor`](sched_core::task::RunErrorKind::Executor).
///
/// ```
/// use std::error::Error;
/// use std::os::unix::process::ExitStatusExt;
///
/// use sched_core::task::RunError;
/// use sched_exec_process::WorkerFault;
///
/// /// The signal that killed the run's process, if one did.
/// fn signal_of(error: &RunError) -> Option<i32> {
///     match error.source()?.downcast_ref()? {
///         WorkerFault::Died { exit, .. } => exit.signal(),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerFault {
    /// The process ended in the middle of the task: it crashed, was killed, or went beyond a
    /// limit.
    #[error("worker process {pid} ended in the middle of the task, {exit}{}", last_words(.stderr))]
    Died {
        /// The id that the process had.
        pid: u32,
        /// Its exit code, or the signal that ended it.
        exit: ExitStatus,
        /// The last that it wrote to its standard error during the run, 8 KiB at most.
        stderr: String,
    },
    /// The process ended before it could take a run.
    #[error(
        "worker process {pid} ended before it was ready, {exit}: does the program's main begin \
         with sched_exec_process::worker()?{}",
        last_words(.stderr)
    )]
    NeverReady {
        /// The id that the process had.
        pid: u32,
        /// Its exit code, or the signal that ended it.
        exit: ExitStatus,
        /// The last that it wrote to its standard error, 8 KiB at most.
        stderr: String,
    },
    /// The process was not ready in time, and was killed.
    #[error(
        "worker process {pid} was not ready after {limit:?}: does the program's main begin with \
         sched_exec_process::worker()?{}",
        last_words(.stderr)
    )]
    NotReadyInTime {
        /// The id that the process had.
        pid: u32,
        /// How long was waited for it.
        limit: Duration,
        /// The last that it wrote to its standard error, 8 KiB at most.
        stderr: String,
    },
    /// The process says that it cannot take runs.
    #[error("the worker process takes no runs: {reason}")]
    Unfit {
        /// Why.
        reason: String,
    },
    /// The process did not stop when it was told to, and was killed.
    #[error("worker process {pid} was killed: it did not stop within {courtesy:?}")]
    Killed {
        /// The id that the process had.
        pid: u32,
        /// How long was waited.
        courtesy: Duration,
    },
    /// The process could not be started.
    #[error("the worker process {program:?} could not be started: {source}")]
    Spawn {
        /// What was to be started.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A message between pool and worker could not be written or read.
    #[error("the worker process could not be talked to: {source}")]
    Talk {
        /// Why.
        #[from]
        source: io::Error,
    },
}

fn last_words(stderr: &str) -> String {
    match stderr.trim_end() {
        "" => String::new(),
        words => format!("; its last words: {words}"),
    }
}

/// An error of another process: what it said, and what its sources said. Its type stayed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Told {
    text: String,
    source: Option<Box<Told>>,
}

impl Told {
    pub(crate) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        // A loop, not a recursion: who knows how long a chain is.
        let mut texts = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        let last = texts.pop().unwrap_or_default();
        let innermost = Told { text: last, source: None };
        let wrap = |source, text| Told { text, source: Some(Box::new(source)) };
        texts.into_iter().rfold(innermost, wrap)
    }
}
