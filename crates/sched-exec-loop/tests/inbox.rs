//! A host that gives jobs some of its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sched_core::EventMask;
use sched_core::task::{RunErrorKind, blocking};
use sched_exec_loop::Inbox;

mod stage;

use stage::{Stage, in_time};

#[expect(clippy::disallowed_methods, reason = "deadlines are moments of this clock")]
fn now() -> Instant {
    Instant::now()
}

/// A stage on which three runs wait in the inbox, and how many have been done.
async fn three_waiting() -> (Stage, Inbox, Arc<AtomicUsize>) {
    let (executor, inbox) = Inbox::new();
    let stage = Stage::start(executor).await;
    let mut submitted = stage.scheduler.events(EventMask::JOB_SUBMITTED);
    let done = Arc::new(AtomicUsize::new(0));
    for id in ["first", "second", "third"] {
        let done = done.clone();
        let counts = blocking(move |_| {
            done.fetch_add(1, Ordering::SeqCst);
        });
        stage.add(id, counts).await;
        // Told by the scheduler's loop, on this thread, in one go with what it says.
        in_time(submitted.next()).await;
    }
    (stage, inbox, done)
}

#[tokio::test]
async fn all_that_waits_is_done_before_the_deadline() {
    let (_stage, inbox, done) = three_waiting().await;
    assert!(!inbox.run_pending(now() + Duration::from_secs(3_600)));
    assert_eq!(done.load(Ordering::SeqCst), 3);
    assert!(!inbox.run_pending(now() + Duration::from_secs(3_600)), "it waits for nothing");
}

#[tokio::test]
async fn a_host_that_is_late_gets_on_one_by_one() {
    let (_stage, inbox, done) = three_waiting().await;
    let passed = now();
    for (count, more) in [(1, true), (2, true), (3, false)] {
        assert_eq!(inbox.run_pending(passed), more);
        assert_eq!(done.load(Ordering::SeqCst), count);
    }
    assert!(!inbox.run_pending(passed));
}

#[tokio::test]
async fn what_waits_in_an_inbox_that_is_dropped_fails() {
    let (mut stage, inbox, done) = three_waiting().await;
    drop(inbox);
    for _ in 0..3 {
        let error = stage.end().await.1.expect_err("nobody ran it");
        assert_eq!(error.kind(), RunErrorKind::Executor, "{error}");
    }
    assert_eq!(done.load(Ordering::SeqCst), 0);
}
