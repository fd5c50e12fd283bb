//! What is this store's own: documents of others, marks of the deleted, accounts, clients of others.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;

use futures_util::StreamExt;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::{Client, Collection};
use sched_core::store::{Body, Change, Hint, NewState, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use sched_store_mongo::{MongoStore, mongodb};
use sched_testservers::{PrivateServer, Service, shared};

const DATABASE: &str = "sched_own";

/// A name that nobody else uses.
fn name() -> String {
    format!("own_{}", JobId::unique())
}

fn record(id: &str) -> Record {
    let body = Body::from_bytes(*b"body");
    Record { id: id.into(), lane: "lane".into(), due_at: Some(Timestamp::MIN), revision: 1, body }
}

fn deletion(id: &str) -> Change {
    Change { id: id.into(), revision: 1, to: None }
}

fn store(url: &str, name: &str) -> MongoStore {
    MongoStore::new(url).unwrap().database(DATABASE).collection(name)
}

async fn collection(url: &str, name: &str) -> Collection<Document> {
    Client::with_uri_str(url).await.unwrap().database(DATABASE).collection(name)
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
async fn a_collection_that_holds_something_else_is_refused_and_left_alone() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let name = name();
    let collection = collection(&url, &name).await;
    // What APScheduler keeps.
    let job = doc! { "_id": "a", "next_run_time": 1.5, "job_state": "pickle" };
    collection.insert_one(&job).await.unwrap();
    let refused = store(&url, &name);
    assert!(refusal(refused.open().await).contains("no records of this store"));
    assert_eq!(collection.list_index_names().await.unwrap(), ["_id_"]);

    // It came while the store was open.
    collection.delete_one(doc! {}).await.unwrap();
    let store = store(&url, &name);
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record("b")]).await.unwrap(), [true]);
    collection.insert_one(&job).await.unwrap();
    refusal(store.list(None, 10).await);
    refusal(store.get(&"a".into()).await);
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [false]);
    assert_eq!(store.due("lane", Timestamp::MAX, 10).await.unwrap().len(), 1);
    store.clear().await.unwrap();
    assert_eq!(collection.find_one(doc! { "_id": "a" }).await.unwrap(), Some(job));
    refusal(store.open().await);
    collection.drop().await.unwrap();
}

/// As when a scheduler ends between the two steps of a deletion.
#[tokio::test]
async fn a_mark_that_nobody_took_away_is_in_nobodys_way() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let name = name();
    let collection = collection(&url, &name).await;
    let store = store(&url, &name);
    store.open().await.unwrap();
    // Far from now, so that the server does not come for it.
    let gone = DateTime::from_millis(i64::from(u32::MAX) * 1_000);
    let mark = |id: &str| doc! { "_id": id, "gone": gone, "writer": ["somebody", 2_i64] };
    collection.insert_many(["a", "b", "c"].map(mark)).await.unwrap();
    store.open().await.unwrap();
    assert!(store.get(&"a".into()).await.unwrap().is_none());
    assert_eq!(store.list(None, 10).await.unwrap().len(), 0);
    assert_eq!(store.lanes().await.unwrap().len(), 0);
    assert_eq!(store.next_due(&["lane".into()]).await.unwrap(), None);
    assert_eq!(store.swap(vec![deletion("a")]).await.unwrap(), [false]);

    let batch = ["b", "d", "b", "c", "d"].map(record).to_vec();
    assert_eq!(store.insert(batch).await.unwrap(), [true, true, false, true, false]);
    let listed = store.list(None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|record| &*record.id).collect::<Vec<_>>(), ["b", "c", "d"]);
    for record in listed {
        assert_eq!((record.revision, record.due_at), (1, Some(Timestamp::MIN)));
        assert_eq!(record.body.bytes().unwrap(), b"body");
    }
    // And what is deleted in order leaves nothing behind.
    assert_eq!(store.swap(vec![deletion("b"), deletion("d")]).await.unwrap(), [true, true]);
    assert_eq!(collection.count_documents(doc! { "gone": { "$ne": null } }).await.unwrap(), 1);
    collection.drop().await.unwrap();
}

#[tokio::test]
async fn the_server_sweeps_marks_by_itself() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let name = name();
    let store = store(&url, &name);
    store.open().await.unwrap();
    let collection = collection(&url, &name).await;
    let indexes: Vec<_> = collection.list_indexes().await.unwrap().collect().await;
    let gone =
        indexes.into_iter().map(Result::unwrap).find(|index| index.keys == doc! { "gone": 1 });
    let options = gone.unwrap().options.unwrap();
    assert!(options.expire_after.is_some());
    // Else all records were in it.
    assert_eq!(options.sparse, Some(true));
    collection.drop().await.unwrap();
}

#[tokio::test]
async fn a_batch_larger_than_a_request_is_written_all_the_same() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let name = name();
    let store = store(&url, &name);
    store.open().await.unwrap();
    let ids: Vec<String> = (0..20).map(|number| format!("{number}")).collect();
    store.insert(ids.iter().map(|id| record(id)).collect()).await.unwrap();
    let body = Body::from_bytes(vec![7; 1_000_000]);
    let change = |id: &String| {
        let to = NewState { lane: "lane".into(), due_at: None, body: body.clone() };
        Change { id: id.as_str().into(), revision: u64::from(id != "7"), to: Some(to) }
    };
    let won = store.swap(ids.iter().map(change).collect()).await.unwrap();
    let expected: Vec<bool> = ids.iter().map(|id| id != "7").collect();
    assert_eq!(won, expected);
    assert_eq!(store.due("lane", Timestamp::MAX, 100).await.unwrap().len(), 1);
    collection(&url, &name).await.drop().await.unwrap();
}

