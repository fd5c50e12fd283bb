//! What a job is: everything that a fire does not change.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::written::Written;
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
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct JobSpec {
    pub(crate) id: JobId,
    pub(crate) name: Arc<str>,
    pub(crate) invocation: Invocation,
    pub(crate) trigger: Trigger,
    pub(crate) executor: Arc<str>,
    pub(crate) misfire_grace_time: Option<Duration>,
    pub(crate) coalesce: bool,
    pub(crate) max_instances: u32,
    /// Shared by all jobs that say nothing of the kind.
    pub(crate) terms: Arc<Terms>,
}

/// What few jobs say of how they run: kept elsewhere, since there may be millions of jobs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Terms {
    pub(crate) overlap: Overlap,
    pub(crate) max_runs: Option<u64>,
    pub(crate) pause_after_failures: Option<u32>,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<Retry>,
    pub(crate) on_crash: OnCrash,
    pub(crate) tags: BTreeSet<String>,
}

impl Terms {
    /// These, or those that all have if they are the same.
    pub(crate) fn shared(self) -> Arc<Terms> {
        static USUAL: LazyLock<Arc<Terms>> = LazyLock::new(Arc::default);
        if self == **USUAL { USUAL.clone() } else { Arc::new(self) }
    }
}
