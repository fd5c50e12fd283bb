//! What is still to be run does not get lost by what happens to its job meanwhile.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sched_core::scheduler::WaitsFor;
use sched_core::task::{Args, Invocation};
use sched_core::trigger::Interval;
use sched_core::{
    Conflict, Context, EventMask, InlineExecutor, JobStore, MemoryStore, Overlap, Retry, Task,
};
use sched_testkit::{EncodedStore, TestScheduler, moment};
use sched_tests::told::{ENDS, codes, executed};

use crate::{SECOND, START, attempts, fails, nothing};

async fn started() -> (TestScheduler, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    let shared = store.clone();
    let test = TestScheduler::build(START, |b| {
        b.shared_jobstore("default", shared).executor("default", InlineExecutor::new())
    });
    let test = test.unwrap();
    test.start().await.unwrap();
    (test, store)
}

async fn is_empty(store: &MemoryStore) -> bool {
    store.list(None, 1).await.unwrap().is_empty()
}

/// Lasts as long the first time, and fails; then succeeds at once.
fn fails_after(
    lasts: Duration,
) -> impl Fn(Context) -> BoxFuture<'static, Result<(), &'static str>> + Clone {
    move |cx| {
        async move {
            if cx.attempt() > 1 {
                return Ok(());
            }
            cx.sleep(lasts).await;
            Err("not yet")
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_retry_outlives_another_start_that_keeps_the_next_run() {
    let (mut test, _store) = started().await;
    let add = |test: &TestScheduler| {
        let job = test.add(fails(1)).id("job").retry(Retry::new(2).backoff(30 * SECOND));
        let job = job.trigger(Interval::every(10 * SECOND).fixed_delay());
        job.on_conflict(Conflict::ReplaceKeepNext)
    };
    add(&test).await.unwrap();
    test.advance(10 * SECOND).await;
    assert_eq!(attempts(&test.take(ENDS)), [1]);
    add(&test).await.unwrap();
    test.advance(120 * SECOND).await;
    assert_eq!(attempts(&test.take(ENDS))[..3], [2, 1, 2]);
}

#[tokio::test]
async fn a_fixed_delay_goes_on_after_a_run_at_a_time_past() {
    let (mut test, _store) = started().await;
    let trigger = Interval::every(10 * SECOND).fixed_delay();
    let job = test.add(nothing).trigger(trigger).await.unwrap();
    test.advance(25 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 2);
    job.modify().next_run_time("2020-01-01").await.unwrap();
    test.advance(35 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 4);
}

#[tokio::test]
async fn a_last_fire_that_finds_no_room_does_not_take_the_retry_of_the_one_before() {
    let (mut test, store) = started().await;
    let trigger = Interval::every(10 * SECOND).end_date(moment(START) + 25 * SECOND);
    let job = test.add(fails_after(30 * SECOND)).trigger(trigger);
    job.retry(Retry::new(2)).await.unwrap();
    test.advance(120 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_MAX_INSTANCES | EventMask::JOB_REMOVED);
    let expected = [
        EventMask::JOB_MAX_INSTANCES,
        EventMask::JOB_REMOVED,
        EventMask::JOB_ERROR,
        EventMask::JOB_EXECUTED,
    ];
    assert_eq!(codes(&told), expected);
    assert!(is_empty(&store).await, "the record is gone");
}

/// It counts among the instances of its id, though its job is gone.
#[tokio::test]
async fn a_run_of_an_earlier_job_lets_in_what_waits_for_it() {
    for overlap in [Overlap::Queue { limit: 1 }, Overlap::CancelRunning] {
        let (mut test, store) = started().await;
        let long = |cx: Context| async move {
            tokio::select! {
                _ = cx.cancelled() => {}
                () = cx.sleep(30 * SECOND) => {}
            }
        };
        test.add(long).id("same").await.unwrap();
        test.settle().await;
        test.add(nothing).id("same").overlap(overlap).await.unwrap();
        test.advance(60 * SECOND).await;
        assert_eq!(test.take(ENDS).len(), 2, "{overlap:?}");
        assert!(is_empty(&store).await, "the record is gone");
    }
}

#[tokio::test]
async fn how_a_run_of_an_earlier_job_ends_is_no_matter_of_the_later_one() {
    for queued in [false, true] {
        let (mut test, store) = started().await;
        let fails = |cx: Context| async move {
            cx.sleep(30 * SECOND).await;
            Err::<(), _>("no")
        };
        test.add(fails).id("same").await.unwrap();
        test.settle().await;
        let later = test.add(nothing).id("same").retry(Retry::new(3)).pause_after_failures(1);
        if queued {
            later.overlap(Overlap::Queue { limit: 1 }).await.unwrap();
        } else {
            let brief = Interval::every(10 * SECOND).end_date(moment(START) + 15 * SECOND);
            later.trigger(brief).paused().await.unwrap();
            test.advance(20 * SECOND).await;
            assert!(test.resume_job("same").await.unwrap().is_none());
        }
        test.advance(60 * SECOND).await;
        let told = test.take(ENDS | EventMask::JOB_RETRIED | EventMask::JOB_PARKED);
        let expected = [EventMask::JOB_ERROR, EventMask::JOB_EXECUTED];
        assert_eq!(codes(&told), expected[..1 + usize::from(queued)]);
        assert!(is_empty(&store).await, "the record is gone");
    }
}

#[tokio::test]
async fn a_new_job_does_not_go_on_counting_where_one_that_is_over_left_off() {
    let (mut test, _store) = started().await;
    let add = |test: &TestScheduler| {
        let job = test.add(fails_after(5 * SECOND)).id("job").every(10 * SECOND);
        job.max_runs(2).retry(Retry::new(2))
    };
    add(&test).await.unwrap();
    test.advance(21 * SECOND).await;
    assert!(test.get_job("job").await.unwrap().is_none(), "its last run is live");
    let job = add(&test).await.unwrap();
    assert_eq!(job.runs_so_far(), 0);
    assert!(job.last_outcome().is_none());
    test.take(EventMask::all());
    test.advance(100 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)).len(), 2, "and nothing for the one that was live");
}

#[tokio::test]
async fn what_is_queued_is_as_paused_as_its_job() {
    let (mut test, _store) = started().await;
    let long = |cx: Context| async move { cx.sleep(25 * SECOND).await };
    let job = test.add(long).id("line").every(10 * SECOND);
    job.overlap(Overlap::Queue { limit: 9 }).await.unwrap();
    test.advance(31 * SECOND).await;
    test.pause_job("line").await.unwrap();
    test.advance(600 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + 10 * SECOND]);
    assert_eq!(test.explain("line").await.unwrap().waits_for, WaitsFor::Resume);
    test.resume_job("line").await.unwrap();
    test.advance(51 * SECOND).await;
    let queued = [moment(START) + 20 * SECOND, moment(START) + 30 * SECOND];
    assert_eq!(executed(&test.take(ENDS)), queued);
}

