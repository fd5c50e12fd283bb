//! What a job is: everything that a fire does not change.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{JobId, Overlap, Retry};
use crate::task::Invocation;
use crate::trigger::Trigger;

/// What becomes of a run whose scheduler died, on a store that outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnCrash {
    /// It is run again, a limited number of times.
    #[default]
    Rerun,
    /// It is never run again, and reported as lost.
    Skip,
}

/// What a job is: everything that a fire does not change. Shared, never altered in place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JobSpec {
    pub(crate) id: JobId,
    pub(crate) name: Arc<str>,
    pub(crate) invocation: Invocation,
    pub(crate) trigger: Trigger,
    pub(crate) executor: Arc<str>,
    pub(crate) misfire_grace_time: Option<Duration>,
    pub(crate) coalesce: bool,
    pub(crate) max_instances: u32,
    pub(crate) overlap: Overlap,
    pub(crate) max_runs: Option<u64>,
    pub(crate) pause_after_failures: Option<u32>,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    /// Boxed because few jobs have one.
    pub(crate) retry: Option<Box<Retry>>,
    pub(crate) on_crash: OnCrash,
    pub(crate) tags: BTreeSet<String>,
}
