//! What is this store's own: tables of others, accounts, sessions of others, time-outs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use sched_core::store::{Body, Change, Hint, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_rethinkdb::RethinkStore;
use sched_store_rethinkdb::unreql::cmd::connect::Options;
use sched_store_rethinkdb::unreql::{Command, Session, r, rjson};
use sched_testservers::{PrivateServer, Service, shared};
use serde_json::Value;

const DATABASE: &str = "sched_tests";

/// A name that nobody else uses.
fn name() -> String {
    format!("own-{}", JobId::unique())
}

fn record(id: &str) -> Record {
    let body = Body::from_bytes(*b"body");
    Record { id: id.into(), lane: "lane".into(), due_at: Some(Timestamp::MIN), revision: 1, body }
}

fn store(url: &str, table: &str) -> RethinkStore {
    RethinkStore::new(url).unwrap().database(DATABASE).table(table)
}

async fn connect(url: &str) -> unreql::Result<Session> {
    let address = url.trim_start_matches("rethinkdb://").trim_end_matches('/').to_owned();
    r.connect(r.args((address, Options::new()))).await
}

async fn run(session: &Session, query: Command) -> Value {
    query.exec(session).await.unwrap()
}

async fn remove(url: &str, table: &str) {
    let session = connect(url).await.unwrap();
    run(&session, r.db(DATABASE).table_drop(table.to_owned())).await;
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
async fn a_table_that_holds_something_else_is_refused_and_left_alone() {
    let Some(url) = shared(Service::RethinkDb) else { return };
    let (name, session) = (name(), connect(&url).await.unwrap());
    let table = || r.db(DATABASE).table(name.clone());
    store(&url, &format!("{name}-first")).open().await.unwrap();
    run(&session, r.db(DATABASE).table_create(name.clone())).await;
    // What APScheduler keeps.
    let theirs = rjson!({"id": "a", "next_run_time": 1.5, "job_state": "pickle"});
    run(&session, table().insert(theirs.clone())).await;
    let own = store(&url, &name);
    assert!(refusal(own.open().await).contains("holds something else"));
    assert_eq!(run(&session, table().count(())).await, 1);
    assert!(matches!(own.get(&"a".into()).await, Err(StoreError::NotOpen { .. })));

    // Where somebody adds theirs to ours, they are told apart.
    run(&session, table().delete(())).await;
    own.open().await.unwrap();
    assert_eq!(own.insert(vec![record("b")]).await.unwrap(), [true]);
    run(&session, table().insert(theirs)).await;
    assert!(refusal(own.get(&"a".into()).await).contains("is no record"));
    assert_eq!(own.due("lane", Timestamp::MAX, 10).await.unwrap().len(), 1);
    let to = None;
    let change = Change { id: "a".into(), revision: 1, to };
    refusal(own.swap(vec![change]).await);
    own.clear().await.unwrap();
    assert_eq!(run(&session, table().count(())).await, 1);
    remove(&url, &name).await;
    remove(&url, &format!("{name}-first")).await;
}

#[tokio::test]
async fn names_that_the_server_does_not_take_are_wrong_settings() {
    for (database, table) in [("", "a"), ("a", ""), ("a.b", "a"), ("a", "a/b")] {
        let store = RethinkStore::new("rethinkdb://127.0.0.1:1").unwrap();
        let opened = store.database(database).table(table).open().await;
        assert!(matches!(opened, Err(StoreError::Settings(_))));
    }
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let store = RethinkStore::new("rethinkdb://127.0.0.1:1").unwrap();
    let change = Change { id: "a".into(), revision: 1, to: None };
    assert!(matches!(store.get(&"a".into()).await, Err(StoreError::NotOpen { operation: "get" })));
    assert!(matches!(
        store.swap(vec![change]).await,
        Err(StoreError::NotOpen { operation: "swap" })
    ));
    assert!(matches!(store.open().await, Err(StoreError::Unavailable { operation: "open", .. })));
}

/// It reaches those who watch, and a table has no more documents than records.
#[tokio::test]
async fn what_is_told_stays_nowhere() {
    let Some(url) = shared(Service::RethinkDb) else { return };
    let (name, session) = (name(), connect(&url).await.unwrap());
    let (ours, theirs) = (store(&url, &name), store(&url, &name));
    ours.open().await.unwrap();
    theirs.open().await.unwrap();
    let mut hints = theirs.changes().await.unwrap().unwrap();
    assert_eq!(ours.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(hints.next().await, Some(Hint::Due(Timestamp::MIN)));
    for due in [None, Some(Timestamp::MAX)] {
        let quiet = Hint::Quiet { lanes: 1, due };
        ours.tell(quiet).await.unwrap();
        assert_eq!(hints.next().await, Some(quiet));
        assert_eq!(run(&session, r.db(DATABASE).table(name.clone()).count(())).await, 1);
    }
    remove(&url, &name).await;
}

#[tokio::test]
async fn given_sessions_serve_and_few_are_made() {
    let Some(url) = shared(Service::RethinkDb) else { return };
    let (name, made) = (name(), Arc::new(AtomicUsize::new(0)));
    let (address, count) = (url.clone(), made.clone());
    let store = RethinkStore::with_sessions(move || {
        count.fetch_add(1, Ordering::Relaxed);
        let address = address.clone();
        async move { connect(&address).await }
    });
    let store = store.database(DATABASE).table(&name);
    store.open().await.unwrap();
    for id in ["a", "b", "c"] {
        assert_eq!(store.insert(vec![record(id)]).await.unwrap(), [true]);
        assert_eq!(store.next_due(&["lane".into()]).await.unwrap(), Some(Timestamp::MIN));
    }
    assert_eq!(made.load(Ordering::Relaxed), 1, "one after the other, one is enough");
    assert!(store.changes().await.unwrap().is_some());
    assert_eq!(made.load(Ordering::Relaxed), 2, "hints have one of their own");
    remove(&url, &name).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up_in_time() {
    let store = RethinkStore::with_sessions(pending);
    let opened = store.connection_timeout(Duration::from_secs(3)).open().await;
    match opened {
        Err(error @ StoreError::Unavailable { .. }) => {
            assert!(told(&error).contains("no connection in time"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn accounts_need_few_rights_and_passwords_are_never_shown() {
    let Some(server) = PrivateServer::start(Service::RethinkDb) else { return };
    let admin = connect(server.url()).await.unwrap();
    let account = rjson!({"id": "writer", "password": "s3cret"});
    run(&admin, r.db("rethinkdb").table("users").insert(account)).await;
    let address = server.url().strip_prefix("rethinkdb://").unwrap();
    let as_writer =
        |password: &str| store(&format!("rethinkdb://writer:{password}@{address}"), "x");

    let wrong = as_writer("wr0ng");
    let error = refusal(wrong.open().await);
    assert!(!format!("{error} {wrong:?}").contains("wr0ng"), "{error}");
    // It may not make the table.
    let right = as_writer("s3cret");
    refusal(right.open().await);
    // Where that is there, it may do all that the crate's documentation says.
    store(server.url(), "x").open().await.unwrap();
    let id_in = |table: &'static str, name: &'static str| {
        r.db("rethinkdb").table(table).filter(rjson!({"name": name})).nth(0).g("id")
    };
    let rights = rjson!({
        "id": ["writer", id_in("db_config", DATABASE), id_in("table_config", "x")],
        "permissions": {"read": true, "write": true},
    });
    let granted = run(&admin, r.db("rethinkdb").table("permissions").insert(rights)).await;
    assert_eq!(granted["inserted"], 1, "{granted}");
    right.open().await.unwrap();
    assert_eq!(right.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(right.get(&"a".into()).await.unwrap().unwrap().revision, 1);
    assert_eq!(right.lanes().await.unwrap().len(), 1);
    assert!(right.now().await.unwrap().is_some());
    assert!(right.changes().await.unwrap().is_some());
    right.clear().await.unwrap();
    assert!(!format!("{right:?}").contains("s3cret"));
}
