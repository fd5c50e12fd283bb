//! Jobs that are prepared here, and written by whoever has a transaction.

use sched_core::task::{Args, Invocation};
use sched_core::{Conflict, Error, EventMask, InlineExecutor, JobFilter, JobStore};
use sched_testkit::{EncodedStore, TestScheduler};
use sched_tests::told::{ENDS, codes};

use crate::{SECOND, START, describe, nothing};

fn greet() -> Invocation {
    Invocation::named("greet", Args::of(&("ho", 2)).unwrap())
}

async fn started(store: EncodedStore) -> TestScheduler {
    let test = TestScheduler::build(START, |builder| {
        describe(builder).executor("other", InlineExecutor::new()).jobstore("durable", store)
    });
    let test = test.unwrap();
    test.start().await.unwrap();
    test
}

#[tokio::test]
async fn a_prepared_job_is_nowhere_until_somebody_writes_it() {
    let store = EncodedStore::new();
    let mut test = started(store.clone()).await;
    test.take(EventMask::all());
    let job = test.add(greet()).id("job").store("durable").every(10 * SECOND).prepare().unwrap();
    let dropped = test.add(greet()).id("dropped").store("durable").every(SECOND).prepare();
    drop(dropped.unwrap());
    test.advance(5 * SECOND).await;
    assert!(test.get_jobs(JobFilter::all()).await.unwrap().is_empty());
    assert!(test.take(EventMask::all()).is_empty());

    // What a store does in a caller's transaction.
    assert_eq!(store.insert(vec![job.record().clone()]).await.unwrap(), [true]);
    let job = job.committed();
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_ADDED]);
    assert_eq!(job.next_run_time().unwrap().to_string(), "2026-01-01T00:00:10Z");
    assert_eq!(test.get_job("job").await.unwrap(), Some(job));
    // Sooner than the store is looked at by itself.
    test.clock().advance(5 * SECOND);
    test.settle().await;
    assert_eq!(codes(&test.take(ENDS)), [EventMask::JOB_EXECUTED]);
}

#[tokio::test]
async fn what_cannot_be_written_by_another_is_refused() {
    let test = started(EncodedStore::new()).await;
    let closure = test.add(nothing).store("durable").every(SECOND).prepare().unwrap_err();
    assert!(matches!(&closure, Error::NotStorable { store } if &**store == "durable"));
    let volatile = test.add(greet()).every(SECOND).prepare().unwrap_err();
    assert!(matches!(&volatile, Error::InvalidJob { field: "store", .. }), "{volatile}");
    let unknown = test.add(greet()).store("nowhere").every(SECOND).prepare().unwrap_err();
    assert!(matches!(&unknown, Error::UnknownStore { alias } if &**alias == "nowhere"));
    for policy in [Conflict::Replace, Conflict::Keep, Conflict::ReplaceKeepNext] {
        let job = test.add(greet()).store("durable").every(SECOND).on_conflict(policy);
        let refused = job.prepare().unwrap_err();
        assert!(matches!(&refused, Error::InvalidJob { field: "on_conflict", .. }), "{refused}");
    }
    let misfit = Invocation::named("greet", Args::of(&(1,)).unwrap());
    let misfit = test.add(misfit).store("durable").every(SECOND).prepare().unwrap_err();
    assert!(matches!(misfit, Error::Args { .. }), "{misfit}");
}
