//! What is this store's own: keys of others, accounts, several servers, the history.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::sync::Arc;

use futures_util::StreamExt;
use sched_core::store::{Body, Change, Hint, NewState, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_etcd::EtcdStore;
use sched_store_etcd::etcd_client::{AlarmAction, AlarmType, Client, GetOptions, Permission};
use sched_testservers::{PrivateServer, Service, shared};

/// A path that nobody else uses.
fn path() -> String {
    format!("/own-{}", JobId::unique())
}

fn record(id: &str) -> Record {
    let body = Body::from_bytes(*b"body");
    Record { id: id.into(), lane: "lane".into(), due_at: Some(Timestamp::MIN), revision: 1, body }
}

fn deletion(id: &str) -> Change {
    Change { id: id.into(), revision: 1, to: None }
}

async fn open(servers: &str, path: &str) -> EtcdStore {
    let store = EtcdStore::new(servers).unwrap().path(path);
    store.open().await.unwrap();
    store
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

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}

async fn killed(server: &Arc<PrivateServer>) {
    let server = server.clone();
    tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
}

#[tokio::test]
async fn keys_of_others_are_left_alone() {
    let Some(url) = shared(Service::Etcd) else { return };
    let mut client = Client::connect([&url], None).await.unwrap();
    let path = path();
    // Where APScheduler keeps a job, what is beside us, and what is below.
    let others = [format!("{path}/a"), path.clone(), format!("{path}2//id/a"), format!("{path}0")];
    for key in &others {
        client.put(&**key, "pickle", None).await.unwrap();
    }
    let store = open(&url, &path).await;
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(store.list(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.swap(vec![deletion("a")]).await.unwrap(), [true]);
    let ours = GetOptions::new().with_prefix().with_count_only();
    let left = async |client: &mut Client| {
        client.get(format!("{path}//"), Some(ours.clone())).await.unwrap().count()
    };
    assert_eq!(left(&mut client).await, 1, "only who wrote last is left");
    store.clear().await.unwrap();
    assert_eq!(left(&mut client).await, 0);
    for key in &others {
        let left = client.get(&**key, None).await.unwrap();
        assert_eq!(left.kvs()[0].value(), b"pickle");
        client.delete(&**key, None).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_a_record_is_refused_and_left_alone() {
    let Some(url) = shared(Service::Etcd) else { return };
    let mut client = Client::connect([&url], None).await.unwrap();
    let path = path();
    let store = open(&url, &path).await;
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    let entry = format!("{path}//id/b");
    client.put(&*entry, "pickle", None).await.unwrap();
    assert!(refusal(store.get(&"b".into()).await).contains(&entry));
    refusal(store.list(None, 10).await);
    refusal(store.swap(vec![deletion("a"), deletion("b")]).await);
    assert_eq!(store.insert(vec![record("b")]).await.unwrap(), [false]);
    assert_eq!(store.due("lane", Timestamp::MAX, 10).await.unwrap().len(), 1);
    let due = format!("{path}//due/4/lane/0/b");
    client.put(&*due, "pickle", None).await.unwrap();
    assert!(refusal(store.due("lane", Timestamp::MAX, 10).await).contains(&due));
    for key in [entry, due] {
        assert_eq!(client.get(key, None).await.unwrap().kvs()[0].value(), b"pickle");
    }
    store.clear().await.unwrap();
}

#[tokio::test]
async fn a_path_that_is_none_is_a_wrong_setting() {
    for path in ["", "/", "a//b", "//"] {
        let store = EtcdStore::new("127.0.0.1:1").unwrap().path(path);
        assert!(matches!(store.open().await, Err(StoreError::Settings(_))), "{path}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let store = EtcdStore::new("127.0.0.1:1").unwrap();
    assert!(matches!(store.get(&"a".into()).await, Err(StoreError::NotOpen { operation: "get" })));
    assert!(matches!(
        store.swap(vec![deletion("a")]).await,
        Err(StoreError::NotOpen { operation: "swap" })
    ));
    assert!(matches!(store.changes().await, Err(StoreError::NotOpen { operation: "changes" })));
    assert!(is_unavailable(&store.open().await));
}

#[tokio::test]
async fn a_client_of_ones_own_serves() {
    let Some(url) = shared(Service::Etcd) else { return };
    let client = Client::connect([&url], None).await.unwrap();
    let path = path();
    let given = EtcdStore::with_client(client).path(&path);
    given.open().await.unwrap();
    let mut hints = given.changes().await.unwrap().unwrap();
    let other = open(&url, &path).await;
    assert_eq!(other.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(hints.next().await, Some(Hint::Due(Timestamp::MIN)));
    assert_eq!(given.next_due(&["lane".into()]).await.unwrap(), Some(Timestamp::MIN));
    given.clear().await.unwrap();
}

#[tokio::test]
async fn a_server_that_fails_gives_way_to_the_next() {
    let Some(first) = PrivateServer::start(Service::Etcd) else { return };
    let Some(second) = PrivateServer::start(Service::Etcd) else { return };
    let first = Arc::new(first);
    // They know nothing of one another, which shows who answers.
    let servers = format!("127.0.0.1:1,{},{}", first.url(), second.url());
    let store = open(&servers, "/x").await;
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    killed(&first).await;
    // A write may have happened, so it is not tried again.
    assert!(is_unavailable(&store.insert(vec![record("b")]).await));
    // A read is, beginning with the one that is next.
    assert!(store.get(&"a".into()).await.unwrap().is_none());
    assert_eq!(store.insert(vec![record("b")]).await.unwrap(), [true]);
    assert_eq!(open(second.url(), "/x").await.list(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn passwords_are_asked_for_and_never_shown() {
    let Some(server) = PrivateServer::start(Service::Etcd) else { return };
    let mut admin = Client::connect([server.url()], None).await.unwrap();
    for (user, password) in [("root", "adm1n"), ("writer", "s3cret")] {
        admin.user_add(user, password, None).await.unwrap();
        admin.role_add(user).await.unwrap();
        admin.user_grant_role(user, user).await.unwrap();
    }
    // What the crate's documentation asks for.
    let rights = Permission::read_write("/x//").with_prefix();
    admin.role_grant_permission("writer", rights).await.unwrap();
    admin.auth_enable().await.unwrap();

    refusal(EtcdStore::new(server.url()).unwrap().open().await);
    let store = |password: &'static str, path: &str| {
        let store =
            EtcdStore::with_options(server.url(), |options| options.with_user("writer", password));
        store.unwrap().path(path)
    };
    let wrong = store("wr0ng", "/x");
    let error = refusal(wrong.open().await);
    assert!(!format!("{error} {wrong:?}").contains("wr0ng"), "{error}");
    refusal(store("s3cret", "/y").open().await);

    let right = store("s3cret", "/x");
    right.open().await.unwrap();
    let mut hints = right.changes().await.unwrap().unwrap();
    let other = store("s3cret", "/x");
    other.open().await.unwrap();
    assert_eq!(other.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(hints.next().await, Some(Hint::Due(Timestamp::MIN)));
    let to = NewState { lane: "b".into(), due_at: None, body: Body::from_bytes(*b"b") };
    let change = Change { id: "a".into(), revision: 1, to: Some(to) };
    assert_eq!(right.swap(vec![change]).await.unwrap(), [true]);
    assert_eq!(right.get(&"a".into()).await.unwrap().unwrap().revision, 2);
    right.clear().await.unwrap();
    assert!(!format!("{right:?}").contains("s3cret"));
}

#[tokio::test]
async fn history_that_is_gone_is_missed_by_nobody() {
    let Some(server) = PrivateServer::start(Service::Etcd) else { return };
    let mut admin = Client::connect([server.url()], None).await.unwrap();
    let (store, other) = (open(server.url(), "/x").await, open(server.url(), "/x").await);
    let mut hints = store.changes().await.unwrap().unwrap();
    for round in 0..3 {
        let id = format!("{round}");
        assert_eq!(other.insert(vec![record(&id)]).await.unwrap(), [true]);
        assert_eq!(hints.next().await, Some(Hint::Due(Timestamp::MIN)));
        let now = admin.get("/x", None).await.unwrap().header().unwrap().revision();
        admin.compact(now, None).await.unwrap();
        assert_eq!(store.list(None, 10).await.unwrap().len(), round + 1);
        assert_eq!(store.get(&id.into()).await.unwrap().unwrap().revision, 1);
    }
}

#[tokio::test]
async fn nobody_is_told_of_what_he_wrote_himself() {
    let Some(server) = PrivateServer::start(Service::Etcd) else { return };
    let server = Arc::new(server);
    let (store, other) = (open(server.url(), "/x").await, open(server.url(), "/x").await);
    let mut hints = store.changes().await.unwrap().unwrap();
    for id in ["a", "b", "c"] {
        assert_eq!(store.insert(vec![record(id)]).await.unwrap(), [true]);
        assert_eq!(store.swap(vec![deletion(id)]).await.unwrap(), [true]);
    }
    assert_eq!(other.insert(vec![record("d")]).await.unwrap(), [true]);
    assert_eq!(hints.next().await, Some(Hint::Due(Timestamp::MIN)));
    // With its server the stream ends, and whatever it still held is counted.
    killed(&server).await;
    assert_eq!(hints.count().await, 0);
}

#[tokio::test]
async fn a_full_server_is_a_passing_fault() {
    let Some(server) = PrivateServer::start(Service::Etcd) else { return };
    let mut admin = Client::connect([server.url()], None).await.unwrap();
    let store = open(server.url(), "/x").await;
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    admin.alarm(AlarmAction::Activate, AlarmType::Nospace, None).await.unwrap();
    let inserted = store.insert(vec![record("b")]).await;
    assert!(is_unavailable(&inserted), "{inserted:?}");
    assert_eq!(store.due("lane", Timestamp::MAX, 10).await.unwrap().len(), 1);
    admin.alarm(AlarmAction::Deactivate, AlarmType::Nospace, None).await.unwrap();
    assert_eq!(store.insert(vec![record("b")]).await.unwrap(), [true]);
}