#[tokio::test]
async fn ones_own_writes_are_no_hints() {
    let Some(url) = shared(Service::MongoDb) else { return };
    if !url.contains("replicaSet=") {
        // There are no hints at all, as the suite sees.
        return;
    }
    let name = name();
    let (store, other) = (store(&url, &name), store(&url, &name));
    store.open().await.unwrap();
    other.open().await.unwrap();
    let mut own = store.changes().await.unwrap().unwrap();
    let mut others = other.changes().await.unwrap().unwrap();
    store.insert(vec![record("a")]).await.unwrap();
    let mut due = Timestamp::MIN;
    for revision in 1..20 {
        tokio::select! {
            biased;
            _ = own.next() => panic!("a hint of its own write {revision}"),
            hint = others.next() => assert_eq!(hint, Some(Hint::Due(due))),
        }
        due = Timestamp::from_micros(revision as i64);
        let Record { lane, body, .. } = record("a");
        let to = (revision < 19).then_some(NewState { lane, due_at: Some(due), body });
        let won = store.swap(vec![Change { id: "a".into(), revision, to }]).await.unwrap();
        assert_eq!(won, [true]);
    }
    other.insert(vec![record("b")]).await.unwrap();
    assert_eq!(own.next().await, Some(Hint::Due(Timestamp::MIN)), "the other's");
    // In another lane it is news, though it is due when it was.
    let to = NewState {
        lane: "other".into(),
        due_at: Some(Timestamp::MIN),
        body: Body::from_bytes(*b"b"),
    };
    let change = Change { id: "b".into(), revision: 1, to: Some(to) };
    assert_eq!(other.swap(vec![change]).await.unwrap(), [true]);
    assert_eq!(own.next().await, Some(Hint::Anything));
    collection(&url, &name).await.drop().await.unwrap();
}

#[tokio::test]
async fn a_client_of_ones_own_stays_open() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let name = name();
    let client = Client::with_uri_str(&url).await.unwrap();
    let given = MongoStore::with_client(client.clone()).database(DATABASE).collection(&name);
    let own = store(&url, &name);
    given.open().await.unwrap();
    own.open().await.unwrap();
    assert_eq!(given.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(own.next_due(&["lane".into()]).await.unwrap(), Some(Timestamp::MIN));
    given.close().await.unwrap();
    let closed = given.get(&"a".into()).await;
    assert!(matches!(closed, Err(StoreError::NotOpen { operation: "get" })));
    let collection = client.database(DATABASE).collection::<Document>(&name);
    assert_eq!(collection.count_documents(doc! {}).await.unwrap(), 1);
    given.open().await.unwrap();
    assert!(given.get(&"a".into()).await.unwrap().is_some());
    collection.drop().await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let store = MongoStore::new("mongodb://127.0.0.1:1").unwrap();
    assert!(matches!(store.get(&"a".into()).await, Err(StoreError::NotOpen { operation: "get" })));
    assert!(matches!(
        store.swap(vec![deletion("a")]).await,
        Err(StoreError::NotOpen { operation: "swap" })
    ));
}

#[tokio::test]
async fn names_that_no_server_takes_are_refused() {
    let Some(url) = shared(Service::MongoDb) else { return };
    for (database, collection) in [("", "jobs"), ("own", "")] {
        let store = MongoStore::new(&url).unwrap().database(database).collection(collection);
        assert!(matches!(store.open().await, Err(StoreError::Settings(_))));
    }
    for (database, collection) in [("a/b", "jobs"), ("a b", "jobs"), ("own", "a$b"), ("own", "\0")]
    {
        let store = MongoStore::new(&url).unwrap().database(database).collection(collection);
        refusal(store.open().await);
    }
}

#[tokio::test]
async fn passwords_are_asked_for_and_never_shown() {
    let Some(server) = PrivateServer::start(Service::MongoDb) else { return };
    let admin = Client::with_uri_str(server.url()).await.unwrap().database("admin");
    let user = doc! { "createUser": "writer", "pwd": "s3cret", "roles": ["readWriteAnyDatabase"] };
    admin.run_command(user).await.unwrap();
    let address = server.url().strip_prefix("mongodb://").unwrap();

    let wrong = store(&format!("mongodb://writer:wr0ng@{address}"), "x");
    let error = refusal(wrong.open().await);
    assert!(!format!("{error} {wrong:?}").contains("wr0ng"), "{error}");
    let right = store(&format!("mongodb://writer:s3cret@{address}"), "x");
    right.open().await.unwrap();
    assert_eq!(right.insert(vec![record("a")]).await.unwrap(), [true]);
    assert!(!format!("{right:?}").contains("s3cret"), "{right:?}");
    assert!(format!("{right:?}").contains(r#"collection: "x""#));

    let unreadable = MongoStore::new("mongodb://writer:s3cret?s3cret@127.0.0.1").unwrap_err();
    assert!(!told(&unreadable).contains("s3cret"), "{unreadable}");
}
