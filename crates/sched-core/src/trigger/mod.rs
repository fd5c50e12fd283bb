//! Triggers: pure functions from the previous fire time and now to the next fire time.
//!
//! A trigger is described by a builder ([`Date`], [`Interval`], [`Cron`], [`CalendarInterval`],
//! [`And`], [`Or`]), or by name and arguments ([`TriggerRegistry::build`]), and becomes a
//! [`Trigger`] when it meets the [`Defaults`] that its description leaves open. Nothing here reads
//! a clock, and nothing keeps progress: two schedulers that ask the same question get the same
//! answer, and a trigger that was stored is the trigger that was built.
//!
//! No trigger fires after the year 9999.

mod and;
mod args;
mod calendar_interval;
mod cron;
mod custom;
mod date;
mod date_series;
mod dst;
mod error;
mod grid;
mod intersection;
mod interval;
mod jitter;
mod kind;
mod latest;
mod named;
mod or;
mod parts;
mod reach;
mod registry;
mod version;
mod when;

pub use and::{And, AndTrigger};
pub use calendar_interval::{CalendarInterval, CalendarIntervalTrigger};
pub use cron::{Cron, CronTrigger, Field};
pub use custom::{Custom, CustomTrigger};
pub use date::{Date, DateTrigger};
pub use dst::{Fold, Gap};
pub use error::TriggerError;
pub use interval::{Interval, IntervalTrigger};
pub use jitter::{Jitter, Jittered};
pub use kind::{Trigger, TriggerKind};
pub use or::{Or, OrTrigger};
pub use registry::TriggerRegistry;
pub use when::When;

use std::time::Duration;

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

/// What can become a [`Trigger`]: every builder, every built trigger, and `Trigger` itself.
pub trait IntoTrigger: Sized {
    /// Builds the trigger; where the description leaves something open, `defaults` decides.
    ///
    /// # Errors
    /// [`TriggerError`] when the description makes no sense; it names the argument.
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError>;

    /// Delays each fire by a pseudo-random time of at most `most`.
    ///
    /// The delay is added to the fire time that the trigger names and never becomes part of it, so
    /// delays do not add up; it never passes the end date nor reaches the next fire. A zero `most`
    /// takes a jitter away.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sched_core::trigger::{Interval, IntoTrigger};
    ///
    /// let spread = Interval::new().hours(1).jitter(Duration::from_secs(300));
    /// ```
    fn jitter(self, most: Duration) -> Jittered<Self> {
        Jittered::new(self, most)
    }
}

/// The last moment at which anything fires: the end of the year 9999.
pub(crate) const LAST_FIRE: Timestamp = Timestamp::from_micros(253_402_300_799_999_999);
