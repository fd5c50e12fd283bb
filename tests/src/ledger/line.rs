//! The lines of a ledger: what happened, told by whoever did it.

use serde::{Deserialize, Serialize};

use super::duty::{Duty, Rhythm};
use super::options::Terms;

/// Microseconds since the Unix epoch, by the true clock of the machine.
pub(crate) type Micros = i64;

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) at: Micros,
    /// The process that wrote it.
    pub(crate) by: String,
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum What {
    /// The first line.
    Opened(Terms),
    /// A task was called.
    Begun(Mark),
    /// It came to its end.
    Ended { well: bool, mark: Mark },
    /// It was told to stop, and did.
    Stopped { reason: String, mark: Mark },
    /// What a scheduler says of itself: for the reader of a history, never for the judge.
    Told { job: Option<String>, text: String },
    /// The conductor told the store something about a job.
    Changed(Change),
    /// The conductor did something to a process or a server.
    Fault(Fault),
    /// The jobs that were still in the store when none should have been.
    Left { jobs: Vec<String> },
}

/// Which run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) job: String,
    pub(crate) scheduled: Micros,
    pub(crate) run: String,
    pub(crate) token: u64,
    pub(crate) attempt: u32,
}

/// Something done to a job through the conductor's scheduler, somewhen from `from` until `until`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) job: String,
    pub(crate) from: Micros,
    pub(crate) until: Micros,
    /// Whether it happened exactly once: it may have happened before a call that failed.
    pub(crate) once: bool,
    pub(crate) to: To,
}

/// What a job was told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum To {
    Added(Duty),
    Paused,
    Resumed,
    Rescheduled(Rhythm),
    /// To run now, beside its trigger.
    Run,
    Removed,
}

/// Something done to a process or a server. A process is named by what it signs its lines with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    Born {
        node: String,
    },
    Killed {
        node: String,
    },
    Frozen {
        node: String,
    },
    Thawed {
        node: String,
    },
    CutOff {
        node: String,
        how: String,
    },
    Rejoined {
        node: String,
    },
    /// Told to end in order, when all is over.
    Dismissed {
        node: String,
    },
    /// It ended although nobody had asked it to.
    Died {
        node: String,
    },
    Skewed {
        node: String,
        by_ms: i64,
        jumps_by_ms: i64,
    },
    StoreKilled,
    StoreBack,
}
