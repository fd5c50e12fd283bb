//! Batches of more bytes than one statement takes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sched_core::store::{Body, Change, NewState, Record};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_sql::SqlStore;

const MEGABYTE: usize = 1 << 20;
/// Together more than MariaDB's packets and than any statement of ours.
const COUNT: usize = 20;

fn body(number: usize, round: u8) -> Body {
    let mut bytes = vec![round; MEGABYTE];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Body::from_bytes(bytes)
}

fn state(number: usize, round: u8) -> NewState {
    NewState {
        lane: "default".into(),
        due_at: Some(Timestamp::from_micros(number.try_into().unwrap())),
        body: body(number, round),
    }
}

fn id(number: usize) -> JobId {
    format!("{number:02}").into()
}

async fn is_stored(store: &SqlStore, round: u8) {
    let stored = store.list(None, COUNT + 1).await.unwrap();
    assert_eq!(stored.len(), COUNT);
    for (number, record) in stored.iter().enumerate() {
        assert_eq!((&record.id, record.revision), (&id(number), u64::from(round)));
        assert!(record.body.bytes().unwrap() == body(number, round).bytes().unwrap(), "{number}");
    }
}

async fn large_batches(store: SqlStore) {
    store.open().await.unwrap();
    let records: Vec<Record> = (0..COUNT)
        .map(|number| {
            let NewState { lane, due_at, body } = state(number, 1);
            Record { id: id(number), lane, due_at, revision: 1, body }
        })
        .collect();
    assert_eq!(store.insert(records.clone()).await.unwrap(), [true; COUNT]);
    assert_eq!(store.insert(records).await.unwrap(), [false; COUNT]);
    is_stored(&store, 1).await;

    let change = |number: usize| Change { id: id(number), revision: 1, to: Some(state(number, 2)) };
    assert_eq!(store.swap((0..COUNT).map(change).collect()).await.unwrap(), [true; COUNT]);
    is_stored(&store, 2).await;

    let mut number = 0;
    let mut plan = |record: &Record| {
        let to = Some(state(number, 3));
        number += 1;
        Some(Change { id: record.id.clone(), revision: record.revision, to })
    };
    let claimed = store.claim("default", Timestamp::MAX, COUNT, &mut plan).await.unwrap();
    assert_eq!(claimed.won, [true; COUNT]);
    is_stored(&store, 3).await;
    store.clear().await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn of_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    large_batches(SqlStore::sqlite(folder.path().join("jobs.db")).build().unwrap()).await;
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn of(service: sched_testservers::Service) {
    let Some(url) = sched_testservers::shared(service) else { return };
    let table = format!("large_{}", JobId::unique());
    large_batches(SqlStore::builder(&url).table(table).build().unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn of_postgres() {
    of(sched_testservers::Service::Postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn of_mariadb() {
    of(sched_testservers::Service::MariaDb).await;
}
