//! A compiled cron trigger.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::trigger::{Fold, Gap};
use crate::zone::Zone;

/// A compiled cron trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CronTrigger {
    zone: Zone,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
    gap: Option<Gap>,
    fold: Option<Fold>,
}

impl CronTrigger {
    pub(super) fn stub(
        zone: Zone,
        start_date: Option<Timestamp>,
        end_date: Option<Timestamp>,
        gap: Option<Gap>,
        fold: Option<Fold>,
    ) -> Self {
        CronTrigger { zone, start_date, end_date, gap, fold }
    }

    /// The next fire time.
    pub fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let _ = (previous, now);
        None
    }

    /// The earliest fire time that is not before `from`.
    #[expect(dead_code, reason = "the combining triggers will call it")]
    pub(crate) fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        let _ = from;
        None
    }

    /// The zone whose wall clock is meant.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The earliest moment at which it may fire.
    pub fn start_date(&self) -> Option<Timestamp> {
        self.start_date
    }

    /// The latest moment at which it may fire.
    pub fn end_date(&self) -> Option<Timestamp> {
        self.end_date
    }
}

impl fmt::Display for CronTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cron[]")
    }
}
