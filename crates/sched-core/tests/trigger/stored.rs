//! The stored form of triggers, in a format that describes itself and in one that does not.

use std::time::Duration;

use sched_core::trigger::{
    And, CalendarInterval, Cron, Date, Gap, Interval, IntoTrigger, Or, Trigger,
};
use serde_json::{Value, json};

use crate::custom::{EveryNthDay, registry};
use crate::{build, build_in, defaults};

fn samples() -> Vec<Trigger> {
    let cron = || Cron::new().day("last fri").hour("9-17").gap(Gap::Skip);
    let interval = || Interval::new().minutes(90).end_date("2030-01-01 12:00:00.5Z");
    let calendar = || CalendarInterval::new().months(1).hour(9).start_date("2024-01-31");
    vec![
        build_in("Europe/Berlin", Date::at("2024-07-01 09:00:00+05:30")),
        build_in("+05:30", interval()),
        build(interval().fixed_delay()),
        build_in("America/New_York", cron()),
        build(Cron::from_crontab("0 9 * * mon-fri")),
        build(Cron::standard("0 9 * * fri-mon")),
        build(calendar().end_date("2034-01-31").gap(Gap::Skip)),
        build(And::new().with(cron()).with(Or::new().with(interval()).with(calendar()))),
        Trigger::custom(EveryNthDay { days: 3 }),
        build(cron().jitter(Duration::from_secs(30)).jitter_seed(u64::MAX)),
    ]
}

#[test]
fn json_brings_the_same_trigger_back() {
    for trigger in samples() {
        let text = serde_json::to_string(&trigger).unwrap();
        let back: Trigger = serde_json::from_str(&text).unwrap();
        assert_eq!(back.resolve(&registry()).unwrap(), trigger, "{text}");
    }
}

#[test]
fn bincode_brings_the_same_trigger_back() {
    let config = bincode::config::standard();
    for trigger in samples() {
        let bytes = bincode::serde::encode_to_vec(&trigger, config).unwrap();
        let (back, read): (Trigger, usize) =
            bincode::serde::decode_from_slice(&bytes, config).unwrap();
        assert_eq!(read, bytes.len());
        assert_eq!(back.resolve(&registry()).unwrap(), trigger);
    }
}

#[test]
fn the_form_is_this_one() {
    let trigger = build(Interval::new().hours(1).jitter(Duration::from_secs(2)).jitter_seed(7));
    let form = json!({
        "kind": {"interval": {
            "version": 1,
            "interval": 3_600_000_000_u64,
            "start_date": 1_704_070_800_000_000_u64,
            "end_date": null,
            "timezone": "UTC",
            "fixed_delay": false,
        }},
        "jitter": {"most": 2_000_000, "seed": 7},
    });
    assert_eq!(serde_json::to_value(&trigger).unwrap(), form);
}

/// Calls `change` on the object that holds the version.
fn changed(trigger: &Trigger, change: impl Fn(&mut Value)) -> Value {
    let mut form = serde_json::to_value(trigger).unwrap();
    let kind = form["kind"].as_object_mut().unwrap();
    change(kind.values_mut().next().unwrap());
    form
}

#[test]
fn a_newer_version_is_refused_and_a_missing_one_is_the_first() {
    for trigger in samples() {
        let newer = changed(&trigger, |kind| kind["version"] = json!(99));
        let error = serde_json::from_value::<Trigger>(newer).unwrap_err().to_string();
        assert!(error.contains("version"), "{trigger}: {error}");

        let without = changed(&trigger, |kind| {
            kind.as_object_mut().unwrap().remove("version").unwrap();
        });
        let back: Trigger = serde_json::from_value(without).unwrap();
        assert_eq!(back.resolve(&registry()).unwrap(), trigger);
    }
}

#[test]
fn a_newer_version_is_refused_before_the_rest_is_read() {
    let config = bincode::config::standard();
    let trigger = build(Interval::new().hours(1));
    let mut bytes = bincode::serde::encode_to_vec(&trigger, config).unwrap();
    // The kind is the first byte, the version the second; nothing of what follows is left.
    bytes[1] = 2;
    let newer = bincode::serde::decode_from_slice::<Trigger, _>(&bytes[..2], config);
    let error = newer.unwrap_err().to_string();
    assert!(error.contains("a trigger of format version 2 cannot be read"), "{error}");
}

#[test]
fn what_could_not_be_built_is_not_read_either() {
    let samples = [
        (build(Interval::new().hours(1)), "interval", json!(0)),
        (build(CalendarInterval::new().days(1)), "interval", json!([0, 0, 0, 0])),
        (build(CalendarInterval::new().days(1)), "time", json!([24, 0, 0])),
        (build(Or::new().with(Cron::new())), "triggers", json!([])),
        (build(And::new().with(Cron::new())), "triggers", json!([])),
    ];
    for (trigger, field, value) in samples {
        let senseless = changed(&trigger, |kind| kind[field] = value.clone());
        let read = serde_json::from_value::<Trigger>(senseless);
        assert!(read.is_err(), "{trigger}, {field} {value}");
    }
}

/// A record may be damaged or hostile; it must not exhaust the stack of whoever reads it.
#[test]
fn deep_nesting_is_refused_on_the_way_down() {
    let nested = |levels: usize| {
        let leaf = build(Cron::new());
        (0..levels).try_fold(leaf, |inner, _| Or::new().with(inner).into_trigger(&defaults("UTC")))
    };
    let deepest = nested(32).unwrap();
    let too_deep = "and and or are nested in more than 32 levels";
    assert!(nested(33).unwrap_err().to_string().contains(too_deep));

    let config = bincode::config::standard();
    let bytes = bincode::serde::encode_to_vec(&deepest, config).unwrap();
    let back = bincode::serde::decode_from_slice::<Trigger, _>(&bytes, config).unwrap().0;
    assert_eq!(back, deepest);

    // Each level is the kind, its version and the number of parts, and ends with no jitter.
    let level = &bytes[..3];
    assert_eq!(level.repeat(32), bytes[..96]);
    let hostile = level.repeat(100_000);
    let error = bincode::serde::decode_from_slice::<Trigger, _>(&hostile, config).unwrap_err();
    assert!(error.to_string().contains(too_deep), "{error}");
}
