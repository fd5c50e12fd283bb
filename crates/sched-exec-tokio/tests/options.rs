//! The executor from a configuration.

use sched_core::config::{Config, Options, Plugins};
use sched_core::{Error, Executor};
use sched_exec_tokio::TokioExecutor;
use serde_json::{Map, Value, json};

fn options(json: Value) -> Options {
    let values: Map<String, Value> = serde_json::from_value(json).expect("an object");
    Options::from(values)
}

fn key_of(refused: Result<TokioExecutor, Error>) -> String {
    match refused {
        Err(Error::Config { key, .. }) => key,
        other => panic!("not refused as a configuration: {other:?}"),
    }
}

#[test]
fn there_is_no_limit_unless_said() {
    let unlimited = TokioExecutor::from_options(&options(json!({}))).unwrap();
    assert_eq!(unlimited.capacity(), usize::MAX);
    assert_eq!(TokioExecutor::default().capacity(), usize::MAX);
}

#[test]
fn max_workers_is_the_limit_as_number_or_text() {
    for four in [json!(4), json!("4")] {
        let limited = TokioExecutor::from_options(&options(json!({ "max_workers": four })));
        assert_eq!(limited.unwrap().capacity(), 4);
    }
}

#[test]
fn a_limit_that_makes_no_sense_is_refused() {
    for wrong in [json!(0), json!("0"), json!(-1), json!(1.5), json!("many"), json!([1])] {
        let refused = TokioExecutor::from_options(&options(json!({ "max_workers": wrong })));
        assert_eq!(key_of(refused), "max_workers", "{wrong}");
    }
    assert_eq!(key_of(TokioExecutor::new().limit(0)), "max_workers");
}

#[test]
fn an_unknown_option_is_refused() {
    let refused = TokioExecutor::from_options(&options(json!({ "max_wrkers": 4 })));
    assert_eq!(key_of(refused), "max_wrkers");
}

#[test]
fn it_is_known_as_tokio_and_as_asyncio() {
    let mut plugins = Plugins::new();
    sched_exec_tokio::register(&mut plugins);
    for name in ["tokio", "asyncio"] {
        let executors = json!({ "default": { "type": name, "max_workers": "0" } });
        let config = Config::default().with("executors", executors).unwrap();
        match config.into_builder(&plugins).unwrap_err() {
            Error::Config { key, .. } => assert_eq!(key, "executors.default.max_workers"),
            other => panic!("{name}: {other}"),
        }
    }
}
