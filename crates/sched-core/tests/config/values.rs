//! The value of each key: its forms, its default, what it must not be.

use std::time::Duration;

use sched_core::{Error, JobRequest, Scheduler};
use serde_json::{Value, json};

use crate::{read, refusal, scheduler, with};

/// What jobs take from the defaults: grace, coalesce, instances.
fn defaults(values: Value) -> (Option<Duration>, bool, u32) {
    let scheduler = scheduler(with("job_defaults", values)).unwrap().blocking();
    let job = scheduler.add(|| async {}).submit().unwrap();
    (job.misfire_grace_time(), job.coalesce(), job.max_instances())
}

#[test]
fn nothing_said_is_the_builders_default() {
    let scheduler = scheduler(json!({"timezone": "UTC"})).unwrap();
    assert!(scheduler.executors().is_empty());
    assert_eq!(scheduler.jobstores().len(), 1);
    assert_eq!(defaults(json!({})), (None, true, 1));
}

#[test]
fn job_defaults_reach_the_jobs() {
    let said = json!({"misfire_grace_time": 30, "coalesce": false, "max_instances": 3});
    assert_eq!(defaults(said), (Some(Duration::from_secs(30)), false, 3));
    let text = json!({"misfire_grace_time": " 2.5 ", "coalesce": "No", "max_instances": " 3 "});
    assert_eq!(defaults(text), (Some(Duration::from_millis(2_500)), false, 3));
}

#[test]
fn no_grace_time_is_null_or_none() {
    for none in [json!(null), json!("none"), json!("None"), json!(" NONE ")] {
        assert_eq!(defaults(json!({"misfire_grace_time": none})).0, None);
    }
}

#[test]
fn a_grace_time_that_makes_no_sense() {
    for senseless in [json!(0), json!(-1), json!(-0.5), json!("soon"), json!("inf"), json!("nan")] {
        let said = refusal(read(json!({"job_defaults": {"misfire_grace_time": senseless}})));
        let expected = "job_defaults.misfire_grace_time: must be a number of seconds, more than 0, \
                        or none for however late";
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn booleans_as_text() {
    for (text, value) in [
        ("true", true),
        ("YES", true),
        (" on ", true),
        ("y", true),
        ("T", true),
        ("1", true),
        ("false", false),
        ("No", false),
        ("off", false),
        ("n", false),
        ("F", false),
        ("0", false),
    ] {
        assert_eq!(defaults(json!({"coalesce": text})).1, value, "{text}");
    }
    assert!(!defaults(json!({"coalesce": 0})).1);
    assert!(defaults(json!({"coalesce": 1})).1);
    for text in ["", "maybe", "truely", "2"] {
        let said = refusal(read(json!({"job_defaults": {"coalesce": text}})));
        assert!(said.starts_with("job_defaults.coalesce: must be a boolean"), "{said}");
    }
}

#[test]
fn instances_are_counted_from_one() {
    for senseless in [json!(0), json!("0"), json!(-1), json!(1.5), json!("None"), json!(null)] {
        let said = refusal(read(json!({"job_defaults": {"max_instances": senseless}})));
        let expected = "job_defaults.max_instances: must be a whole number from 1 to 4294967295";
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn zones_are_names_or_offsets() {
    for zone in ["Europe/Berlin", "+05:30", "UTC"] {
        let scheduler = scheduler(json!({"timezone": zone})).unwrap();
        assert_eq!(scheduler.timezone().to_string(), zone);
    }
    let said = refusal(read(json!({"timezone": "Mars/Olympus"})));
    assert!(said.starts_with("timezone: unknown time zone \"Mars/Olympus\""), "{said}");
    assert_eq!(refusal(read(json!({"timezone": 1}))), "timezone: must be a text, not a number");
}

#[test]
fn spans_are_seconds() {
    for key in ["jobstore_retry_interval", "poll_interval", "lease"] {
        for span in [json!(3), json!(0.25), json!("1.5"), json!(null)] {
            scheduler(json!({key: span, "timezone": "UTC"})).unwrap();
        }
        for senseless in [json!(-1), json!("-1"), json!("soon"), json!([1])] {
            let said = refusal(read(json!({key: senseless})));
            let expected = format!("{key}: must be a number of seconds, 0 or more");
            assert!(said.starts_with(&expected), "{said}");
        }
        assert_eq!(refusal(scheduler(json!({key: 0}))), format!("{key}: it is zero"));
    }
}

#[test]
fn recoveries_and_codecs() {
    scheduler(json!({"max_recoveries": "5", "codec": "json", "timezone": "UTC"})).unwrap();
    let said = refusal(read(json!({"max_recoveries": -1})));
    assert!(
        said.starts_with("max_recoveries: must be a whole number from 0 to 4294967295"),
        "{said}"
    );
    let said = refusal(read(json!({"codec": "pickle"})));
    assert_eq!(said, "codec: must be one of bincode, json");
}

#[test]
fn keys_of_the_reference_that_have_no_meaning_say_what_has() {
    read(json!({"daemon": true})).unwrap();
    read(json!({"daemon": "yes"})).unwrap();
    for (key, value, hint) in [
        ("daemon", json!(false), "blocking::Scheduler::run"),
        ("logger", json!("app.log:logger"), "tracing"),
        ("event_loop", json!("app:loop"), "tokio runtime"),
        ("io_loop", json!("app:loop"), "tokio runtime"),
        ("reactor", json!("app:reactor"), "tokio runtime"),
        ("misfire_grace_time", json!(5), "job_defaults.misfire_grace_time"),
        ("coalesce", json!(true), "job_defaults.coalesce"),
        ("max_instances", json!(5), "job_defaults.max_instances"),
    ] {
        let said = refusal(read(json!({key: value})));
        assert!(said.starts_with(&format!("{key}: ")) && said.contains(hint), "{said}");
    }
}

/// Section 8.2, 25: unknown options were ignored.
#[test]
fn unknown_options_are_errors_with_their_full_key() {
    let said = refusal(read(json!({"timezon": "UTC"})));
    assert!(said.starts_with("timezon: there is no such option; there are: codec, "), "{said}");
    let said = refusal(read(json!({"job_defaults": {"coalsce": true}})));
    let expected = "job_defaults.coalsce: there is no such option; there are: misfire_grace_time, \
                    coalesce, max_instances";
    assert_eq!(said, expected);
    let said = refusal(scheduler(with("executors", json!({"a": {"type": "debug", "size": 1}}))));
    assert_eq!(said, "executors.a.size: there is no such option; there are: none");
}

#[test]
fn a_key_is_replaced_as_a_whole() {
    let config = read(json!({"job_defaults": {"max_instances": 3}, "timezone": "UTC"})).unwrap();
    let config = config.with("job_defaults", json!({"coalesce": false})).unwrap();
    let builder = config.into_builder(&sched_core::config::Plugins::new()).unwrap();
    let scheduler: Scheduler = builder.build().unwrap();
    let answers = scheduler.blocking().add_all([JobRequest::new(|| async {})]).unwrap();
    let job = answers.into_iter().next().unwrap().unwrap();
    assert_eq!((job.coalesce(), job.max_instances()), (false, 1));
}

#[test]
fn the_error_carries_its_key() {
    match read(json!({"job_defaults": {"coalsce": true}})) {
        Err(Error::Config { key, .. }) => assert_eq!(key, "job_defaults.coalsce"),
        other => panic!("{other:?}"),
    }
}
