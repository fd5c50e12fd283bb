//! A job on its way from one store to another.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::job::LiveBody;

/// Which end of a move a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// What the job was when it left: nobody runs it any more, and it is what arrives.
    Departed,
    /// The place that is kept for it. The job in it only shows that the store can take it.
    Arriving,
}

/// One end of a move: what stands in a store in place of the job.
#[derive(Debug, Clone)]
pub(crate) struct Transit {
    pub(crate) end: End,
    /// Drawn for each place that is kept, and the same at both ends: an end that departed belongs
    /// to this place and to no later one.
    pub(crate) token: u64,
    /// The alias of the store at the other end.
    pub(crate) other: Arc<str>,
    pub(crate) job: LiveBody,
}
