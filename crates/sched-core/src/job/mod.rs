//! Jobs: what to run, when, under which limits, and where each stands.

mod handle;
mod id;
mod key;
mod outcome;
mod overlap;
mod request;
mod retry;
mod schedule;
mod settings;
mod spec;
mod transit;
mod written;

use std::sync::Arc;

pub use handle::{Job, JobStatus};
pub use id::{JobId, RunId};
pub use key::{JobFilter, JobKey};
pub use outcome::{Outcome, OutcomeKind, TaskValue};
pub use overlap::Overlap;
pub use request::{Adding, JobRequest, Modifying, Target, Unbound};
pub use retry::Retry;
pub(crate) use schedule::{
    Extra, ExtraKind, Fire, Fires, LiveRun, Phase, Schedule, UNTIL_A_RUN_ENDS,
};
pub use settings::{Conflict, JobDefaults};
pub(crate) use settings::{JobOptions, JobSettings, TriggerSource, default_alias};
pub use spec::OnCrash;
pub(crate) use spec::{JobSpec, Terms};
pub(crate) use transit::{End, Transit};

/// A job in the memory of this process: what a volatile store keeps in place of bytes.
#[derive(Debug, Clone)]
pub(crate) struct LiveBody {
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) schedule: Schedule,
}
