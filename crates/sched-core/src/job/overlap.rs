//! What becomes of a fire that finds its job running in as many instances as it may.

use serde::{Deserialize, Serialize};

/// What becomes of a fire that finds its job running in as many instances as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Overlap {
    /// It is dropped, and reported.
    #[default]
    Skip,
    /// It waits for a run to end. Part of the stored job: it survives a restart where the store
    /// does.
    Queue {
        /// How many may wait; further ones are dropped, and reported. 1 or more.
        limit: u32,
    },
    /// The run that has gone on for longest is told to stop, on whichever scheduler it is, and the
    /// fire takes its place as soon as it has. Of several fires that wait so, the last is run.
    CancelRunning,
}
