//! What a function becomes, and where.

use sched_core::{Context, task};
use serde_json::json;

use crate::{ends, next, refusal, run, scheduler};

/// Greets somebody so many times.
#[task]
async fn greet(cx: Context, name: String, times: u32) -> String {
    assert_eq!(cx.attempt(), 1);
    format!("{}: {}", cx.job_name(), name.repeat(times as usize))
}

#[task]
fn add(left: i64, right: i64) -> i64 {
    left + right
}

mod elsewhere {
    use sched_core::task;

    #[task]
    pub(crate) fn shown(mut count: u32) -> u32 {
        count += super::hidden::run();
        count
    }
}

#[task]
fn hidden() -> u32 {
    1
}

#[tokio::test]
async fn an_async_function_is_awaited_with_its_context_and_arguments() {
    assert_eq!(run(greet.call("ha", 3)).await, Ok(json!("greet: hahaha")));
    assert!(!greet::task().is_blocking());
}

#[tokio::test]
async fn a_plain_function_is_a_blocking_task() {
    assert_eq!(run(add.call(2, -5)).await, Ok(json!(-3)));
    assert!(add::task().is_blocking());
}

#[tokio::test]
async fn a_text_argument_takes_whatever_turns_into_a_string() {
    let calls = [greet.call("a", 1), greet.call("a".to_owned(), 1), greet.call('a', 1)];
    for call in calls {
        assert_eq!(call.args().as_json(), r#"{"name":"a","times":1}"#);
    }
}

#[tokio::test]
async fn the_function_itself_can_be_called() {
    assert_eq!(add::run(2, 2), 4);
    #[task]
    async fn double(number: u8) -> u8 {
        number * 2
    }
    assert_eq!(double::run(4).await, 8);
}

#[tokio::test]
async fn a_task_may_live_in_a_module_or_in_a_function() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Local(u8);

    #[task]
    fn inner(local: Local) -> u8 {
        local.0
    }

    assert_eq!(run(inner.call(Local(7))).await, Ok(json!(7)));
    assert_eq!(run(elsewhere::shown.call(1)).await, Ok(json!(2)));
}

#[tokio::test]
async fn a_task_may_schedule_itself() {
    #[task]
    async fn countdown(cx: Context, from: u32) -> Result<u32, sched_core::Error> {
        if from > 0 {
            cx.scheduler().add(countdown.call(from - 1)).await?;
        }
        Ok(from)
    }

    let scheduler = scheduler();
    scheduler.start().await.unwrap();
    let mut ends = ends(&scheduler);
    scheduler.add(countdown.call(2)).await.unwrap();
    for expected in [2, 1, 0] {
        assert_eq!(next(&mut ends).await, Ok(json!(expected)));
    }
}

#[tokio::test]
async fn attributes_reach_the_function() {
    #[deny(warnings)]
    mod strict {
        #[sched_core::task]
        #[allow(unused_variables, reason = "they are the test")]
        pub(super) fn careless(unread: u8) -> u8 {
            let unused = 1;
            5
        }

        #[sched_core::task]
        #[expect(clippy::needless_return, reason = "it is the test")]
        pub(super) fn wordy() -> u8 {
            return 6;
        }
    }
    assert_eq!(run(strict::careless.call(0)).await, Ok(json!(5)));
    assert_eq!(run(strict::wordy.call()).await, Ok(json!(6)));
}

#[tokio::test]
async fn a_panic_is_an_error_of_the_run() {
    #[task]
    fn fall() {
        panic!("over the edge");
    }
    assert_eq!(run(fall.call()).await, Err("the task panicked: over the edge".to_owned()));
}

#[tokio::test]
async fn arguments_that_cannot_be_written_are_refused_when_added() {
    use std::collections::BTreeMap;

    #[task]
    fn chart(points: BTreeMap<(u8, u8), u8>) -> usize {
        points.len()
    }

    let call = chart.call(BTreeMap::from([((1, 2), 3)]));
    let refusal = refusal(call).await;
    assert_eq!(refusal, "arguments of task \"task::call::chart\": key must be a string");
}
