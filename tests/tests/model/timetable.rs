//! The fires that a trigger names, counted one by one.

use crate::record::{Job, Kind, Micros};

impl Job {
    /// The first fire at or after a moment.
    pub(crate) fn first_fire(&self, from: Micros) -> Option<Micros> {
        match self.trigger.kind {
            Kind::Date { run_date } => Some(run_date),
            Kind::Interval { interval, start_date, end_date, .. } => {
                let mut fire = start_date;
                while fire < from {
                    fire += interval;
                }
                Some(fire).filter(|fire| end_date.is_none_or(|end| *fire <= end))
            }
        }
    }

    /// The fire after one.
    pub(crate) fn fire_after(&self, fire: Micros) -> Option<Micros> {
        match self.trigger.kind {
            Kind::Date { .. } => None,
            Kind::Interval { interval, end_date, .. } => {
                Some(fire + interval).filter(|fire| end_date.is_none_or(|end| *fire <= end))
            }
        }
    }

    /// Whether the next fire is set by the end of a run.
    pub(crate) fn is_fixed_delay(&self) -> bool {
        matches!(self.trigger.kind, Kind::Interval { fixed_delay: true, .. })
    }

    /// How long after the end of a run the next fire is, with fixed delay.
    pub(crate) fn delay(&self) -> Micros {
        match self.trigger.kind {
            Kind::Interval { interval, .. } => interval,
            Kind::Date { .. } => 0,
        }
    }
}