#[tokio::test]
async fn a_job_that_is_resumed_with_no_fire_left_is_tried_again_all_the_same() {
    for (lasts, failed) in [(Duration::ZERO, 1), (5 * SECOND, 0)] {
        let (mut test, store) = started().await;
        let brief = Interval::every(10 * SECOND).end_date(moment(START) + 15 * SECOND);
        let job = test.add(fails_after(lasts)).id("brief").trigger(brief).retry(Retry::new(2));
        job.paused().await.unwrap();
        test.advance(60 * SECOND).await;
        test.run_job("brief").await.unwrap();
        test.settle().await;
        assert_eq!(test.take(ENDS).len(), failed);
        assert!(test.resume_job("brief").await.unwrap().is_none());
        assert!(test.get_job("brief").await.unwrap().is_none());
        test.advance(60 * SECOND).await;
        let told = test.take(ENDS | EventMask::JOB_REMOVED);
        assert_eq!(codes(&told).last(), Some(&EventMask::JOB_EXECUTED), "{told:?}");
        assert_eq!(told.len() + failed, 3, "{told:?}");
        assert!(is_empty(&store).await, "the record is gone");
    }
}

/// In memory, and on bytes: one that was removed, and one of which only the last run is left.
#[tokio::test]
async fn nor_if_the_earlier_job_had_much_to_write_down() {
    for (durable, removed) in [(false, true), (false, false), (true, true), (true, false)] {
        let mut test = TestScheduler::build(START, |b| {
            let b = if durable { b.jobstore("default", EncodedStore::new()) } else { b };
            let fails = |cx: Context, (seconds,): (u64,)| async move {
                cx.sleep(Duration::from_secs(seconds)).await;
                Err::<(), _>("no")
            };
            b.executor("default", InlineExecutor::new()).task(Task::asynchronous("fails", fails))
        })
        .unwrap();
        test.start().await.unwrap();
        let fails = |seconds: u64| Invocation::named("fails", Args::of(&(seconds,)).unwrap());
        let earlier = test.add(fails(30)).id("same").retry(Retry::new(2));
        if removed {
            earlier.every(10 * SECOND).await.unwrap();
            test.advance(10 * SECOND).await;
            test.remove_job("same").await.unwrap();
        } else {
            earlier.await.unwrap();
            test.settle().await;
        }
        let later = test.add(fails(0)).id("same").retry(Retry::new(2)).pause_after_failures(1);
        later.every(1_000 * SECOND).await.unwrap();
        test.take(EventMask::all());
        test.advance(100 * SECOND).await;
        let told = test.take(EventMask::all());
        let told: Vec<EventMask> = codes(&told);
        assert_eq!(told, [EventMask::JOB_ERROR], "durable: {durable}, removed: {removed}");
        let job = test.get_job("same").await.unwrap().unwrap();
        assert_eq!(job.next_run_time(), Some(moment(START) + 1_000 * SECOND + waited(removed)));
        assert!(job.last_outcome().is_none());
    }
}

