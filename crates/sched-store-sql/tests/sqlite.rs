//! SQLite under the suite of all stores: a file for each case, a table for each namespace.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::store::{Body, Record, StoreError};
use sched_core::{JobId, JobStore};
use sched_store_sql::SqlStore;
use sched_testkit::store_suite::StoreHarness;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};
use tempfile::TempDir;

struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    fn new() -> Self {
        Sqlite { folder: TempDir::new().unwrap() }
    }
}

#[async_trait]
impl StoreHarness for Sqlite {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        let file = self.folder.path().join("jobs.db");
        Arc::new(SqlStore::sqlite(file).table(namespace).build().unwrap())
    }

    /// The file goes with the harness.
    async fn discard(&self, _namespace: &str) {}
}

sched_testkit::store_suite!(Sqlite::new());

/// Another process writes and does not stop.
#[tokio::test]
async fn a_writer_that_never_has_its_turn_is_told_so() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.db");
    let store = SqlStore::sqlite(&file).patience(Duration::from_millis(200)).build().unwrap();
    store.open().await.unwrap();
    let mut other =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let record = Record {
        id: JobId::from("job"),
        lane: "default".into(),
        due_at: None,
        revision: 1,
        body: Body::from_bytes(Vec::new()),
    };
    let refused = store.insert(vec![record.clone()]).await.unwrap_err();
    let StoreError::Unavailable { operation: "insert", source } = refused else {
        panic!("{refused:?}")
    };
    let why = source.source().map(ToString::to_string).unwrap_or_default();
    assert!(why.contains("another process is writing to the file"), "{source}: {why}");
    assert!(store.get(&record.id).await.unwrap().is_none(), "reading goes on");
    assert!(store.clear().await.is_err(), "so it is with everything that writes");
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(store.insert(vec![record]).await.unwrap(), [true]);
}
