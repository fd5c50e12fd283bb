//! A trigger that fires where all of several do.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::intersection::Intersection;
use super::parts::{self, Parts};
use super::reach::Reach;
use super::version::Version;
use super::{Defaults, IntoTrigger, Trigger, TriggerError, TriggerKind, TriggerRegistry};
use crate::time::Timestamp;

/// Description of a trigger that fires where all of several do: the intersection of their fires.
///
/// Each trigger stands for the moments at which it would fire if it were left alone, counted from
/// its own start date. So all of them must name the same moment, to the microsecond: every 2 hours
/// from 09:30 never meets a cron trigger that fires at midnight.
///
/// Intervals are intersected by arithmetic, so that two which never meet are found out at once.
/// Otherwise the next common fire is searched with 100,000 questions to the triggers at most; if it
/// is not found by then the trigger has ended. Two daily schedules are followed for over a century.
///
/// ```
/// use sched_core::trigger::{And, Cron, Defaults, IntoTrigger};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let and = And::new()
///     .with(Cron::new().day("last").hour(9))
///     .with(Cron::new().day_of_week("fri").hour(9));
/// let trigger = and.into_trigger(&defaults).unwrap();
/// let fire = trigger.next_fire_time(None, defaults.now).unwrap();
/// assert_eq!(fire.to_string(), "1970-07-31T09:00:00Z");
/// ```
#[derive(Debug, Default)]
pub struct And {
    parts: Parts,
}

impl And {
    /// Starts with no trigger; at least one is needed.
    pub fn new() -> Self {
        And::default()
    }

    /// Adds a trigger. It must not have a jitter: that belongs to the whole.
    pub fn with(mut self, trigger: impl IntoTrigger + Send + 'static) -> Self {
        self.parts.push(trigger);
        self
    }
}

impl IntoTrigger for And {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        AndTrigger::new(self.parts.build("and", defaults)?)?.into_trigger(defaults)
    }
}

/// A trigger that fires where all of several do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct AndTrigger {
    /// Not empty, none with a jitter.
    triggers: Vec<Trigger>,
    /// The same, in the form that the search wants.
    intersection: Intersection,
}

impl AndTrigger {
    pub(super) fn new(triggers: Vec<Trigger>) -> Result<Self, TriggerError> {
        parts::check("and", &triggers)?;
        let intersection = Intersection::new(&triggers);
        Ok(AndTrigger { triggers, intersection })
    }

    /// The triggers that it is made of.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    pub(super) fn first_from(&self, from: Timestamp, reach: &mut Reach) -> Option<Timestamp> {
        self.intersection.first_from(from, reach)
    }

    pub(super) fn resolve(&self, registry: &TriggerRegistry) -> Result<Self, TriggerError> {
        let parts = self.triggers.iter().cloned().map(|part| part.resolve(registry));
        AndTrigger::new(parts.collect::<Result<_, _>>()?)
    }
}

impl PartialEq for AndTrigger {
    fn eq(&self, other: &Self) -> bool {
        self.triggers == other.triggers
    }
}

impl IntoTrigger for AndTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::And(Arc::new(self))))
    }
}

impl fmt::Display for AndTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        parts::write(f, "and", &self.triggers)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    version: Version<1>,
    #[serde(deserialize_with = "parts::deserialize")]
    triggers: Vec<Trigger>,
}

impl TryFrom<Stored> for AndTrigger {
    type Error = TriggerError;

    fn try_from(stored: Stored) -> Result<Self, TriggerError> {
        AndTrigger::new(stored.triggers)
    }
}

impl From<AndTrigger> for Stored {
    fn from(trigger: AndTrigger) -> Self {
        Stored { version: Version, triggers: trigger.triggers }
    }
}
