//! Flat keys and environment variables.

use std::collections::HashMap;

use sched_core::Error;
use sched_core::config::{Config, Plugins};
use serde_json::{Value, json};

use crate::refusal;

const PREFIX: &str = "apscheduler.";

fn built(config: Result<Config, Error>) -> sched_core::Scheduler {
    config.unwrap().into_builder(&Plugins::new()).unwrap().build().unwrap()
}

#[test]
fn the_references_example() {
    let mut plugins = Plugins::new();
    plugins.executor("threadpool", |options| {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pool {
            max_workers: usize,
        }
        assert_eq!(options.parse::<Pool>()?.max_workers, 20);
        Ok(sched_core::InlineExecutor::new())
    });
    let values = HashMap::from([
        ("apscheduler.jobstores.default.type", "memory"),
        ("apscheduler.jobstores.second.type", "memory"),
        ("apscheduler.executors.default.type", "threadpool"),
        ("apscheduler.executors.default.max_workers", "20"),
        ("apscheduler.job_defaults.coalesce", "false"),
        ("apscheduler.job_defaults.max_instances", "3"),
        ("apscheduler.timezone", "UTC"),
        ("pyramid.includes", "whatever"),
    ]);
    let config = Config::from_flat(values, PREFIX).unwrap();
    let scheduler = config.into_builder(&plugins).unwrap().build().unwrap();
    assert_eq!(
        scheduler.jobstores().iter().map(|a| &**a).collect::<Vec<_>>(),
        ["default", "second"]
    );
    let job = scheduler.blocking().add(|| async {}).submit().unwrap();
    assert_eq!((job.coalesce(), job.max_instances()), (false, 3));
}

#[test]
fn only_keys_with_the_prefix_count_and_without_one_all_do() {
    let values = [("timezone", "Mars/Olympus"), ("apscheduler.timezone", "Asia/Tokyo")];
    assert_eq!(built(Config::from_flat(values, PREFIX)).timezone().to_string(), "Asia/Tokyo");
    assert!(refusal(Config::from_flat(values, "")).starts_with("apscheduler: there is no such"));
    let values = [("timezone", "Asia/Tokyo")];
    assert_eq!(built(Config::from_flat(values, "")).timezone().to_string(), "Asia/Tokyo");
}

#[test]
fn dotted_keys_and_tables_become_one_in_any_order() {
    let table = || ("a.executors", json!({"one": {"type": "debug"}}));
    let dotted = || ("a.executors.two.type", json!("debug"));
    for values in [[table(), dotted()], [dotted(), table()]] {
        let executors = built(Config::from_flat(values, "a.")).executors();
        assert_eq!(executors.iter().map(|a| &**a).collect::<Vec<_>>(), ["one", "two"]);
    }
    let wins = [
        ("job_defaults", json!({"max_instances": 2, "coalesce": true})),
        ("job_defaults.max_instances", json!(5)),
    ];
    let job = built(Config::from_flat(wins, "")).blocking().add(|| async {}).submit().unwrap();
    assert_eq!(job.max_instances(), 5);
}

#[test]
fn a_dotted_key_under_a_plain_value() {
    let values = [("executors.a", json!("debug")), ("executors.a.type", json!("debug"))];
    let said = refusal(Config::from_flat(values, ""));
    assert_eq!(said, "executors.a.type: \"a\" in it has a value of its own");
}

#[test]
fn names_between_dots_are_not_empty() {
    for key in ["executors..type", ".timezone", "timezone.", ""] {
        let said = refusal(Config::from_flat([(key, "x")], ""));
        assert!(said.contains("empty name"), "{said}");
    }
}

/// Section 8.2, 25: the maps passed in lost their `type`.
#[test]
fn the_same_map_configures_twice() {
    let Value::Object(values) = json!({"executors": {"default": {"type": "debug"}}}) else {
        unreachable!("it is an object")
    };
    for _ in 0..2 {
        let pairs = values.iter().map(|(key, value)| (key, value.clone()));
        assert_eq!(built(Config::from_flat(pairs, "")).executors().len(), 1);
    }
}

#[test]
fn options_after_flat_keys_replace_whole_entries() {
    let flat = [("job_defaults.max_instances", "7"), ("timezone", "UTC")];
    let config = Config::from_flat(flat, "").unwrap();
    let config = config.with("job_defaults", json!({"coalesce": false})).unwrap();
    let job = built(Ok(config)).blocking().add(|| async {}).submit().unwrap();
    assert_eq!((job.coalesce(), job.max_instances()), (false, 1));
}

#[test]
fn variables_of_the_environment() {
    let variables = [
        ("SCHED_TIMEZONE", "Asia/Tokyo"),
        ("SCHED_EXECUTORS__DEFAULT__TYPE", "debug"),
        ("SCHED_JOB_DEFAULTS__MAX_INSTANCES", "4"),
        ("SCHED_JOB_DEFAULTS__MISFIRE_GRACE_TIME", "none"),
        ("PATH", "/usr/bin"),
    ];
    let scheduler = built(Config::from_environment(variables, "SCHED_"));
    assert_eq!(scheduler.timezone().to_string(), "Asia/Tokyo");
    assert_eq!(scheduler.executors().len(), 1);
    let job = scheduler.blocking().add(|| async {}).submit().unwrap();
    assert_eq!(job.max_instances(), 4);

    let misspelt = [("SCHED_JOB_DEFAULTS__MAX_INSTANCE", "4")];
    let said = refusal(Config::from_environment(misspelt, "SCHED_"));
    assert!(said.starts_with("job_defaults.max_instance: there is no such option"), "{said}");
}
