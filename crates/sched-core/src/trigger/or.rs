//! A trigger that fires where any of several does.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::parts::{self, Parts};
use super::reach::Reach;
use super::version::Version;
use super::{Defaults, IntoTrigger, Trigger, TriggerError, TriggerKind, TriggerRegistry};
use crate::time::Timestamp;

/// Description of a trigger that fires where any of several does: the union of their fires.
///
/// Each trigger stands for the moments at which it would fire if it were left alone, counted from
/// its own start date: every 2 hours or every 3 hours is just that, whichever fired last. A date
/// that is past when the job is added still fires, first.
///
/// ```
/// use sched_core::trigger::{Defaults, Interval, IntoTrigger, Or};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let or = Or::new()
///     .with(Interval::new().hours(2).starting_now())
///     .with(Interval::new().hours(3).starting_now());
/// let trigger = or.into_trigger(&defaults).unwrap();
/// let mut fires = vec![trigger.next_fire_time(None, defaults.now).unwrap()];
/// while fires.len() < 5 {
///     let last = fires[fires.len() - 1];
///     fires.push(trigger.next_fire_time(Some(last), last).unwrap());
/// }
/// assert_eq!(fires, [0, 2, 3, 4, 6].map(|hour| Timestamp::from_secs(hour * 3600)));
/// ```
#[derive(Debug, Default)]
pub struct Or {
    parts: Parts,
}

impl Or {
    /// Starts with no trigger; at least one is needed.
    pub fn new() -> Self {
        Or::default()
    }

    /// Adds a trigger. It must not have a jitter: that belongs to the whole.
    pub fn with(mut self, trigger: impl IntoTrigger + Send + 'static) -> Self {
        self.parts.push(trigger);
        self
    }
}

impl IntoTrigger for Or {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        OrTrigger::new(self.parts.build("or", defaults)?)?.into_trigger(defaults)
    }
}

/// A trigger that fires where any of several does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct OrTrigger {
    /// Not empty, none with a jitter.
    triggers: Vec<Trigger>,
}

impl OrTrigger {
    pub(super) fn new(triggers: Vec<Trigger>) -> Result<Self, TriggerError> {
        parts::check("or", &triggers)?;
        Ok(OrTrigger { triggers })
    }

    /// The triggers that it is made of.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// The earliest of the answers that `ask` gets from the parts.
    ///
    /// Parts that have to search come last: there is no need for them to look further than what
    /// the others have found.
    pub(super) fn earliest(
        &self,
        reach: &mut Reach,
        ask: impl Fn(&TriggerKind, &mut Reach) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let searches =
            |part: &&Trigger| matches!(part.kind(), TriggerKind::And(_) | TriggerKind::Or(_));
        let simple = self.triggers.iter().filter(|part| !searches(part));
        let mut earliest: Option<Timestamp> = None;
        for part in simple.chain(self.triggers.iter().filter(searches)) {
            let until = earliest.unwrap_or(Timestamp::MAX);
            if let Some(fire) = reach.no_further(until, |reach| ask(part.kind(), reach)) {
                earliest = Some(fire.min(until));
            }
        }
        earliest
    }

    pub(super) fn resolve(&self, registry: &TriggerRegistry) -> Result<Self, TriggerError> {
        let parts = self.triggers.iter().cloned().map(|part| part.resolve(registry));
        OrTrigger::new(parts.collect::<Result<_, _>>()?)
    }
}

impl IntoTrigger for OrTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::Or(Arc::new(self))))
    }
}

impl fmt::Display for OrTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        parts::write(f, "or", &self.triggers)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    version: Version<1>,
    #[serde(deserialize_with = "parts::deserialize")]
    triggers: Vec<Trigger>,
}

impl TryFrom<Stored> for OrTrigger {
    type Error = TriggerError;

    fn try_from(stored: Stored) -> Result<Self, TriggerError> {
        OrTrigger::new(stored.triggers)
    }
}

impl From<OrTrigger> for Stored {
    fn from(trigger: OrTrigger) -> Self {
        Stored { version: Version, triggers: trigger.triggers }
    }
}
