#![doc = include_str!("../README.md")]

#[doc(hidden)]
pub mod __private;
pub mod blocking;
pub mod clock;
pub mod config;
mod error;
pub mod event;
pub mod executor;
pub mod export;
pub mod job;
pub mod observe;
mod plan;
pub mod scheduler;
pub mod store;
pub mod task;
pub mod time;
pub mod trigger;
pub mod zone;

pub use clock::{Clock, SystemClock};
pub use error::Error;
pub use event::{Event, EventKind, EventMask};
pub use executor::{Executor, InlineExecutor, Run};
pub use job::{
    Conflict, Job, JobFilter, JobId, JobKey, JobRequest, OnCrash, Outcome, OutcomeKind, Overlap,
    Retry, RunId,
};
pub use scheduler::{PreparedJob, Scheduler, SchedulerBuilder, SchedulerState, Shutdown};
pub use store::{JobStore, MemoryStore};
pub use task::attributes::{scheduled, task};
pub use task::{Context, Task};
pub use time::Timestamp;
pub use zone::{UnknownZone, Zone};
