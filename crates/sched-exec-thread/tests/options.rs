//! The pool from a configuration.

use sched_core::config::{Config, Options, Plugins};
use sched_core::{Error, Executor};
use sched_exec_thread::ThreadPoolExecutor;
use serde_json::{Map, Value, json};

fn options(json: Value) -> Options {
    let values: Map<String, Value> = serde_json::from_value(json).expect("an object");
    Options::from(values)
}

fn key_of(refused: Result<ThreadPoolExecutor, Error>) -> String {
    match refused {
        Err(Error::Config { key, .. }) => key,
        other => panic!("not refused as a configuration: {other:?}"),
    }
}

#[test]
fn there_are_ten_threads_unless_said_and_as_many_runs_may_wait() {
    let pool = ThreadPoolExecutor::from_options(&options(json!({}))).unwrap();
    assert_eq!(pool.capacity(), 10 + 10);
    assert_eq!(ThreadPoolExecutor::default().capacity(), 10 + 10);
}

#[test]
fn threads_and_queue_are_numbers_or_text() {
    for (four, none) in [(json!(4), json!(0)), (json!("4"), json!("0"))] {
        let said = json!({ "max_workers": four, "queue": none });
        assert_eq!(ThreadPoolExecutor::from_options(&options(said)).unwrap().capacity(), 4);
    }
    let said = options(json!({ "max_workers": 4 }));
    assert_eq!(ThreadPoolExecutor::from_options(&said).unwrap().capacity(), 4 + 4);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let both = [json!(-1), json!(1.5), json!("many"), json!([1])];
    let zero = [json!(0), json!("0")];
    let threads = both.iter().chain(&zero).map(|wrong| ("max_workers", wrong));
    for (name, wrong) in threads.chain(both.iter().map(|wrong| ("queue", wrong))) {
        let refused = ThreadPoolExecutor::from_options(&options(json!({ name: wrong })));
        assert_eq!(key_of(refused), name, "{wrong}");
    }
    assert_eq!(key_of(ThreadPoolExecutor::with_workers(0)), "max_workers");
}

#[test]
fn an_unknown_option_is_refused() {
    let refused = ThreadPoolExecutor::from_options(&options(json!({ "max_wrkers": 4 })));
    assert_eq!(key_of(refused), "max_wrkers");
}

#[test]
fn it_is_known_as_threadpool() {
    let mut plugins = Plugins::new();
    sched_exec_thread::register(&mut plugins);
    let executors = json!({ "default": { "type": "threadpool", "max_workers": "0" } });
    let config = Config::default().with("executors", executors).unwrap();
    match config.into_builder(&plugins).unwrap_err() {
        Error::Config { key, .. } => assert_eq!(key, "executors.default.max_workers"),
        other => panic!("{other}"),
    }
}
