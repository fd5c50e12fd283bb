//! Events about runs: their data and their order.

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::EventKind;
use sched_core::task::RunErrorKind;
use sched_core::trigger::{Date, IntoTrigger};
use sched_core::{Context, Event, EventMask, Retry, RunId};
use sched_testkit::moment;
use sched_tests::told::{ENDS, codes};
use serde_json::json;

use crate::{SECOND, START, build, nothing};

fn run_id(event: &Arc<Event>) -> RunId {
    match &event.kind {
        EventKind::JobSubmitted { run_id, .. } => *run_id,
        _ => event.run().unwrap().run_id,
    }
}

#[tokio::test]
async fn a_run_from_its_submission_to_its_end() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    let task = |cx: Context| async move {
        cx.sleep(3 * SECOND).await;
        cx.report_progress(json!({"half": true}))?;
        cx.sleep(4 * SECOND).await;
        Ok::<_, sched_core::task::ArgsError>(42)
    };
    // One second of jitter, so that the moment named and the moment of the run differ.
    let at = Date::at(moment(START) + 10 * SECOND).jitter(SECOND).jitter_seed(1);
    let job = test.add(task).id("answer").trigger(at).await.unwrap();
    let due = job.next_run_time().unwrap();
    assert_ne!(due, moment(START) + 10 * SECOND);
    test.advance(20 * SECOND).await;

    let told = test.take(EventMask::all() - EventMask::JOB_ADDED);
    let expected = [
        EventMask::JOB_SUBMITTED,
        EventMask::JOB_STARTED,
        EventMask::JOB_REMOVED,
        EventMask::JOB_PROGRESS,
        EventMask::JOB_EXECUTED,
    ];
    assert_eq!(codes(&told), expected);
    let [submitted, started, _, progress, executed] = told.as_slice() else { unreachable!() };
    let EventKind::JobSubmitted { job, scheduled_run_times, .. } = &submitted.kind else {
        unreachable!()
    };
    assert_eq!((&*job.job_id, job.store.as_deref()), ("answer", Some("default")));
    assert_eq!(*scheduled_run_times, [moment(START) + 10 * SECOND]);
    for event in [started, progress, executed] {
        let run = event.run().unwrap();
        assert_eq!((&*run.job_id, &*run.store, run.attempt), ("answer", "default", 1));
        assert_eq!(run.scheduled_run_time, moment(START) + 10 * SECOND);
        assert_eq!(run.run_id, run_id(submitted));
    }
    assert_eq!((submitted.at, started.at, progress.at), (due, due, due + 3 * SECOND));
    let EventKind::JobProgress { progress, .. } = &progress.kind else { unreachable!() };
    assert_eq!(*progress, json!({"half": true}));
    let EventKind::JobExecuted { started, ended, retval, .. } = &executed.kind else {
        unreachable!()
    };
    assert_eq!((*started, *ended, executed.at), (due, due + 7 * SECOND, due + 7 * SECOND));
    assert_eq!(*retval, json!(42));
}

#[tokio::test]
async fn what_a_task_returns_or_sets_is_the_result() {
    let mut test = build();
    test.start().await.unwrap();
    test.add(nothing).id("a").await.unwrap();
    test.add(|| async { Ok::<_, &str>(json!([1, 2])) }).id("b").await.unwrap();
    let sets = |cx: Context| async move { cx.set_result("set") };
    test.add(sets).id("c").await.unwrap();
    test.settle().await;
    let mut results = Vec::new();
    for event in test.take(EventMask::JOB_EXECUTED) {
        let EventKind::JobExecuted { run, retval, .. } = &event.kind else { unreachable!() };
        results.push((run.job_id.to_string(), retval.clone()));
    }
    results.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [("a", json!(null)), ("b", json!([1, 2])), ("c", json!("set"))];
    assert_eq!(results, expected.map(|(id, value)| (id.to_owned(), value)));
}

