//! Lines 25 and 26.

use std::sync::Arc;

use sched_core::config::{Config, Plugins};
use sched_core::{Error, EventMask};
use sched_testkit::{TestScheduler, Verb};
use sched_tests::told::ENDS;
use serde_json::json;

use crate::{SECOND, START, idle, nothing, on_a_faulty_store};

/// There an argument that the trigger does not know is an error, and one beside a trigger that is
/// built already is ignored; here there is no place for the latter.
#[tokio::test]
async fn not_reproduced_25_unknown_arguments_of_a_trigger_are_refused() {
    let test = TestScheduler::start(START).await.unwrap();
    let serde_json::Value::Object(arguments) = json!({"seconds": 5, "secnods": 6}) else {
        unreachable!()
    };
    let refused = test.add(nothing).trigger_named("interval", arguments).await.unwrap_err();
    assert!(matches!(&refused, Error::Trigger(_)), "{refused}");
    assert!(refused.to_string().contains("secnods"), "{refused}");
}

/// There each wakeup adds a timer that renews itself for ever.
#[tokio::test]
async fn not_reproduced_26_wakeups_do_not_multiply_the_timer() {
    let looks_after = async |wakeups: usize| {
        let (mut test, store) = on_a_faulty_store().await;
        test.add(idle()).every(SECOND).await.unwrap();
        test.settle().await;
        for _ in 0..wakeups {
            test.wakeup();
            test.settle().await;
        }
        let before = store.calls(Verb::Claim);
        test.advance(100 * SECOND).await;
        assert_eq!(test.take(ENDS).len(), 100);
        store.calls(Verb::Claim) - before
    };
    assert_eq!(looks_after(0).await, looks_after(100).await);
}

/// There, in one version, an event cannot be shown.
#[tokio::test]
async fn not_reproduced_26_every_event_has_a_debug_text() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("shown").await.unwrap();
    test.settle().await;
    let texts: Vec<String> =
        test.take(EventMask::all()).iter().map(|event| format!("{event:?}")).collect();
    assert!(texts.iter().any(|text| text.contains("JobExecuted") && text.contains("shown")));
    assert!(texts.iter().any(|text| text.contains("ExecutorAdded") && text.contains("default")));
}

/// There the maps that are passed in lose their `type`, and the second time there is none.
#[test]
fn not_reproduced_25_a_configuration_can_be_used_again() {
    let settings = [
        ("apscheduler.executors.default.type", "debug"),
        ("apscheduler.jobstores.default.type", "memory"),
    ];
    let config = Config::from_flat(settings, "apscheduler.").unwrap();
    for config in [config.clone(), config, Config::from_flat(settings, "apscheduler.").unwrap()] {
        let scheduler = config.into_builder(&Plugins::new()).unwrap().build().unwrap();
        assert_eq!(scheduler.executors(), [Arc::from("default")]);
        assert_eq!(scheduler.jobstores(), [Arc::from("default")]);
    }
}

/// There a grace time in the wrong place has no effect and nobody says so.
#[test]
fn not_reproduced_25_unknown_options_are_refused_by_their_full_key() {
    for key in ["misfire_grace_time", "job_defaults.coalsce", "executors.default.max_wrkers"] {
        let settings = [("executors.default.type", "debug"), (key, "1")];
        let config = Config::from_flat(settings, "");
        let refused = config.and_then(|config| config.into_builder(&Plugins::new())).unwrap_err();
        assert!(matches!(&refused, Error::Config { key: told, .. } if told == key), "{refused}");
    }
}