fn waited(removed: bool) -> Duration {
    if removed { 10 * SECOND } else { Duration::ZERO }
}

/// Though its trigger has ended, and that was told.
#[tokio::test]
async fn what_is_still_to_come_can_be_removed() {
    let (mut test, store) = started().await;
    let retry = Retry::new(2).backoff(30 * SECOND);
    test.add(fails(1)).id("retried").retry(retry).await.unwrap();
    let long = |cx: Context| async move { cx.sleep(25 * SECOND).await };
    let brief = Interval::every(10 * SECOND).end_date(moment(START) + 25 * SECOND);
    let job = test.add(long).id("queued").trigger(brief);
    job.overlap(Overlap::Queue { limit: 9 }).await.unwrap();
    test.advance(21 * SECOND).await;
    let mask = ENDS | EventMask::JOB_REMOVED;
    assert_eq!(test.take(mask).len(), 3, "one that failed, and two that are told of");
    for id in ["retried", "queued"] {
        test.remove_job(id).await.unwrap();
        assert!(test.remove_job(id).await.is_err());
    }
    test.advance(600 * SECOND).await;
    assert_eq!(codes(&test.take(mask)), [EventMask::JOB_EXECUTED], "the one that was live");
    assert!(is_empty(&store).await);
}

/// The driver deletes the record while an earlier run of the job goes on.
#[tokio::test]
async fn nor_if_the_earlier_job_ended_while_it_ran() {
    for instances in [1, 2] {
        let (mut test, store) = started().await;
        let twice = Interval::every(10 * SECOND).end_date(moment(START) + 25 * SECOND);
        let job = test.add(fails_after(30 * SECOND)).id("same").trigger(twice);
        job.max_instances(instances).await.unwrap();
        test.advance(20 * SECOND).await;
        assert!(is_empty(&store).await);
        let later = test.add(nothing).id("same").retry(Retry::new(2)).pause_after_failures(1);
        later.every(1_000 * SECOND).await.unwrap();
        test.take(EventMask::all());
        test.advance(100 * SECOND).await;
        let told = codes(&test.take(EventMask::all()));
        assert_eq!(told, vec![EventMask::JOB_ERROR; instances as usize]);
        assert!(test.get_job("same").await.unwrap().unwrap().last_outcome().is_none());
    }
}

#[tokio::test]
async fn what_is_left_of_a_job_does_not_hide_one_in_another_store() {
    let mut test = TestScheduler::build(START, |b| {
        b.jobstore("other", MemoryStore::new()).executor("default", InlineExecutor::new())
    })
    .unwrap();
    test.start().await.unwrap();
    let retry = Retry::new(2).backoff(30 * SECOND);
    test.add(fails(1)).id("x").retry(retry).await.unwrap();
    test.settle().await;
    test.add(nothing).id("x").store("other").every(10 * SECOND).await.unwrap();
    test.take(EventMask::all());
    test.remove_job("x").await.unwrap();
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_REMOVED]);
    assert!(test.get_job("x").await.unwrap().is_none());
    test.remove_job("x").await.unwrap();
    assert!(test.remove_job("x").await.is_err());
    test.advance(100 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
}
