//! What a run may know, and what is known of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sched_core::event::EventKind;
use sched_core::task::{ArgsError, NoSuchState};
use sched_core::{Context, Error, InlineExecutor, JobFilter};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::ENDS;
use serde_json::{Value, json};

use crate::{SECOND, START};

#[tokio::test]
async fn a_run_knows_its_job_its_fire_and_the_scheduler() {
    struct Greeting(&'static str);
    let test = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).state(Greeting("hello"))
    });
    let mut test = test.unwrap();
    test.start().await.unwrap();
    let task = |cx: Context| async move {
        let missing: Result<Arc<u8>, NoSuchState> = cx.state();
        let tags: Vec<&String> = cx.tags().iter().collect();
        Ok::<Value, Error>(json!({
            "id": cx.job_id().as_str(),
            "name": cx.job_name(),
            "store": cx.store(),
            "executor": cx.executor(),
            "tags": tags,
            "attempt": cx.attempt(),
            "scheduled": cx.scheduled_time().to_string(),
            "now": cx.now().to_string(),
            "jobs": cx.scheduler().get_jobs(JobFilter::all()).await?.len(),
            "greeting": cx.state::<Greeting>().unwrap().0,
            "missing": missing.unwrap_err().to_string(),
            "stopping": cx.is_cancelled(),
        }))
    };
    let job = test.add(task).id("knows").name("all").tags(["b", "a"]).every(60 * SECOND);
    job.next_run_time(moment(START) - 5 * SECOND).await.unwrap();
    test.settle().await;
    let told = test.take(ENDS);
    let EventKind::JobExecuted { retval, .. } = &told[0].kind else { panic!("{told:?}") };
    let expected = json!({
        "id": "knows",
        "name": "all",
        "store": "default",
        "executor": "default",
        "tags": ["a", "b"],
        "attempt": 1,
        "scheduled": "2025-12-31T23:59:55Z",
        "now": START,
        "jobs": 1,
        "greeting": "hello",
        "missing": "the scheduler was given no shared state of type u8",
        "stopping": false,
    });
    assert_eq!(*retval, expected);
}

#[tokio::test]
async fn fencing_tokens_grow() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let token = |cx: Context| async move { Ok::<_, Error>(cx.fencing_token()) };
    test.add(token).every(SECOND).await.unwrap();
    test.advance(5 * SECOND).await;
    let mut last = 0;
    for event in test.take(ENDS) {
        let EventKind::JobExecuted { retval, .. } = &event.kind else { panic!("{event:?}") };
        let token = retval.as_u64().unwrap();
        assert!(token > last, "{token} after {last}");
        last = token;
    }
    assert!(last >= 5);
}

#[tokio::test]
async fn live_runs_can_be_seen() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move {
        cx.report_progress(json!(0.5))?;
        cx.sleep(60 * SECOND).await;
        Ok::<_, ArgsError>(())
    };
    test.add(slow).id("slow").name("shown").every(SECOND).await.unwrap();
    test.advance(SECOND).await;
    let runs = test.local_runs();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!((&*run.job_id, &*run.job_name, &*run.store), ("slow", "shown", "default"));
    assert_eq!((run.attempt, run.claimed_at), (1, moment(START) + SECOND));
    assert_eq!((run.cancelled, run.progress.clone()), (None, Some(json!(0.5))));
    test.advance(60 * SECOND).await;
    assert_eq!(test.local_runs().len(), 1, "the next one");
    assert_ne!(test.local_runs()[0].run_id, run.run_id);
}

#[tokio::test]
async fn tags_are_seen_by_the_run_they_were_given_to() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let tags = |cx: Context| async move { Ok::<BTreeSet<String>, Error>(cx.tags().clone()) };
    let job = test.add(tags).every(SECOND).tag("a").await.unwrap();
    test.advance(SECOND).await;
    job.modify().tag("b").tag("c").await.unwrap();
    test.advance(SECOND).await;
    let seen: Vec<Value> = test
        .take(ENDS)
        .iter()
        .map(|event| match &event.kind {
            EventKind::JobExecuted { retval, .. } => retval.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [json!(["a"]), json!(["b", "c"])]);
}
