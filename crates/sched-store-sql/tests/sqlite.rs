//! SQLite under the suite of all stores: a file for each case, a table for each namespace.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_sql::SqlStore;
use sched_testkit::store_suite::StoreHarness;
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
