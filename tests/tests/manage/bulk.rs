//! Many jobs at once.

use std::sync::Arc;

use sched_core::task::{Args, Invocation};
use sched_core::{Conflict, Error, EventMask, JobFilter, JobRequest};
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb};
use sched_tests::told::{ENDS, codes};

use crate::{SECOND, START, build, describe, listed, nothing, started};

#[tokio::test]
async fn each_has_an_answer_in_order_and_none_keeps_out_the_others() {
    for mut test in [build(), started().await] {
        let pending = !test.is_running();
        let requests = [
            JobRequest::new(nothing).id("a").every(SECOND),
            JobRequest::new(nothing).id("b").every(SECOND).max_instances(0),
            JobRequest::new(nothing).id("c").cron("nonsense"),
            JobRequest::new(nothing).id("d").every(SECOND),
        ];
        let answers = test.add_all(requests).await;
        assert_eq!(answers.len(), 4);
        assert_eq!(answers[0].as_ref().unwrap().is_pending(), pending);
        assert!(matches!(answers[1], Err(Error::InvalidJob { .. })));
        assert!(matches!(answers[2], Err(Error::Trigger(_))));
        assert_eq!(&**answers[3].as_ref().unwrap().id(), "d");
        assert_eq!(listed(&test, JobFilter::all()).await, ["a", "d"]);
        let told = test.take(EventMask::JOB_ADDED);
        assert_eq!(codes(&told).len(), if pending { 0 } else { 2 });
    }
}

#[tokio::test]
async fn each_conflict_is_settled_as_its_job_says() {
    let test = started().await;
    for id in ["refuse", "replace", "keep"] {
        test.add(nothing).id(id).name("old").every(SECOND).await.unwrap();
    }
    let new = |id: &str| JobRequest::new(nothing).id(id).name("new").every(SECOND);
    let requests = [
        new("refuse"),
        new("replace").replace_existing(),
        new("keep").on_conflict(Conflict::Keep),
        new("fresh"),
        new("fresh"),
    ];
    let answers = test.add_all(requests).await;
    let names: Vec<_> = answers.iter().map(|job| job.as_ref().ok().map(|job| job.name())).collect();
    assert_eq!(names, [None, Some("new"), Some("old"), Some("new"), None]);
    assert!(matches!(&answers[4], Err(Error::ConflictingId { id, .. }) if &**id == "fresh"));
}

#[tokio::test]
async fn thousands_need_few_round_trips_and_all_run() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let given = store.clone();
    let test = TestScheduler::build(START, |b| describe(b).shared_jobstore("default", given));
    let mut test = test.unwrap();
    test.start().await.unwrap();
    let call = || Invocation::named("greet", Args::of(&("a", 1)).unwrap());
    let requests = (0..5_000).map(|n| JobRequest::new(call()).id(n.to_string()).every(SECOND));
    assert!(test.add_all(requests).await.iter().all(Result::is_ok));
    assert!(store.calls(Verb::Insert) <= 5, "{}", store.calls(Verb::Insert));
    test.advance(SECOND).await;
    assert_eq!(test.take(ENDS).len(), 5_000);
}

#[tokio::test]
async fn a_store_that_fails_is_each_jobs_error() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let given = store.clone();
    let test = TestScheduler::build(START, |b| describe(b).shared_jobstore("faulty", given));
    let test = test.unwrap();
    test.start().await.unwrap();
    store.cut_off();
    let call = || Invocation::named("greet", Args::of(&("a", 1)).unwrap());
    let requests = [
        JobRequest::new(call()).store("faulty").every(SECOND),
        JobRequest::new(call()).every(SECOND),
        JobRequest::new(call()).store("nowhere").every(SECOND),
    ];
    let answers = test.add_all(requests).await;
    assert!(matches!(answers[0], Err(Error::Store { .. })));
    assert!(answers[1].is_ok());
    assert!(matches!(answers[2], Err(Error::UnknownStore { .. })));
}
