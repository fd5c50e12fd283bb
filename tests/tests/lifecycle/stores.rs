//! Job stores that come and go while the scheduler runs.

use std::sync::Arc;

use sched_core::{
    Error, EventMask, InlineExecutor, JobFilter, JobStore, MemoryStore, Scheduler, Shutdown,
};
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb};
use sched_tests::told::{ENDS, codes};

use crate::{SECOND, START, build, naps, nothing, started};

#[tokio::test]
async fn aliases_are_unique_and_must_be_known() {
    for test in [build(), started().await] {
        let twice = test.add_jobstore("default", MemoryStore::new()).await.unwrap_err();
        assert!(matches!(&twice, Error::DuplicateAlias { alias, .. } if &**alias == "default"));
        let unknown = test.remove_jobstore("nowhere").await.unwrap_err();
        assert!(matches!(&unknown, Error::UnknownStore { alias } if &**alias == "nowhere"));
        test.add_jobstore("another", MemoryStore::new()).await.unwrap();
        assert_eq!(test.jobstores(), [Arc::from("default"), Arc::from("another")]);
    }
}

#[tokio::test]
async fn a_started_scheduler_refuses_a_job_for_an_unknown_store_at_once() {
    let test = build();
    let job = || test.add(nothing).store("nowhere").every(SECOND);
    assert!(job().await.is_ok(), "the store may be added before the start");
    test.remove_all_jobs(None).await.unwrap();
    test.start().await.unwrap();
    let refused = job().await.unwrap_err();
    assert_eq!(refused.to_string(), "no job store with the alias \"nowhere\"");
}

#[tokio::test]
async fn the_jobs_of_an_added_store_run_and_those_of_a_removed_one_rest() {
    let store = EncodedStore::new();
    let idle = sched_core::Task::asynchronous("idle", |_: sched_core::Context, ()| async {});
    let build =
        TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new()).task(idle));
    let mut test = build.unwrap();
    test.start().await.unwrap();
    test.add_jobstore("moved", store.clone()).await.unwrap();
    let call = sched_core::task::Invocation::named("idle", sched_core::task::Args::NONE);
    test.add(call).id("job").store("moved").every(10 * SECOND).await.unwrap();
    test.advance(15 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);

    test.remove_jobstore("moved").await.unwrap();
    assert_eq!(test.jobstores(), [Arc::from("default")]);
    test.advance(100 * SECOND).await;
    assert!(test.take(ENDS | EventMask::JOB_REMOVED).is_empty());
    assert!(test.get_job("job").await.unwrap().is_none());
    assert!(matches!(test.remove_job("job").await, Err(Error::JobLookup { .. })));
    assert!(store.get(&"job".into()).await.unwrap().is_some());

    test.add_jobstore("back", store.clone()).await.unwrap();
    test.settle().await;
    let told = test.take(ENDS | EventMask::JOBSTORE_ADDED);
    assert_eq!(codes(&told), [EventMask::JOBSTORE_ADDED, EventMask::JOB_EXECUTED]);
    let job = test.get_job("job").await.unwrap().unwrap();
    assert_eq!(job.store().map(|alias| &**alias), Some("back"));
}

#[tokio::test]
async fn a_run_goes_on_when_its_store_is_removed() {
    let mut test = started().await;
    test.add_jobstore("brief", MemoryStore::new()).await.unwrap();
    test.add(naps(10)).store("brief").every(60 * SECOND).await.unwrap();
    test.advance(65 * SECOND).await;
    test.remove_jobstore("brief").await.unwrap();
    test.clock().advance(5 * SECOND);
    while test.take(ENDS).is_empty() {
        tokio::task::yield_now().await;
    }
}

/// There the alias stays, with a store that does not work.
#[tokio::test]
async fn a_store_that_cannot_be_opened_is_not_added() {
    let test = started().await;
    let store = FaultyStore::new(EncodedStore::new());
    store.fail(Verb::Open, 1);
    let refused = test.add_jobstore("broken", store).await.unwrap_err();
    assert!(matches!(&refused, Error::Store { alias, .. } if &**alias == "broken"));
    assert_eq!(test.jobstores(), [Arc::from("default")]);
    test.add_jobstore("broken", MemoryStore::new()).await.unwrap();
}

#[tokio::test]
async fn each_store_is_sorted_for_itself_and_searched_in_the_order_added() {
    let build = TestScheduler::build(START, |b| {
        let b = b.executor("default", InlineExecutor::new());
        b.jobstore("z", MemoryStore::new()).jobstore("a", MemoryStore::new())
    });
    let test = build.unwrap();
    test.start().await.unwrap();
    assert_eq!(test.jobstores(), ["default", "z", "a"].map(Arc::from));
    for (store, seconds) in [("a", 1), ("a", 3), ("z", 2), ("z", 4)] {
        let job = test.add(nothing).id(format!("{store}{seconds}")).store(store);
        job.every(seconds * SECOND).await.unwrap();
    }
    for store in ["a", "z"] {
        test.add(nothing).id("same").name(store).store(store).every(60 * SECOND).await.unwrap();
    }
    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    let ids: Vec<&str> = jobs.iter().map(|job| job.id().as_str()).collect();
    assert_eq!(ids, ["z2", "z4", "same", "a1", "a3", "same"]);
    let first = test.get_job("same").await.unwrap().unwrap();
    assert_eq!(first.name(), "z");
    // The handle means its own, whichever is found first.
    first.remove().await.unwrap();
    let second = test.get_job("same").await.unwrap().unwrap();
    assert_eq!(second.name(), "a");
}

#[tokio::test]
async fn a_closure_is_refused_where_it_cannot_be_kept() {
    let store = Arc::new(EncodedStore::new());
    let scheduler = Scheduler::builder().executor("default", InlineExecutor::new());
    let scheduler = scheduler.shared_jobstore("durable", store).build().unwrap();
    for started in [false, true] {
        if started {
            scheduler.start().await.unwrap();
        }
        let refused = scheduler.add(nothing).store("durable").every(SECOND).await.unwrap_err();
        assert!(matches!(&refused, Error::NotStorable { store } if &**store == "durable"));
        assert!(refused.to_string().contains("make it a #[task]"), "{refused}");
    }
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
}
