//! Executors that come and go while the scheduler runs.

use std::sync::Arc;

use sched_core::{Context, Error, EventMask, InlineExecutor, Scheduler};
use sched_testkit::TestScheduler;
use sched_tests::told::{ENDS, codes, ids, next, soon};

use crate::{SECOND, START, build, naps, nothing, started};

async fn with_two() -> TestScheduler {
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).executor("second", InlineExecutor::new())
    });
    let test = build.unwrap();
    test.start().await.unwrap();
    test
}

#[tokio::test]
async fn aliases_are_unique_and_must_be_known() {
    for test in [build(), started().await] {
        let twice = test.add_executor("default", InlineExecutor::new()).await.unwrap_err();
        assert!(matches!(&twice, Error::DuplicateAlias { alias, .. } if &**alias == "default"));
        let unknown = test.remove_executor("nobody", true).await.unwrap_err();
        assert!(matches!(&unknown, Error::UnknownExecutor { alias } if &**alias == "nobody"));
        test.add_executor("another", InlineExecutor::new()).await.unwrap();
        assert_eq!(test.executors(), [Arc::from("another"), Arc::from("default")]);
    }
}

#[tokio::test]
async fn removing_waits_for_the_runs_of_that_executor_only() {
    let mut test = with_two().await;
    test.add(naps(10)).executor("second").await.unwrap();
    test.add(naps(60)).await.unwrap();
    test.settle().await;
    let scheduler = Scheduler::clone(&test);
    let removing = tokio::spawn(async move { scheduler.remove_executor("second", true).await });
    test.advance(9 * SECOND).await;
    assert!(!removing.is_finished());
    test.advance(SECOND).await;
    soon(removing).await.unwrap().unwrap();
    let told = test.take(ENDS | EventMask::EXECUTOR_REMOVED);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED, EventMask::EXECUTOR_REMOVED]);
    assert_eq!(test.local_runs().len(), 1);
}

#[tokio::test]
async fn removing_without_waiting_leaves_its_runs_to_end() {
    let mut test = with_two().await;
    test.add(naps(10)).executor("second").await.unwrap();
    test.settle().await;
    test.remove_executor("second", false).await.unwrap();
    assert_eq!(test.executors(), [Arc::from("default")]);
    test.advance(10 * SECOND).await;
    let told = test.take(ENDS | EventMask::EXECUTOR_REMOVED);
    assert_eq!(codes(&told), [EventMask::EXECUTOR_REMOVED, EventMask::JOB_EXECUTED]);
}

/// It would wait for itself.
#[tokio::test]
async fn a_job_may_remove_the_executor_that_runs_it() {
    let mut test = with_two().await;
    let removes = |cx: Context| async move {
        let own = cx.executor().to_owned();
        cx.scheduler().remove_executor(&own, true).await
    };
    test.add(removes).executor("second").await.unwrap();
    test.add(naps(5)).executor("second").await.unwrap();
    until(&mut test, EventMask::EXECUTOR_REMOVED).await;
    test.advance(60 * SECOND).await;
    assert!(test.local_runs().is_empty());
    assert_eq!(test.executors(), [Arc::from("default")]);
}

/// Lets time pass until an event is told: a run that waits for another never settles.
async fn until(test: &mut TestScheduler, mask: EventMask) {
    let mut events = test.events(mask);
    let clock = test.clock().clone();
    let passing = async {
        loop {
            tokio::task::yield_now().await;
            clock.advance(SECOND);
        }
    };
    tokio::select! {
        _ = next(&mut events) => {}
        () = passing => {}
    }
}

/// Also when it falls due while nothing else happens, and also if there are many.
#[tokio::test]
async fn a_job_without_an_executor_is_reported_once_until_it_has_run() {
    let mut test = with_two().await;
    for n in 1..=250_u32 {
        let id = n.to_string();
        test.add(nothing).id(id).executor("third").every(60 * n * SECOND).await.unwrap();
    }
    test.advance(59 * SECOND).await;
    assert!(test.take(EventMask::JOB_PARKED).is_empty());
    test.advance(10 * SECOND).await;
    assert_eq!(ids(&test.take(EventMask::JOB_PARKED)), ["1".into()]);
    test.advance(250 * 60 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_PARKED).len(), 249);

    test.add_executor("third", InlineExecutor::new()).await.unwrap();
    test.settle().await;
    assert_eq!(test.take(ENDS).len(), 250);
    test.remove_executor("third", true).await.unwrap();
    // To minute 252, and time for another look.
    test.advance(65 * SECOND).await;
    let again = test.take(EventMask::JOB_PARKED).len();
    assert_eq!(again, (1..=250).filter(|minutes| 252 % minutes == 0).count());
}

#[tokio::test]
async fn jobs_wait_for_their_executor_and_lose_nothing() {
    let mut test = with_two().await;
    test.add(nothing).executor("second").every(10 * SECOND).coalesce(false).await.unwrap();
    test.advance(15 * SECOND).await;
    test.remove_executor("second", true).await.unwrap();
    test.advance(30 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
    test.add_executor("second", InlineExecutor::new()).await.unwrap();
    test.settle().await;
    assert_eq!(test.take(ENDS).len(), 3);
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
}
