//! Job scheduling: triggers, jobs, the scheduler and the contracts of stores and executors.

pub mod time;
pub mod trigger;
pub mod zone;

pub use time::Timestamp;
pub use zone::{UnknownZone, Zone};
