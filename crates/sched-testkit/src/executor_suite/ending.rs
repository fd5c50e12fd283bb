//! How runs end: each in its own way, and without harm to the next.

use std::time::Duration;

use sched_core::task::{Invocation, RunErrorKind};
use sched_core::trigger::Interval;
use sched_core::{Context, EventKind, RunId};
use serde_json::{Value, json};

use super::ExecutorHarness;
use super::stage::Stage;
use super::task_kind::{Returned, TaskKind};

/// What an async task returns is told.
pub async fn async_value_is_returned(harness: ExecutorHarness) {
    value_is_returned(harness, TaskKind::Async).await;
}

/// What a blocking task returns is told.
pub async fn blocking_value_is_returned(harness: ExecutorHarness) {
    value_is_returned(harness, TaskKind::Blocking).await;
}

async fn value_is_returned(harness: ExecutorHarness, kind: TaskKind) {
    let mut stage = Stage::start(&harness, 1).await;
    stage.run("job", kind.task(|_| async { Ok(json!({ "sum": 42 })) })).await;
    assert_eq!(stage.end_of("job").await.value(), json!({ "sum": 42 }));
}

/// What a task says is its result is told in place of what it returns.
pub async fn result_that_was_set_takes_the_place_of_the_value(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 1).await;
        let says = |cx: Context| async move {
            cx.set_result("said")?;
            Ok(json!("returned"))
        };
        stage.run("job", kind.task(says)).await;
        assert_eq!(stage.end_of("job").await.value(), "said");
    }
}

/// The error of an async task is its run's, and the next job runs.
pub async fn async_error_ends_only_its_run(harness: ExecutorHarness) {
    error_ends_only_its_run(harness, TaskKind::Async).await;
}

/// The error of a blocking task is its run's, and the next job runs.
pub async fn blocking_error_ends_only_its_run(harness: ExecutorHarness) {
    error_ends_only_its_run(harness, TaskKind::Blocking).await;
}

async fn error_ends_only_its_run(harness: ExecutorHarness, kind: TaskKind) {
    let fails = kind.task(|_| async { Err("out of paper".into()) });
    ends_only_its_run(harness, fails, RunErrorKind::Failed, "out of paper").await;
}

/// The panic of an async task is an error of its run, and the next job runs.
pub async fn async_panic_ends_only_its_run(harness: ExecutorHarness) {
    panic_ends_only_its_run(harness, TaskKind::Async).await;
}

/// The panic of a blocking task is an error of its run, and the next job runs.
pub async fn blocking_panic_ends_only_its_run(harness: ExecutorHarness) {
    panic_ends_only_its_run(harness, TaskKind::Blocking).await;
}

async fn panic_ends_only_its_run(harness: ExecutorHarness, kind: TaskKind) {
    let panics = kind.task(|_| async { panic!("no such luck") });
    ends_only_its_run(harness, panics, RunErrorKind::Panicked, "no such luck").await;
}

/// A panic in the call of an async function, before there is anything to await, is an error of
/// its run, and the next job runs.
pub async fn panic_before_the_first_await_ends_only_its_run(harness: ExecutorHarness) {
    let call = |_: Context| -> std::future::Ready<Returned> { panic!("not even begun") };
    let panics = TaskKind::Async.task(call);
    ends_only_its_run(harness, panics, RunErrorKind::Panicked, "not even begun").await;
}

/// A panic in what a task leaves behind when it is cancelled does not change how its run ended,
/// and the next job runs.
pub async fn panic_of_what_a_cancelled_task_drops_ends_only_its_run(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 1).await;
    let holds = TaskKind::Async.task(|_| async {
        let _held = PanicOnDrop;
        std::future::pending().await
    });
    let job = stage.add(holds).id("bad").timeout(Duration::from_millis(1));
    job.await.expect("the job is added");
    assert_eq!(stage.end_of("bad").await.error().kind(), RunErrorKind::TimedOut);
    next_job_runs(stage).await;
}

/// With room for one run at once, so that the next one needs what the bad one had.
async fn ends_only_its_run(
    harness: ExecutorHarness,
    bad: Invocation,
    kind: RunErrorKind,
    text: &str,
) {
    let mut stage = Stage::start(&harness, 1).await;
    stage.run("bad", bad).await;
    let error = stage.end_of("bad").await.error();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(text), "{error}");
    next_job_runs(stage).await;
}

async fn next_job_runs(mut stage: Stage) {
    for (id, kind) in [("next", TaskKind::Async), ("last", TaskKind::Blocking)] {
        stage.run(id, kind.task(|_| async { Ok(Value::Null) })).await;
        stage.end_of(id).await.value();
    }
}

/// Fires of one job that are caught up with one by one are runs of their own, in order, one after
/// the other, and the end of one does not stand for that of another.
pub async fn fires_that_were_caught_up_with_run_one_after_the_other(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 4).await;
        let first = stage.now() - Duration::from_secs(60);
        let second = first + Duration::from_secs(1);
        let every_second = Interval::every(Duration::from_secs(1)).start_date(first);
        let trigger = every_second.end_date(first + Duration::from_secs(2));
        let task = kind.task(move |cx| async move {
            if cx.scheduled_time() == second {
                return Err("the second fails".into());
            }
            Ok(json!(cx.scheduled_time().as_micros()))
        });
        let job = stage.add(task).trigger(trigger).next_run_time(first).coalesce(false);
        job.await.expect("the job is added");
        let ends = stage.ends(3).await;

        let first_id = ends[0].run;
        for (end, number) in ends.iter().zip(first_id.number..) {
            assert_eq!(end.run, RunId { number, ..first_id });
            let started = stage.told(end.place - 1);
            let is_its_start =
                matches!(&started.kind, EventKind::JobStarted { run } if run.run_id == end.run);
            assert!(is_its_start, "between start and end of {}: {started:?}", end.run);
        }
        assert_eq!(ends[0].clone().value(), first.as_micros());
        assert_eq!(ends[1].clone().error().kind(), RunErrorKind::Failed);
        assert_eq!(ends[2].clone().value(), (first + Duration::from_secs(2)).as_micros());
    }
}

struct PanicOnDrop;

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        panic!("a parting shot");
    }
}
