//! What a task in a worker has, and what not.

use std::time::Duration;

use sched_core::task::RunErrorKind;
use sched_core::trigger::Interval;
use sched_core::{EventKind, EventMask, Retry, Task};
use serde_json::json;

use crate::meeting::Meeting;
use crate::stage::{Stage, pool};
use crate::tasks;

#[tokio::test]
async fn a_task_knows_its_run() {
    let mut stage = Stage::start(pool(1)).await;
    for (id, task) in [("async", tasks::tells_async.call()), ("b", tasks::tells_blocking.call())] {
        stage.add(task).id(id).name("Ada").tags(["a", "b"]).await.unwrap();
        let end = stage.next(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR).await;
        let EventKind::JobExecuted { run, retval, .. } = &end.kind else { panic!("{end:?}") };
        let expected = json!({
            "id": id,
            "name": "Ada",
            "store": "default",
            "executor": "default",
            "tags": ["a", "b"],
            "run": run.run_id.to_string(),
            "scheduled": run.scheduled_run_time.as_micros(),
            "attempt": 1,
            "has_token": true,
            "cancelled": false,
        });
        assert_eq!(*retval, expected);
    }
}

#[tokio::test]
async fn attempts_are_counted() {
    let mut stage = Stage::start(pool(1)).await;
    let soon = Retry::new(5).backoff(Duration::from_millis(1));
    stage.add(tasks::attempt.call()).retry(soon).await.unwrap();
    for _ in 0..2 {
        assert_eq!(stage.next_end().await.1.unwrap_err().kind(), RunErrorKind::Failed);
    }
    assert_eq!(stage.next_end().await.1.unwrap(), 3);
}

#[tokio::test]
async fn the_fencing_token_grows() {
    let mut stage = Stage::start(pool(1)).await;
    let job = stage.add(tasks::token.call()).id("job").every(Duration::from_secs(86_400));
    job.max_instances(3).await.unwrap();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        stage.run_job("job").await.unwrap();
        tokens.push(stage.next_end().await.1.unwrap().as_u64().unwrap());
    }
    assert!(tokens.is_sorted_by(|earlier, later| earlier < later), "{tokens:?}");
}

#[tokio::test]
async fn fires_that_were_caught_up_with_are_runs_of_their_own() {
    let mut stage = Stage::start(pool(2)).await;
    let first = stage.now() - Duration::from_secs(60);
    let second = first + Duration::from_secs(1);
    let trigger = Interval::every(Duration::from_secs(1)).start_date(first).end_date(second);
    let job = stage.add(tasks::moment.call()).trigger(trigger).next_run_time(first);
    job.coalesce(false).await.unwrap();
    for moment in [first, second] {
        assert_eq!(stage.next_end().await.1.unwrap(), moment.as_micros());
    }
}

#[tokio::test]
async fn progress_is_told_and_shown_and_a_result_set() {
    let (mut stage, meeting) = (Stage::start(pool(1)).await, Meeting::new());
    stage.run("job", tasks::reports.call(meeting.path())).await;
    for expected in [json!("a quarter"), json!({ "done": 0.5 })] {
        let told = stage.next(EventMask::JOB_PROGRESS).await;
        let EventKind::JobProgress { progress, .. } = &told.kind else { panic!("{told:?}") };
        assert_eq!(*progress, expected);
    }
    let shown: Vec<_> = stage.local_runs().into_iter().map(|run| run.progress).collect();
    assert_eq!(shown, [Some(json!({ "done": 0.5 }))]);
    meeting.guest().await.let_go().await;
    assert_eq!(stage.next_end().await.1.unwrap(), "said");
}

#[tokio::test]
async fn the_entry_gives_tasks_and_state() {
    let mut stage = Stage::start_with(pool(1), |builder| builder.task(tasks::by_hand())).await;
    let call = sched_core::task::Invocation::named(
        "by hand",
        sched_core::task::Args::of(&("Ada",)).unwrap(),
    );
    assert_eq!(stage.value(call).await, "hello, Ada");
}

#[tokio::test]
async fn a_task_that_the_worker_does_not_know_is_an_error_that_names_it() {
    let only_here = || Task::blocking("only here", |_, ()| ());
    let mut stage = Stage::start_with(pool(1), |builder| builder.task(only_here())).await;
    let call = sched_core::task::Invocation::named("only here", sched_core::task::Args::NONE);
    let error = stage.error(call).await;
    assert_eq!(error.kind(), RunErrorKind::Executor);
    assert!(error.to_string().contains("registered under the name \"only here\""), "{error}");
}

#[tokio::test]
async fn a_closure_is_an_error_that_says_what_to_do() {
    let mut stage = Stage::start(pool(1)).await;
    let closure = sched_core::task::blocking(|_| ());
    let error = stage.error(closure).await;
    assert_eq!(error.kind(), RunErrorKind::Executor);
    assert!(error.to_string().contains("make it a #[task]"), "{error}");
}

#[tokio::test]
async fn the_scheduler_is_elsewhere() {
    let mut stage = Stage::start(pool(1)).await;
    assert_eq!(stage.value(tasks::asks_the_scheduler.call()).await, json!(vec![true; 12]));
    let blocking = tasks::asks_the_scheduler_in_the_blocking_form.call();
    assert_eq!(stage.value(blocking).await, json!(vec![true; 3]));
}
