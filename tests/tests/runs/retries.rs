//! Runs that fail and are tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sched_core::task::RunErrorKind;
use sched_core::{Context, Error, EventMask, Retry};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{ENDS, codes, executed};

use crate::{SECOND, START, attempts, fails, kind, nothing};

#[tokio::test]
async fn a_failed_run_is_tried_again_until_it_succeeds() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(fails(2)).id("flaky").retry(Retry::new(5)).await.unwrap();
    test.settle().await;
    // Its last fire is over, and only the retries are left: to its user the job is gone.
    assert!(test.get_job("flaky").await.unwrap().is_none());
    assert!(matches!(test.pause_job("flaky").await, Err(Error::JobLookup { .. })));
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_RETRIED | EventMask::JOB_REMOVED);
    let expected = [
        EventMask::JOB_ERROR,
        EventMask::JOB_REMOVED,
        EventMask::JOB_RETRIED,
        EventMask::JOB_ERROR,
        EventMask::JOB_RETRIED,
        EventMask::JOB_EXECUTED,
    ];
    assert_eq!(codes(&told), expected);
    assert_eq!(attempts(&told), [1, 1, 2, 2, 3]);
    assert_eq!(executed(&told), [moment(START)], "for the fire that it was to begin with");
}

#[tokio::test]
async fn attempts_end() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(fails(9)).every(3_600 * SECOND).retry(Retry::new(3)).await.unwrap();
    test.advance(2 * 3_600 * SECOND + 60 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(attempts(&told), [1, 2, 3, 1, 2, 3], "for each fire anew");
    assert!(told.iter().all(|event| kind(event) == RunErrorKind::Failed));
}

#[tokio::test]
async fn waits_between_attempts_double() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let retry = Retry::new(5).backoff(4 * SECOND).max_backoff(10 * SECOND);
    test.add(fails(9)).retry(retry).await.unwrap();
    test.advance(60 * SECOND).await;
    let at: Vec<_> = test.take(EventMask::JOB_STARTED).iter().map(|event| event.at).collect();
    let waits = at.windows(2).map(|pair| pair[1].since(pair[0]));
    for (wait, longest) in waits.zip([4, 8, 10, 10]) {
        let longest = longest * SECOND;
        assert!(wait <= longest && wait >= longest / 2, "{wait:?} of {longest:?}");
    }
    assert_eq!(at.len(), 5);
}

/// The next fire does not wait for a retry, nor a retry for it; the limit holds for both.
#[tokio::test]
async fn retries_and_fires_share_the_limit() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let (live, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counted = most.clone();
    let task = move |cx: Context| {
        let (live, most) = (live.clone(), counted.clone());
        async move {
            most.fetch_max(live.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            cx.sleep(7 * SECOND).await;
            live.fetch_sub(1, Ordering::SeqCst);
            if cx.attempt() < 3 { Err("again") } else { Ok(()) }
        }
    };
    test.add(task).every(10 * SECOND).retry(Retry::new(3)).await.unwrap();
    test.advance(200 * SECOND).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let told = test.take(EventMask::JOB_EXECUTED);
    assert!(told.len() >= 5, "{}", told.len());
    assert!(attempts(&told).iter().all(|attempt| *attempt == 3));
}

/// A job that is removed, replaced or emptied out of its store is not tried again.
#[tokio::test]
async fn a_job_that_is_gone_is_not_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    for id in ["removed", "replaced", "cleared"] {
        let job = test.add(fails(9)).id(id).every(3_600 * SECOND).retry(Retry::new(9));
        job.next_run_time(moment(START)).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.take(ENDS).len(), 3);
    test.remove_job("removed").await.unwrap();
    let new = test.add(nothing).id("replaced").every(7_200 * SECOND).replace_existing();
    new.await.unwrap();
    test.advance(SECOND / 4).await;
    test.remove_all_jobs(None).await.unwrap();
    test.advance(3_000 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
}

#[tokio::test]
async fn a_paused_job_finishes_its_attempts_and_stays_paused() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let job = test.add(fails(1)).id("paused").every(10 * SECOND).retry(Retry::new(2));
    let job = job.await.unwrap();
    test.advance(10 * SECOND).await;
    job.pause().await.unwrap();
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(codes(&told), [EventMask::JOB_ERROR, EventMask::JOB_EXECUTED]);
    assert!(job.reload().await.unwrap().unwrap().is_paused());
}
