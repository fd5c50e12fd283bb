//! Triggers: pure functions from the previous fire time and now to the next fire time.

mod cron;
mod dst;
mod error;

pub use cron::{Cron, CronTrigger};
pub use dst::{Fold, Gap};
pub use error::TriggerError;

use crate::time::Timestamp;
use crate::zone::Zone;

/// What a trigger takes where its description leaves it open.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// The time zone: the scheduler's, or the machine's.
    pub zone: Zone,
    /// The moment of construction.
    pub now: Timestamp,
}
