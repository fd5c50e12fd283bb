//! Triggers of the user's own.

use std::time::Duration;

use sched_core::Timestamp;
use sched_core::trigger::{
    And, Cron, Custom, CustomTrigger, Or, Trigger, TriggerError, TriggerRegistry,
};
use serde_json::{Value, json};

use crate::{at, build, fires};

/// Fires on every day whose number since the epoch is a multiple of `days`.
#[derive(Debug)]
pub(crate) struct EveryNthDay {
    pub(crate) days: u64,
}

const DAY: u64 = 86_400;

impl CustomTrigger for EveryNthDay {
    fn name(&self) -> &str {
        "every_nth_day"
    }

    fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let least = previous.map_or(now, |fire| fire + Duration::from_micros(1));
        let step = i64::try_from(self.days * DAY).unwrap() * 1_000_000;
        let rest = (-least.as_micros()).rem_euclid(step);
        Some(Timestamp::from_micros(least.as_micros() + rest))
    }

    fn state(&self) -> Value {
        json!({"days": self.days})
    }

    fn text(&self) -> String {
        format!("every_nth_day[{}]", self.days)
    }
}

pub(crate) fn registry() -> TriggerRegistry {
    let mut registry = TriggerRegistry::new();
    let factory = |state: &Value| match state["days"].as_u64() {
        Some(days) if days > 0 => Ok(EveryNthDay { days }),
        _ => Err("days must be a positive number".into()),
    };
    registry.register("every_nth_day", factory).unwrap();
    registry
}

#[test]
fn is_a_trigger_like_any_other() {
    let trigger = Trigger::custom(EveryNthDay { days: 2 });
    assert_eq!(trigger.to_string(), "every_nth_day[2]");
    let now = at("1970-01-02T10:00:00Z");
    let expected = [at("1970-01-03T00:00:00Z"), at("1970-01-05T00:00:00Z")];
    assert_eq!(fires(&trigger, now, 2), expected);
    assert_eq!(trigger, build(Custom::new(EveryNthDay { days: 2 })));
    assert_ne!(trigger, build(Custom::new(EveryNthDay { days: 3 })));
}

#[test]
fn can_be_combined() {
    let third = || Trigger::custom(EveryNthDay { days: 3 });
    let and = build(And::new().with(third()).with(Trigger::custom(EveryNthDay { days: 5 })));
    let expected = [at("1970-01-01T00:00:00Z"), at("1970-01-16T00:00:00Z")];
    assert_eq!(fires(&and, at("1970-01-01T00:00:00Z"), 2), expected);
    let or = build(Or::new().with(third()).with(Cron::new().day("2")));
    assert_eq!(fires(&or, at("1970-01-01T00:00:00Z"), 3)[1], at("1970-01-02T00:00:00Z"));
}

#[test]
fn a_stored_one_never_fires_until_it_is_resolved() {
    let live = build(Or::new().with(Trigger::custom(EveryNthDay { days: 2 })));
    let text = serde_json::to_string(&live).unwrap();
    let stored: Trigger = serde_json::from_str(&text).unwrap();
    let now = at("2024-01-01T00:00:00Z");
    assert_eq!(stored.unresolved(), Some("every_nth_day"));
    assert_eq!(stored.next_fire_time(None, now), None);
    assert_eq!(stored.to_string(), "or[every_nth_day[not resolved, never fires]]");
    assert_eq!(serde_json::to_string(&stored).unwrap(), text, "it can be stored again unchanged");

    let resolved = stored.resolve(&registry()).unwrap();
    assert_eq!(resolved.unresolved(), None);
    assert_eq!(resolved, live);
    assert_eq!(fires(&resolved, now, 5), fires(&live, now, 5));
}

#[test]
fn resolving_says_what_is_wrong() {
    let stored = |state: Value| -> Trigger {
        let wire = json!({"version": 1, "name": "every_nth_day", "state": state.to_string()});
        serde_json::from_value(json!({"kind": {"custom": wire}, "jitter": null})).unwrap()
    };
    let unknown = stored(json!({})).resolve(&TriggerRegistry::new()).unwrap_err();
    assert!(matches!(unknown, TriggerError::UnknownTrigger { name } if name == "every_nth_day"));
    let refused = stored(json!({"days": 0})).resolve(&registry()).unwrap_err();
    let source = std::error::Error::source(&refused).unwrap();
    assert_eq!(source.to_string(), "days must be a positive number");
}

#[test]
fn names_are_unique() {
    let mut registry = registry();
    for name in ["cron", "every_nth_day"] {
        let taken = registry.register(name, |_| Ok(EveryNthDay { days: 1 })).unwrap_err();
        assert_eq!(taken.to_string(), format!("the trigger name {name:?} is taken"));
    }
}

#[test]
fn coalescing_steps_through_what_was_missed() {
    let trigger = Trigger::custom(EveryNthDay { days: 1 });
    let latest = trigger.latest_fire_time(at("2024-01-01T00:00:00Z"), at("2024-03-05T07:00:00Z"));
    assert_eq!(latest, at("2024-03-05T00:00:00Z"));
}
