//! What is this store's own: nodes of others, accounts, sessions of others, the index.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;

use sched_core::store::{Body, Change, NewState, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_zk::ZooKeeperStore;
use sched_store_zk::zookeeper_client::{Acls, Client, CreateMode, Error as ZkError};
use sched_testservers::{PrivateServer, Service, shared};

/// A path that nobody else uses.
fn path() -> String {
    format!("/sched-own-{}", JobId::unique())
}

fn record(id: &str, lane: &str, micros: i64) -> Record {
    let due_at = Some(Timestamp::from_micros(micros));
    let body = Body::from_bytes(*b"body");
    Record { id: id.into(), lane: lane.into(), due_at, revision: 1, body }
}

fn store(url: &str, path: &str) -> ZooKeeperStore {
    ZooKeeperStore::new(url).unwrap().path(path)
}

async fn client(url: &str) -> Client {
    Client::connect(url.strip_prefix("zookeeper://").unwrap()).await.unwrap()
}

async fn make(client: &Client, path: &str, data: &[u8]) {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.create(path, data, &options).await.unwrap();
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
async fn nodes_of_somebody_else_are_refused_and_left_alone() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    // What APScheduler keeps: a node for each job.
    make(&client, &path, b"").await;
    make(&client, &format!("{path}/job"), b"pickle").await;
    let store = store(&url, &path);
    assert!(refusal(store.open().await).contains(&path));
    make(&client, &format!("{path}/records"), b"sched 2").await;
    assert!(refusal(store.open().await).contains("/records"));
    assert_eq!(client.get_data(&format!("{path}/job")).await.unwrap().0, b"pickle");
    assert_eq!(client.get_children(&path).await.unwrap().0.len(), 2);
}

#[tokio::test]
async fn what_is_not_the_stores_stays_when_it_is_cleared() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    let store = store(&url, &path);
    store.open().await.unwrap();
    // A store below another's path is odd, but nobody's loss.
    let within = self::store(&url, &format!("{path}/within"));
    within.open().await.unwrap();
    for store in [&store, &within] {
        store.insert(vec![record("a", "lane", 1), record("b", "lane", i64::MAX)]).await.unwrap();
    }
    store.clear().await.unwrap();
    assert_eq!(within.list(None, 10).await.unwrap().len(), 2);
    assert_eq!(client.get_children(&format!("{path}/due")).await.unwrap().0, [""; 0]);
    within.clear().await.unwrap();
}

#[tokio::test]
async fn nodes_of_the_index_do_not_pile_up() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    let store = store(&url, &path);
    store.open().await.unwrap();
    const HOUR: i64 = 3_600_000_000;
    store.insert(vec![record("a", "lane", 0)]).await.unwrap();
    for revision in 1..=20 {
        let due_at = Some(Timestamp::from_micros(HOUR * i64::try_from(revision).unwrap()));
        let state = NewState { lane: "lane".into(), due_at, body: Body::from_bytes(*b"") };
        let change = Change { id: "a".into(), revision, to: Some(state) };
        assert_eq!(store.swap(vec![change]).await.unwrap(), [true]);
    }
    // A look removes what it finds empty: slots at first, then what they were in.
    for _ in 0..3 {
        let first = store.next_due(&["lane".into()]).await.unwrap();
        assert_eq!(first, Some(Timestamp::from_micros(20 * HOUR)));
    }
    let lane = format!("{path}/due/lane");
    assert_eq!(client.get_children(&lane).await.unwrap().0.len(), 1);
    assert_eq!(client.count_descendants_number(&lane).await.unwrap(), 3, "hour, slot and entry");
    store.clear().await.unwrap();
}

/// A server tells all children of a node at once, and most clients take no more than a megabyte.
#[tokio::test]
async fn no_node_has_very_many_children() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    let store = store(&url, &path);
    store.open().await.unwrap();
    // All due at once, which is the worst for an index by time.
    let records = (0..2_000).map(|n| record(&format!("job {n}"), "lane", 0)).collect();
    assert_eq!(store.insert(records).await.unwrap(), [true; 2_000]);
    let mut paths = vec![path];
    while let Some(path) = paths.pop() {
        let (names, _) = client.get_children(&path).await.unwrap();
        assert!(names.len() <= 700, "{path} has {}", names.len());
        paths.extend(names.iter().map(|name| format!("{path}/{name}")));
    }
    assert_eq!(store.due("lane", Timestamp::MAX, 10_000).await.unwrap().len(), 2_000);
    store.clear().await.unwrap();
}

#[tokio::test]
async fn a_session_of_ones_own_serves_and_is_left_alone() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    let store = ZooKeeperStore::with_client(client.clone()).path(&path);
    store.open().await.unwrap();
    assert!(store.changes().await.unwrap().is_some());
    assert_eq!(store.insert(vec![record("a", "lane", 1)]).await.unwrap(), [true]);
    store.clear().await.unwrap();
    store.close().await.unwrap();
    assert!(client.check_stat(&path).await.unwrap().is_some(), "the session is there");
}

#[tokio::test]
async fn an_account_has_its_nodes_for_itself_and_is_never_shown() {
    let Some(url) = shared(Service::ZooKeeper) else { return };
    let (client, path) = (client(&url).await, path());
    let account = |secret: &str| store(&url, &path).auth("digest", &format!("me:{secret}"));
    let own = account("s3cret");
    own.open().await.unwrap();
    assert_eq!(own.insert(vec![record("a", "lane", 1)]).await.unwrap(), [true]);
    assert_eq!(own.lanes().await.unwrap(), ["lane".into()]);
    assert!(own.now().await.unwrap().is_some());
    let mut errors = format!("{own:?}");
    for other in [account("wr0ng"), store(&url, &path)] {
        errors += &refusal(other.open().await);
    }
    assert!(!errors.contains("s3cret") && !errors.contains("wr0ng"), "{errors}");
    let records = client.get_data(&format!("{path}/records")).await;
    assert_eq!(records.unwrap_err(), ZkError::NoAuth);
    own.clear().await.unwrap();
}

#[tokio::test]
async fn a_lost_session_is_replaced() {
    let Some(server) = PrivateServer::start(Service::ZooKeeper) else { return };
    let store = store(server.url(), "/jobs");
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record("a", "lane", 1)]).await.unwrap(), [true]);
    let server = std::sync::Arc::new(server);
    let killed = server.clone();
    tokio::task::spawn_blocking(move || killed.kill()).await.unwrap();
    // Connecting fails at once: nobody listens.
    let away = store.get(&"a".into()).await;
    assert!(matches!(away, Err(StoreError::Unavailable { operation: "get", .. })), "{away:?}");
    let again = server.clone();
    tokio::task::spawn_blocking(move || again.start_again()).await.unwrap();
    assert_eq!(store.get(&"a".into()).await.unwrap().unwrap().revision, 1);
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let store = ZooKeeperStore::new("127.0.0.1:1").unwrap();
    assert!(matches!(store.get(&"a".into()).await, Err(StoreError::NotOpen { operation: "get" })));
    assert!(matches!(store.open().await, Err(StoreError::Unavailable { operation: "open", .. })));
    assert!(matches!(store.lanes().await, Err(StoreError::NotOpen { operation: "lanes" })));
}

#[tokio::test]
async fn what_is_no_address_or_path_is_a_wrong_setting() {
    for (hosts, path) in [("a:b", "/x"), ("127.0.0.1:1", "x"), ("127.0.0.1:1", "/")] {
        let opened = store(hosts, path).open().await;
        assert!(matches!(opened, Err(StoreError::Settings(_))), "{opened:?}");
    }
}
