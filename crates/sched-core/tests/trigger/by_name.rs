//! Triggers built by name, with the reference's argument names.

use sched_core::trigger::{Trigger, TriggerError};
use serde_json::{Value, json};

use crate::custom::registry;
use crate::{at, defaults, fires};

fn named(name: &str, args: Value) -> Result<Trigger, TriggerError> {
    registry().build(name, args.as_object().unwrap(), &defaults("Europe/Berlin"))
}

#[test]
fn every_kind_has_a_name() {
    for (name, args, first) in [
        ("date", json!({"run_date": "2024-05-01 10:00:00"}), "2024-05-01T10:00:00+02:00"),
        ("date", json!({}), "2024-01-01T00:00:00Z"),
        ("interval", json!({"hours": 1, "minutes": 0.5}), "2024-01-01T01:00:30Z"),
        ("interval", json!({"days": 1, "start_at_once": true}), "2024-01-01T00:00:00Z"),
        (
            "interval",
            json!({"days": 1, "start_date": "2024-02-01", "timezone": "UTC"}),
            "2024-02-01T00:00:00Z",
        ),
        ("cron", json!({"hour": 5, "minute": "*/20"}), "2024-01-01T05:00:00+01:00"),
        ("crontab", json!({"expr": "0 9 * * 1", "timezone": "UTC"}), "2024-01-02T09:00:00Z"),
        ("standard_crontab", json!({"expr": "0 9 * * 2"}), "2024-01-02T09:00:00+01:00"),
        (
            "calendarinterval",
            json!({"weeks": 1, "hour": 7, "start_date": "2024-01-03"}),
            "2024-01-03T07:00:00+01:00",
        ),
        (
            "and",
            json!({"triggers": [
                {"type": "cron", "args": {"hour": 9}},
                {"kind": "cron", "spec": {"day": "last"}},
                {"type": "interval", "args": {"days": 1, "start_date": "2024-01-01 09:00:00"}},
            ]}),
            "",
        ),
        (
            "or",
            json!({"triggers": [{"type": "cron", "args": {"hour": 9}}], "timezone": "UTC"}),
            "2024-01-01T09:00:00Z",
        ),
        ("every_nth_day", json!({"days": 1}), "2024-01-01T00:00:00Z"),
    ] {
        let trigger = named(name, args.clone()).unwrap();
        let got = fires(&trigger, at("2024-01-01T00:00:00Z"), 1);
        let expected: Vec<_> = (!first.is_empty()).then(|| at(first)).into_iter().collect();
        assert_eq!(got, expected, "{name} {args}");
    }
}

#[test]
fn settings_reach_the_trigger() {
    let fixed = named("interval", json!({"hours": 1, "fixed_delay": true})).unwrap();
    assert!(fixed.is_fixed_delay());
    let ending = named("cron", json!({"hour": 1, "end_date": "2024-02-01"})).unwrap();
    assert_eq!(ending.end_date(), Some(at("2024-02-01T00:00:00+01:00")));
    let jittered = named("cron", json!({"hour": 1, "jitter": 1.5, "jitter_seed": 7})).unwrap();
    let jitter = jittered.jitter_settings().unwrap();
    assert_eq!((jitter.most().as_millis(), jitter.seed()), (1500, 7));
    assert!(named("cron", json!({"hour": 1, "jitter": 0})).unwrap().jitter_settings().is_none());

    let gap = |args: Value| {
        let trigger = named("calendarinterval", args).unwrap();
        fires(&trigger, at("2024-03-30T12:00:00Z"), 1)[0]
    };
    let daily = json!({"days": 1, "hour": 2, "minute": 30, "start_date": "2024-01-01"});
    assert_eq!(gap(daily.clone()), at("2024-03-31T03:30:00+02:00"));
    let mut skipping = daily;
    skipping["gap"] = json!("skip");
    assert_eq!(gap(skipping), at("2024-04-01T02:30:00+02:00"));
}

#[test]
fn null_means_not_given() {
    let trigger = named("interval", json!({"hours": 2, "end_date": null, "jitter": null})).unwrap();
    assert_eq!(trigger, named("interval", json!({"hours": 2})).unwrap());
}

#[test]
fn errors_name_the_argument() {
    for (name, args, message) in [
        ("hourly", json!({}), "no trigger is registered under the name \"hourly\""),
        (
            "date",
            json!({"when": 1}),
            "date has no argument \"when\"; it has run_date, timezone, jitter, jitter_seed",
        ),
        ("interval", json!({"hours": "1"}), "hours: must be a number, not \"1\""),
        ("interval", json!({"start_date": 5}), "start_date: must be a date as text, not 5"),
        (
            "interval",
            json!({"start_date": "2024-01-01", "start_at_once": true}),
            "start_at_once: cannot be true beside a start_date",
        ),
        (
            "calendarinterval",
            json!({"days": -1}),
            "days: must be a whole number, 0 or more, not -1",
        ),
        ("cron", json!({"hour": true}), "hour: must be a text or a number, not true"),
        ("cron", json!({"gap": "both"}), "gap: must be \"shift\" or \"skip\", not \"both\""),
        ("cron", json!({"jitter": -1}), "jitter: must be a number of seconds, 0 or more, not -1"),
        (
            "cron",
            json!({"timezone": "Mars/Olympus"}),
            "unknown time zone \"Mars/Olympus\": expected an IANA name such as \"Europe/Berlin\", \
             or \"+HH:MM\"",
        ),
        ("crontab", json!({}), "expr: is missing"),
        ("or", json!({}), "triggers: is missing"),
        ("or", json!({"triggers": []}), "triggers: or needs at least one trigger"),
        ("or", json!({"triggers": [5]}), "or, trigger 1: type: is missing"),
        (
            "and",
            json!({"triggers": [{"type": "date"}, {"type": "interval", "args": {"hour": 1}}]}),
            "and, trigger 2: interval has no argument \"hour\"; it has weeks, days, hours, \
             minutes, seconds, start_date, end_date, timezone, start_at_once, fixed_delay, \
             jitter, jitter_seed",
        ),
        (
            "every_nth_day",
            json!({}),
            "trigger \"every_nth_day\" refused its arguments or its stored state",
        ),
    ] {
        assert_eq!(named(name, args.clone()).unwrap_err().to_string(), message, "{name} {args}");
    }
}
