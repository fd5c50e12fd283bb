//! What is this store's own: keys of others, accounts, connections of others.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;

use redis::aio::ConnectionManager;
use redis::{Client, cmd};
use sched_core::store::{Body, Change, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_redis::{RedisStore, redis};
use sched_testservers::{PrivateServer, Service, shared};

/// A name that nobody else uses.
fn name() -> String {
    format!("own-{}", JobId::unique())
}

fn record(id: &str) -> Record {
    let body = Body::from_bytes(*b"body");
    Record { id: id.into(), lane: "lane".into(), due_at: Some(Timestamp::MIN), revision: 1, body }
}

fn store(url: &str, name: &str) -> RedisStore {
    RedisStore::new(url).unwrap().keys(format!("{name}.jobs"), format!("{name}.run_times"))
}

async fn connection(url: &str) -> ConnectionManager {
    ConnectionManager::new(Client::open(url).unwrap()).await.unwrap()
}

/// The error and its sources.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(error @ StoreError::Refused { .. }) => told(&error),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn keys_that_hold_something_else_are_refused_and_left_alone() {
    let Some(url) = shared(Service::Redis) else { return };
    let mut connection = connection(&url).await;
    let name = name();
    let (jobs, run_times) = (format!("{name}.jobs"), format!("{name}.run_times"));
    // What APScheduler keeps: pickles by id, and ids by time.
    cmd("HSET").arg(&jobs).arg("a").arg("pickle").exec_async(&mut connection).await.unwrap();
    let store = store(&url, &name);
    assert!(refusal(store.open().await).contains("is missing"));
    cmd("ZADD").arg(&run_times).arg(1.5).arg("a").exec_async(&mut connection).await.unwrap();
    assert!(refusal(store.open().await).contains("something else than the index"));

    // So it is when the store was open before.
    cmd("RENAME").arg(&jobs).arg(format!("{name}.1")).exec_async(&mut connection).await.unwrap();
    cmd("RENAME")
        .arg(&run_times)
        .arg(format!("{name}.2"))
        .exec_async(&mut connection)
        .await
        .unwrap();
    store.open().await.unwrap();
    cmd("RENAME").arg(format!("{name}.1")).arg(&jobs).exec_async(&mut connection).await.unwrap();
    cmd("RENAME")
        .arg(format!("{name}.2"))
        .arg(&run_times)
        .exec_async(&mut connection)
        .await
        .unwrap();
    refusal(store.insert(vec![record("b")]).await);
    refusal(store.clear().await);
    let left: i64 =
        cmd("EXISTS").arg(&jobs).arg(&run_times).query_async(&mut connection).await.unwrap();
    assert_eq!(left, 2);

    cmd("DEL").arg(&run_times).exec_async(&mut connection).await.unwrap();
    cmd("SET").arg(&run_times).arg("text").exec_async(&mut connection).await.unwrap();
    assert!(refusal(store.open().await).contains("holds a string"));
    cmd("DEL").arg(&jobs).arg(&run_times).exec_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn stores_that_share_one_key_only_do_not_mix() {
    let Some(url) = shared(Service::Redis) else { return };
    let name = name();
    let first = store(&url, &name);
    let second = RedisStore::new(&*url).unwrap();
    let second = second.keys(format!("{name}.others"), format!("{name}.run_times"));
    // Both open while there is nothing; then one is first.
    first.open().await.unwrap();
    second.open().await.unwrap();
    assert_eq!(first.insert(vec![record("a")]).await.unwrap(), [true]);
    assert!(refusal(second.insert(vec![record("b")]).await).contains("belongs to"));
    assert!(refusal(second.open().await).contains("belongs to"));
    refusal(second.clear().await);
    assert_eq!(first.list(None, 10).await.unwrap().len(), 1);
    first.clear().await.unwrap();
}

#[tokio::test]
async fn keys_that_cannot_be_told_apart_are_wrong_settings() {
    for (jobs, run_times) in [("a", "a"), ("", "a"), ("a", "")] {
        let store = RedisStore::new("redis://127.0.0.1:1").unwrap().keys(jobs, run_times);
        assert!(matches!(store.open().await, Err(StoreError::Settings(_))));
    }
}

#[tokio::test]
async fn a_connection_of_ones_own_serves_without_hints() {
    let Some(url) = shared(Service::Redis) else { return };
    let name = name();
    let (jobs, run_times) = (format!("{name}.jobs"), format!("{name}.run_times"));
    let given = RedisStore::with_connection(connection(&url).await).keys(&jobs, &run_times);
    let client = RedisStore::with_client(Client::open(&*url).unwrap()).keys(&jobs, &run_times);
    given.open().await.unwrap();
    client.open().await.unwrap();
    assert!(given.changes().await.unwrap().is_none());
    assert!(client.changes().await.unwrap().is_some());
    assert_eq!(given.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(client.next_due(&["lane".into()]).await.unwrap(), Some(Timestamp::MIN));
    client.clear().await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let store = RedisStore::new("redis://127.0.0.1:1").unwrap();
    let change = Change { id: "a".into(), revision: 1, to: None };
    assert!(matches!(store.get(&"a".into()).await, Err(StoreError::NotOpen { operation: "get" })));
    assert!(matches!(
        store.swap(vec![change]).await,
        Err(StoreError::NotOpen { operation: "swap" })
    ));
}

#[tokio::test]
async fn passwords_are_asked_for_and_never_shown() {
    let Some(server) = PrivateServer::start(Service::Redis) else { return };
    let mut admin = connection(server.url()).await;
    // What the crate's documentation asks for, and no channel.
    let rights = "-@all +@hash +@sortedset +@scripting +type +exists +unlink +time";
    let user = format!("SETUSER writer reset on >s3cret ~x.* {rights}");
    let set: Vec<&str> = user.split(' ').collect();
    cmd("ACL").arg(&set).exec_async(&mut admin).await.unwrap();
    cmd("CONFIG").arg(&["SET", "requirepass", "adm1n"]).exec_async(&mut admin).await.unwrap();

    let address = server.url().strip_prefix("redis://").unwrap().to_owned();
    refusal(store(server.url(), "x").open().await);
    let wrong = store(&format!("redis://writer:wr0ng@{address}"), "x");
    let error = refusal(wrong.open().await);
    assert!(!format!("{error} {wrong:?}").contains("wr0ng"), "{error}");

    // Who may not publish may still write, and is told so when asking for hints.
    let right = store(&format!("redis://writer:s3cret@{address}"), "x");
    right.open().await.unwrap();
    assert_eq!(right.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(right.get(&"a".into()).await.unwrap().unwrap().revision, 1);
    assert_eq!(right.lanes().await.unwrap().len(), 1);
    assert!(right.now().await.unwrap().is_some());
    right.clear().await.unwrap();
    let error = match right.changes().await {
        Err(error) => told(&error),
        Ok(_) => panic!("the account may not subscribe"),
    };
    assert!(!format!("{error} {right:?}").contains("s3cret"), "{error}");
    assert!(format!("{right:?}").contains("x.jobs"));
}

#[tokio::test]
async fn what_the_server_gets_over_is_a_passing_fault() {
    let Some(server) = PrivateServer::start(Service::Redis) else { return };
    let mut admin = connection(server.url()).await;
    let store = store(server.url(), "x");
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    for (key, full, normal) in [("maxmemory", "1", "0"), ("min-replicas-to-write", "1", "0")] {
        cmd("CONFIG").arg(&["SET", key, full]).exec_async(&mut admin).await.unwrap();
        let inserted = store.insert(vec![record("b")]).await;
        assert!(matches!(inserted, Err(StoreError::Unavailable { .. })), "{key}: {inserted:?}");
        cmd("CONFIG").arg(&["SET", key, normal]).exec_async(&mut admin).await.unwrap();
        // Nothing of the batch was done.
        let ids = store.list(None, 10).await.unwrap().into_iter().map(|record| record.id);
        assert_eq!(ids.collect::<Vec<_>>(), ["a".into()]);
        assert_eq!(store.due("lane", Timestamp::MAX, 10).await.unwrap().len(), 1);
    }
    // Nor does it need the scripts to be there.
    cmd("SCRIPT").arg("FLUSH").exec_async(&mut admin).await.unwrap();
    assert_eq!(store.insert(vec![record("b")]).await.unwrap(), [true]);
}
