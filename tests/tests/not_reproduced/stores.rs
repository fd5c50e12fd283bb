//! Lines 11 and 19 to 21.

use std::sync::Arc;

use sched_core::event::{EventKind, ParkReason};
use sched_core::store::{Body, Change, NewState, Record};
use sched_core::trigger::{CustomTrigger, Interval, Trigger};
use sched_core::{
    Context, EventMask, InlineExecutor, JobFilter, JobStore, MemoryStore, Shutdown, Timestamp,
};
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb, moment};
use sched_tests::told::{ENDS, codes, executed};

use crate::{SECOND, START, idle, nothing, on_a_faulty_store, with_idle};

const UP_AND_DOWN: EventMask = EventMask::STORE_DOWN.union(EventMask::STORE_UP);

/// There any error but one in listing due jobs ends the thread, and nothing runs any more.
#[tokio::test]
async fn not_reproduced_11_a_store_error_does_not_end_the_scheduler() {
    for verb in [Verb::Claim, Verb::Swap, Verb::NextDue, Verb::Get, Verb::Lanes] {
        let (mut test, store) = on_a_faulty_store().await;
        test.add(idle()).every(10 * SECOND).await.unwrap();
        test.advance(15 * SECOND).await;
        assert_eq!(test.take(ENDS).len(), 1, "{verb:?}");

        store.fail(verb, 4);
        test.advance(60 * SECOND).await;
        test.take(ENDS);
        test.advance(60 * SECOND).await;
        let after = executed(&test.take(ENDS));
        assert_eq!(after.len(), 6, "{verb:?}: {after:?}");
    }
}

/// Nor does an error of a write that took effect all the same run anything twice.
#[tokio::test]
async fn not_reproduced_11_a_write_of_unknown_effect_repeats_no_run() {
    for verb in [Verb::Claim, Verb::Swap] {
        let (mut test, store) = on_a_faulty_store().await;
        test.add(idle()).every(10 * SECOND).await.unwrap();
        test.advance(5 * SECOND).await;
        store.fail_late(verb, 1);
        test.advance(100 * SECOND).await;
        assert_eq!(store.faults_left(), 0, "{verb:?}");
        let mut seen = executed(&test.take(ENDS));
        let all = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), all, "{verb:?}");
        assert!(all >= 9, "{verb:?}: {all}");
    }
}

#[tokio::test]
async fn not_reproduced_11_an_unanswering_store_is_reported_once_and_its_fires_are_kept() {
    let (mut test, store) = on_a_faulty_store().await;
    test.add(idle()).every(10 * SECOND).coalesce(false).await.unwrap();
    test.settle().await;
    test.take(EventMask::all());
    store.cut_off();
    test.advance(45 * SECOND).await;
    let told = test.take(UP_AND_DOWN | ENDS);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    let EventKind::StoreDown { alias, error } = &event.kind else { panic!("{event:?}") };
    assert_eq!(&**alias, "default");
    assert!(error.contains("unavailable") && error.contains("a test asked for"), "{error}");

    store.reconnect();
    test.advance(10 * SECOND).await;
    let told = test.take(UP_AND_DOWN | ENDS);
    assert_eq!(codes(&told)[0], EventMask::STORE_UP);
    let start = moment(START);
    let every_ten: Vec<_> = (1..=5).map(|n| start + n * 10 * SECOND).collect();
    assert_eq!(executed(&told), every_ten);
}

/// The wait doubles up to the retry interval; ten seconds is the reference's default and ours.
#[tokio::test]
async fn not_reproduced_11_an_unanswering_store_is_not_stormed() {
    let (mut test, store) = on_a_faulty_store().await;
    store.cut_off();
    test.advance(60 * SECOND).await;
    let calls = || store.calls(Verb::Open) + store.calls(Verb::Claim);
    let before = calls();
    test.advance(600 * SECOND).await;
    let calls = calls() - before;
    assert!((59..=61).contains(&calls), "{calls}");
    // Nor is it while the scheduler is paused, where nothing needs it.
    test.pause().unwrap();
    test.advance(600 * SECOND).await;
    store.reconnect();
    test.resume().unwrap();
    test.advance(20 * SECOND).await;
    assert_eq!(codes(&test.take(EventMask::STORE_UP)).len(), 1);
}

#[tokio::test]
async fn not_reproduced_11_other_stores_go_on() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let given = store.clone();
    let build = TestScheduler::build(START, |b| with_idle(b).shared_jobstore("faulty", given));
    let mut test = build.unwrap();
    test.start().await.unwrap();
    test.add(nothing).every(10 * SECOND).await.unwrap();
    store.cut_off();
    test.advance(100 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)).len(), 10);
}

/// What a run came to is owed to the store until it can be written.
#[tokio::test]
async fn not_reproduced_11_the_end_of_a_run_is_written_when_the_store_answers_again() {
    let (mut test, store) = on_a_faulty_store().await;
    store.fail(Verb::Swap, 4);
    test.add(idle()).id("once").await.unwrap();
    test.settle().await;
    assert_eq!(test.take(ENDS).len(), 1);
    assert!(store.store().get(&"once".into()).await.unwrap().is_some(), "its end is not written");
    test.advance(30 * SECOND).await;
    assert!(store.store().get(&"once".into()).await.unwrap().is_none());
    assert!(test.take(EventMask::JOB_RECOVERED | ENDS).is_empty(), "it is not run again");
}

/// A user's own trigger that panics whenever it is asked for a further fire.
#[derive(Debug)]
struct Brittle;

impl CustomTrigger for Brittle {
    fn name(&self) -> &str {
        "brittle"
    }

    fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        assert_eq!(previous, None, "a trigger with a bug");
        Some(now + SECOND)
    }

    fn state(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// There an exception in a trigger ends the scheduler as well.
#[tokio::test]
async fn not_reproduced_11_a_trigger_that_panics_stops_its_own_job_only() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("brittle").trigger(Trigger::custom(Brittle)).await.unwrap();
    test.add(nothing).id("sound").every(10 * SECOND).await.unwrap();
    test.advance(100 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_PARKED);
    assert_eq!(executed(&told).len(), 10);
    let parked: Vec<_> = told.iter().filter(|e| e.code() == EventMask::JOB_PARKED).collect();
    let [event] = parked.as_slice() else { panic!("{told:?}") };
    let EventKind::JobParked { job, reason } = &event.kind else { unreachable!() };
    assert_eq!(&*job.job_id, "brittle");
    assert!(matches!(reason, ParkReason::TriggerPanicked(text) if text.contains("a bug")));
    assert!(test.get_job("brittle").await.unwrap().is_some());
}

/// There a job that removes itself while it is part of the scan ends the scheduler.
#[tokio::test]
async fn not_reproduced_11_a_job_may_remove_itself() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let remove = |cx: Context| async move { cx.scheduler().remove_job(cx.job_id()).await };
    test.add(remove).id("suicidal").every(10 * SECOND).await.unwrap();
    test.add(nothing).id("neighbour").every(10 * SECOND).await.unwrap();
    test.advance(100 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_REMOVED);
    assert_eq!(executed(&told).len(), 11);
    assert_eq!(codes(&told).iter().filter(|code| **code == EventMask::JOB_REMOVED).count(), 1);
}

fn swap_to(record: &Record, due_at: Option<Timestamp>, body: Body) -> Change {
    let to = NewState { lane: record.lane.clone(), due_at, body };
    Change { id: record.id.clone(), revision: record.revision, to: Some(to) }
}

/// There whatever lists jobs deletes those that it cannot read.
#[tokio::test]
async fn not_reproduced_19_a_job_that_cannot_be_read_is_kept() {
    let (mut test, store) = on_a_faulty_store().await;
    for id in ["garbled", "sound"] {
        test.add(idle()).id(id).every(10 * SECOND).await.unwrap();
    }
    let record = store.store().get(&"garbled".into()).await.unwrap().unwrap();
    let garbage = &b"garbage"[..];
    let change = swap_to(&record, record.due_at, Body::from_bytes(garbage));
    assert_eq!(store.store().swap(vec![change]).await.unwrap(), [true]);

    test.advance(100 * SECOND).await;
    let listed = test.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(listed.iter().map(|job| job.id().as_str()).collect::<Vec<_>>(), ["sound"]);
    assert!(test.jobs_text(None).await.unwrap().lines().count() == 2);
    assert!(test.get_job("garbled").await.is_err());
    let told = test.take(ENDS | EventMask::JOB_PARKED | EventMask::JOB_REMOVED);
    assert_eq!(executed(&told).len(), 10);
    assert!(codes(&told).contains(&EventMask::JOB_PARKED));
    assert!(!codes(&told).contains(&EventMask::JOB_REMOVED));
    let kept = store.store().get(&"garbled".into()).await.unwrap().unwrap();
    assert_eq!(kept.body.bytes().unwrap(), garbage);
}

/// There the job is due for ever and never runs, and the scheduler looks at it without a pause.
#[tokio::test]
async fn not_reproduced_20_a_due_time_that_contradicts_the_job_is_corrected() {
    let (mut test, store) = on_a_faulty_store().await;
    test.add(idle()).id("edited").every(3_600 * SECOND).await.unwrap();
    test.settle().await;
    let record = store.store().get(&"edited".into()).await.unwrap().unwrap();
    let change = swap_to(&record, Some(moment(START)), record.body.clone());
    assert_eq!(store.store().swap(vec![change]).await.unwrap(), [true]);
    let before = store.calls(Verb::Claim);
    test.advance(10 * SECOND).await;
    assert!(store.calls(Verb::Claim) - before <= 4, "{}", store.calls(Verb::Claim) - before);
    assert_eq!(store.store().get(&"edited".into()).await.unwrap().unwrap().due_at, record.due_at);
    assert!(test.take(ENDS).is_empty());
}

/// There, on one store, such a job is never due, and yet what the scheduler waits for.
#[tokio::test]
async fn not_reproduced_20_a_fire_before_1970_is_due() {
    let (mut test, store) = on_a_faulty_store().await;
    test.add(idle()).at("1969-07-20 20:17:40").await.unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment("1969-07-20T20:17:40Z")]);
    let before = store.calls(Verb::Claim);
    test.advance(10 * SECOND).await;
    assert!(store.calls(Verb::Claim) - before <= 3);
}

/// There, on one store, whose name is the beginning of another's owns that one's jobs too.
#[tokio::test]
async fn not_reproduced_21_removing_all_jobs_of_a_store_leaves_its_neighbour_alone() {
    let build = TestScheduler::build(START, |b| {
        let b = b.executor("default", InlineExecutor::new());
        b.jobstore("jobs", MemoryStore::new()).jobstore("jobs2", MemoryStore::new())
    });
    let test = build.unwrap();
    test.start().await.unwrap();
    for store in ["jobs", "jobs2"] {
        test.add(nothing).id("same").store(store).trigger(Interval::every(SECOND)).await.unwrap();
    }
    test.remove_all_jobs(Some("jobs")).await.unwrap();
    let left = test.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(left.iter().map(|job| &**job.store().unwrap()).collect::<Vec<_>>(), ["jobs2"]);
    test.shutdown(Shutdown::Wait).await.unwrap();
}
