//! What a task knows and says: its context is that of its run, wherever it runs.

use std::time::Duration;

use sched_core::task::RunErrorKind;
use sched_core::{Context, EventKind, EventMask, Retry};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::ExecutorHarness;
use super::stage::Stage;
use super::task_kind::{Gate, TaskKind};

/// An async task sees the job, the run and the fire that it is part of.
pub async fn async_task_knows_its_run(harness: ExecutorHarness) {
    task_knows_its_run(harness, TaskKind::Async).await;
}

/// A blocking task sees the job, the run and the fire that it is part of.
pub async fn blocking_task_knows_its_run(harness: ExecutorHarness) {
    task_knows_its_run(harness, TaskKind::Blocking).await;
}

async fn task_knows_its_run(harness: ExecutorHarness, kind: TaskKind) {
    let mut stage = Stage::start(&harness, 1).await;
    let tells = |cx: Context| async move {
        Ok(json!({
            "id": cx.job_id().as_str(),
            "name": cx.job_name(),
            "store": cx.store(),
            "executor": cx.executor(),
            "tags": cx.tags(),
            "run": cx.run_id().to_string(),
            "scheduled": cx.scheduled_time().as_micros(),
            "attempt": cx.attempt(),
            "cancelled": cx.is_cancelled(),
        }))
    };
    let job = stage.add(kind.task(tells)).id("job").name("Ada").tags(["a", "b"]);
    job.await.expect("the job is added");
    let end = stage.end_of("job").await;
    let run = stage.told(end.place).run().expect("the end of a run").clone();
    let expected = json!({
        "id": "job",
        "name": "Ada",
        "store": "default",
        "executor": "default",
        "tags": ["a", "b"],
        "run": run.run_id.to_string(),
        "scheduled": run.scheduled_run_time.as_micros(),
        "attempt": 1,
        "cancelled": false,
    });
    assert_eq!(end.value(), expected);
}

/// A task reaches what the scheduler was given by its type, and learns of what it was not.
pub async fn tasks_reach_shared_state(harness: ExecutorHarness) {
    struct Greeting(&'static str);
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let with_greeting = |builder: sched_core::SchedulerBuilder| builder.state(Greeting("hi"));
        let mut stage = Stage::start_with(&harness, 1, with_greeting).await;
        let looks = |cx: Context| async move {
            let nothing_else = cx.state::<String>().is_err();
            Ok(json!([cx.state::<Greeting>()?.0, nothing_else]))
        };
        stage.run("job", kind.task(looks)).await;
        assert_eq!(stage.end_of("job").await.value(), json!(["hi", true]));
    }
}

/// A task of either kind finds itself in the scheduler's runtime: it can spawn there, and a
/// blocking one can wait for async code.
pub async fn tasks_find_the_runtime(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 1).await;
        let ours = Handle::current().id();
        let spawns = move |_| async move {
            let spawned = tokio::spawn(async { Handle::current().id() });
            Ok(json!([Handle::current().id() == ours, spawned.await? == ours]))
        };
        stage.run("job", kind.task(spawns)).await;
        assert_eq!(stage.end_of("job").await.value(), json!([true, true]));
    }
}

/// The number that a task can fence a resource with grows with every claim of its job.
pub async fn fencing_token_grows_with_every_claim(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 1).await;
    let tells = TaskKind::Async.task(|cx| async move { Ok(json!(cx.fencing_token())) });
    // A run may be told as ended a moment before it leaves room for the next.
    let job = stage.add(tells).id("job").every(Duration::from_secs(86_400)).max_instances(3);
    job.await.expect("the job is added");
    let mut tokens = Vec::new();
    for count in 1..=3 {
        stage.run_job("job").await.expect("the job is there");
        let end = stage.ends(count).await.pop().expect("at least one");
        tokens.push(end.value().as_u64().expect("a number"));
    }
    assert!(tokens.is_sorted_by(|earlier, later| earlier < later), "{tokens:?}");
}

/// A run that is tried again knows which attempt it is, and so does everybody who is told.
pub async fn attempts_are_counted(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 1).await;
        let fails_twice = kind.task(|cx| async move {
            if cx.attempt() < 3 {
                return Err("not yet".into());
            }
            Ok(json!(cx.attempt()))
        });
        let soon = Retry::new(5).backoff(Duration::from_millis(1));
        stage.add(fails_twice).retry(soon).await.expect("the job is added");
        let ends = stage.ends(3).await;
        let attempts = ends.iter().map(|end| stage.told(end.place).run().map(|run| run.attempt));
        assert_eq!(attempts.collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
        let [first, second, third] = <[_; 3]>::try_from(ends).expect("three were asked for");
        assert_eq!(first.error().kind(), RunErrorKind::Failed);
        assert_eq!(second.error().kind(), RunErrorKind::Failed);
        assert_eq!(third.value(), 3);
    }
}

/// What a task says of how far it is can be seen while it runs, and is told in order.
pub async fn progress_is_told_and_shown(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 1).await;
        let (patience, gate) = (stage.patience, Gate::new());
        let held = gate.clone();
        let task = kind.task(move |cx| {
            let gate = held.clone();
            async move {
                cx.report_progress("a quarter")?;
                cx.report_progress(json!({ "done": 0.5 }))?;
                patience.wait("the progress to be seen", gate.pass()).await;
                Ok(Value::Null)
            }
        });
        stage.run("job", task).await;
        let is_progress = |event: &sched_core::Event| event.code() == EventMask::JOB_PROGRESS;
        let first = stage.hear("the first progress", is_progress).await;
        let second = stage.hear_from(first + 1, "the second progress", is_progress).await;
        let shown: Vec<_> = stage.local_runs().into_iter().map(|run| run.progress).collect();
        gate.open();
        assert_eq!(shown, [Some(json!({ "done": 0.5 }))]);
        let told = [first, second].map(|place| match &stage.told(place).kind {
            EventKind::JobProgress { progress, .. } => progress.clone(),
            other => panic!("not progress: {other:?}"),
        });
        assert_eq!(told, [json!("a quarter"), json!({ "done": 0.5 })]);
        stage.end_of("job").await.value();
    }
}
