//! The pool from a configuration.

use sched_core::config::{Config, Options, Plugins};
use sched_core::{Error, Executor};
use sched_exec_process::ProcessPoolExecutor;
use serde_json::{Map, Value, json};

fn options(json: Value) -> Options {
    let values: Map<String, Value> = serde_json::from_value(json).expect("an object");
    Options::from(values)
}

fn key_of(refused: Result<ProcessPoolExecutor, Error>) -> String {
    match refused {
        Err(Error::Config { key, .. }) => key,
        other => panic!("not refused as a configuration: {other:?}"),
    }
}

#[test]
fn there_are_ten_workers_unless_said() {
    let pool = ProcessPoolExecutor::from_options(&options(json!({}))).unwrap();
    assert_eq!(pool.capacity(), 10);
    assert_eq!(ProcessPoolExecutor::default().capacity(), 10);
    assert_eq!(ProcessPoolExecutor::with_workers(3).unwrap().capacity(), 3);
}

#[test]
fn options_are_those_of_the_builder_as_numbers_or_text() {
    let built = ProcessPoolExecutor::with_workers(4)
        .unwrap()
        .worker_binary("work")
        .memory_limit(1 << 30)
        .cpu_limit(std::time::Duration::from_secs(60))
        .recycle_after(100.try_into().unwrap())
        .start_timeout(std::time::Duration::from_millis(2_500))
        .courtesy(std::time::Duration::from_millis(250));
    let numbers = json!({
        "max_workers": 4, "worker_binary": "work", "memory_limit": 1 << 30, "cpu_limit": 60,
        "recycle_after": 100, "start_timeout": 2.5, "courtesy": 0.25,
    });
    let texts = json!({
        "max_workers": "4", "worker_binary": "work", "memory_limit": "1073741824",
        "cpu_limit": "60", "recycle_after": "100", "start_timeout": "2.5", "courtesy": "0.25",
    });
    for said in [numbers, texts] {
        let pool = ProcessPoolExecutor::from_options(&options(said)).unwrap();
        assert_eq!(format!("{pool:?}"), format!("{built:?}"));
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_its_name() {
    let wrong = [
        ("max_workers", json!(0)),
        ("max_workers", json!("many")),
        ("memory_limit", json!(-1)),
        ("cpu_limit", json!(-1)),
        ("recycle_after", json!(0)),
        ("start_timeout", json!("soon")),
        ("max_wrkers", json!(4)),
    ];
    for (name, value) in wrong {
        let refused = ProcessPoolExecutor::from_options(&options(json!({ name: value })));
        assert_eq!(key_of(refused), name);
    }
    assert_eq!(key_of(ProcessPoolExecutor::with_workers(0)), "max_workers");
}

#[test]
fn it_is_known_as_processpool() {
    let mut plugins = Plugins::new();
    sched_exec_process::register(&mut plugins);
    let executors = json!({ "default": { "type": "processpool", "max_workers": "0" } });
    let config = Config::default().with("executors", executors).unwrap();
    match config.into_builder(&plugins).unwrap_err() {
        Error::Config { key, .. } => assert_eq!(key, "executors.default.max_workers"),
        other => panic!("{other}"),
    }
}