#[tokio::test]
async fn an_error_says_of_what_kind_and_why() {
    let mut test = build();
    test.start().await.unwrap();
    let fails = || async { Err::<(), _>(std::io::Error::other("disk on fire")) };
    let panics = |cx: Context| async move {
        assert!(cx.attempt() > 9, "a bug");
    };
    let sleeps = |cx: Context| async move { cx.sleep(60 * SECOND).await };
    test.add(fails).id("1 fails").await.unwrap();
    test.add(panics).id("2 panics").await.unwrap();
    test.add(sleeps).id("3 times out").timeout(5 * SECOND).await.unwrap();
    test.add(sleeps).id("4 is cancelled").every(60 * SECOND).await.unwrap();
    test.advance(61 * SECOND).await;
    assert_eq!(test.cancel_runs("4 is cancelled").await.unwrap(), 1);
    test.settle().await;

    let mut errors = Vec::new();
    for event in test.take(ENDS) {
        let EventKind::JobError { run, started, ended, error } = &event.kind else {
            panic!("{event:?}")
        };
        errors.push((
            run.job_id.to_string(),
            error.kind(),
            error.to_string(),
            ended.since(*started),
        ));
    }
    errors.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("1 fails", RunErrorKind::Failed, "the task failed: disk on fire", 0),
        ("2 panics", RunErrorKind::Panicked, "the task panicked: a bug", 0),
        ("3 times out", RunErrorKind::TimedOut, "the run timed out: its time was up", 5),
        (
            "4 is cancelled",
            RunErrorKind::Cancelled,
            "the run was cancelled: somebody asked for it",
            1,
        ),
    ];
    let expected = expected.map(|(id, kind, text, took)| {
        (id.to_owned(), kind, text.to_owned(), Duration::from_secs(took))
    });
    assert_eq!(errors, expected);
}

#[tokio::test]
async fn several_fires_of_one_submission_have_consecutive_run_ids() {
    let mut test = build();
    test.start().await.unwrap();
    test.add(nothing).every(SECOND).coalesce(false).await.unwrap();
    test.pause().unwrap();
    test.advance(3 * SECOND).await;
    test.take(EventMask::all());
    test.resume().unwrap();
    test.settle().await;
    let told = test.take(EventMask::JOB_SUBMITTED | EventMask::JOB_EXECUTED);
    let EventKind::JobSubmitted { run_id: first, scheduled_run_times, .. } = &told[0].kind else {
        panic!("{told:?}")
    };
    let times = [1, 2, 3].map(|second| moment(START) + second * SECOND);
    assert_eq!(*scheduled_run_times, times);
    let ids: Vec<RunId> = told[1..].iter().map(run_id).collect();
    let numbers = [0, 1, 2].map(|n| RunId { number: first.number + n, ..*first });
    assert_eq!(ids, numbers);
}

#[tokio::test]
async fn refused_fires_are_told_together() {
    let mut test = build();
    test.start().await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(60 * SECOND).await };
    let job = test.add(slow).every(10 * SECOND).coalesce(false).await.unwrap();
    test.advance(10 * SECOND).await;
    test.pause().unwrap();
    test.advance(25 * SECOND).await;
    test.take(EventMask::all());
    test.resume().unwrap();
    test.settle().await;
    let told = test.take(EventMask::all() - EventMask::SCHEDULER_RESUMED);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    let EventKind::JobMaxInstances { job: told, scheduled_run_times } = &event.kind else {
        panic!("{event:?}")
    };
    assert_eq!(told.job_id, *job.id());
    assert_eq!(*scheduled_run_times, [20, 30].map(|second| moment(START) + second * SECOND));
}

#[tokio::test]
async fn a_retry_is_told_after_the_error_with_the_moment_of_the_next_attempt() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    let fails = || async { Err::<(), _>("no") };
    test.add(fails).retry(Retry::new(2).backoff(8 * SECOND)).await.unwrap();
    test.settle().await;
    let told = test.take(EventMask::JOB_ERROR | EventMask::JOB_RETRIED);
    assert_eq!(codes(&told), [EventMask::JOB_ERROR, EventMask::JOB_RETRIED]);
    let EventKind::JobRetried { run, retry_at } = &told[1].kind else { unreachable!() };
    assert_eq!((run.attempt, run.run_id), (1, run_id(&told[0])));
    let wait = retry_at.since(moment(START));
    assert!(wait >= 4 * SECOND && wait <= 8 * SECOND, "{wait:?}");
    test.advance(wait).await;
    let told = test.take(EventMask::JOB_STARTED | EventMask::JOB_RETRIED);
    let [again] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((again.at, again.run().unwrap().attempt), (*retry_at, 2));
    assert_eq!(again.run().unwrap().scheduled_run_time, moment(START));
}
