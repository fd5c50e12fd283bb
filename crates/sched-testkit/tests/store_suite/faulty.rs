//! Scripted faults come when they should, and only then.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use sched_core::store::{Body, Change, Hint, NewState, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_testkit::{EncodedStore, FaultyStore, Verb};

fn record(id: &str) -> Record {
    let due_at = Some(Timestamp::from_micros(0));
    Record { id: id.into(), lane: "default".into(), due_at, revision: 1, body: body("first") }
}

fn body(text: &str) -> Body {
    Body::from_bytes(text.as_bytes())
}

fn rewrite(record: &Record) -> Change {
    let Record { id, lane, due_at, revision, .. } = record.clone();
    Change { id, revision, to: Some(NewState { lane, due_at, body: body("second") }) }
}

async fn with_one_record() -> FaultyStore<EncodedStore> {
    let store = FaultyStore::new(EncodedStore::new().with_hints());
    store.insert(vec![record("a")]).await.expect("there is no fault yet");
    store
}

async fn revision(store: &FaultyStore<EncodedStore>) -> Option<u64> {
    let stored = store.store().get(&JobId::from("a")).await.expect("memory does not fail");
    stored.map(|record| record.revision)
}

fn assert_unavailable<T: std::fmt::Debug>(answer: Result<T, StoreError>, verb: &str) {
    match answer {
        Err(StoreError::Unavailable { operation, .. }) => assert_eq!(operation, verb),
        other => panic!("{verb}: {other:?}"),
    }
}

#[tokio::test]
async fn a_call_that_fails_does_nothing() {
    let store = with_one_record().await;
    store.fail(Verb::Swap, 2);
    for _ in 0..2 {
        assert_unavailable(store.swap(vec![rewrite(&record("a"))]).await, "swap");
    }
    assert_eq!(revision(&store).await, Some(1));
    assert_eq!(store.faults_left(), 0);
    assert_eq!(store.swap(vec![rewrite(&record("a"))]).await.unwrap(), [true]);
    assert_eq!(store.calls(Verb::Swap), 3);
}

#[tokio::test]
async fn a_call_that_fails_late_has_done_its_work() {
    let store = with_one_record().await;
    store.fail_late(Verb::Swap, 1);
    store.fail_late(Verb::Claim, 1);
    assert_unavailable(store.swap(vec![rewrite(&record("a"))]).await, "swap");
    assert_eq!(revision(&store).await, Some(2));
    let claim =
        store.claim("default", Timestamp::MAX, 1, &mut |record| Some(rewrite(record))).await;
    assert_unavailable(claim, "claim");
    assert_eq!(revision(&store).await, Some(3));
}

#[tokio::test]
async fn lost_changes_are_answered_and_not_made() {
    let store = with_one_record().await;
    store.lose_swaps(1);
    store.lose_claims(1);
    let changes = vec![rewrite(&record("a")), rewrite(&record("b"))];
    assert_eq!(store.swap(changes).await.unwrap(), [false, false]);
    let mut asked = 0;
    let plan = &mut |record: &Record| {
        asked += 1;
        Some(rewrite(record))
    };
    let claimed = store.claim("default", Timestamp::MAX, 9, plan).await.unwrap();
    assert_eq!((claimed.won, claimed.seen, asked), (vec![false], 1, 1));
    assert_eq!(revision(&store).await, Some(1));
}

#[tokio::test]
async fn a_held_call_waits_and_holds_up_no_other() {
    let store = Arc::new(with_one_record().await);
    let mut held = store.hold(Verb::Get);
    let get = tokio::spawn({
        let store = store.clone();
        async move { store.get(&"a".into()).await }
    });
    held.reached().await;
    assert!(!get.is_finished());
    assert!(store.get(&"a".into()).await.unwrap().is_some());
    assert_eq!(store.swap(vec![rewrite(&record("a"))]).await.unwrap(), [true]);
    held.release();
    let read = get.await.unwrap().unwrap();
    assert_eq!(read.map(|record| record.revision), Some(2), "it reads when it is released");
}

#[tokio::test]
async fn faults_of_a_verb_come_in_order_and_others_are_not_concerned() {
    let store = with_one_record().await;
    store.fail_late(Verb::Insert, 1);
    store.fail(Verb::Insert, 1);
    assert!(store.list(None, 9).await.is_ok());
    assert_unavailable(store.insert(vec![record("late")]).await, "insert");
    assert_unavailable(store.insert(vec![record("early")]).await, "insert");
    let ids: Vec<JobId> =
        store.list(None, 9).await.unwrap().into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["a".into(), "late".into()]);
}

#[tokio::test]
async fn cut_off_every_verb_fails() {
    let store = with_one_record().await;
    store.fail(Verb::Lanes, 1);
    store.cut_off();
    assert_unavailable(store.open().await, "open");
    assert_unavailable(store.insert(vec![record("b")]).await, "insert");
    assert_unavailable(store.get(&"a".into()).await, "get");
    assert_unavailable(store.list(None, 9).await, "list");
    assert_unavailable(store.due("default", Timestamp::MAX, 9).await, "due");
    assert_unavailable(store.next_due(&["default".into()]).await, "next_due");
    assert_unavailable(store.lanes().await, "lanes");
    assert_unavailable(store.swap(vec![rewrite(&record("a"))]).await, "swap");
    assert_unavailable(store.clear().await, "clear");
    assert_unavailable(store.claim("default", Timestamp::MAX, 9, &mut |_| None).await, "claim");
    assert_unavailable(store.changes().await.map(|_| ()), "changes");
    assert_unavailable(store.now().await, "now");
    assert_unavailable(store.close().await, "close");
    store.reconnect();
    assert_eq!(revision(&store).await, Some(1));
    // What was scripted waited.
    assert_unavailable(store.lanes().await, "lanes");
    assert!(store.lanes().await.is_ok());
}

#[tokio::test]
async fn hints_and_the_clock_are_the_stores() {
    let clock = sched_testkit::ManualClock::at(Timestamp::from_secs(7));
    let inner = EncodedStore::new().with_hints().with_clock(Arc::new(clock));
    let store = FaultyStore::new(inner.clone());
    assert_eq!(store.now().await.unwrap(), Some(Timestamp::from_secs(7)));
    let mut hints = store.changes().await.unwrap().expect("it has hints");
    assert_eq!(hints.next().now_or_never(), None, "nothing was written");
    inner.insert(vec![record("a")]).await.unwrap();
    assert_eq!(hints.next().now_or_never(), Some(Some(Hint::Due(Timestamp::from_micros(0)))));
}
