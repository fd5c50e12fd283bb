//! A store that is wrong on purpose: the ledger must notice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Body, Change, Hint, Record, StoreError};
use sched_core::{Clock, JobId, JobStore, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::options::Broken;

/// Another store, with one promise broken. Its claims are those that the contract makes of
/// `due` and `swap`.
#[derive(Debug)]
pub(crate) struct BrokenStore {
    store: Arc<dyn JobStore>,
    broken: Broken,
}

impl BrokenStore {
    pub(crate) fn new(store: Arc<dyn JobStore>, broken: Broken) -> Self {
        BrokenStore { store, broken }
    }
}

#[async_trait]
impl JobStore for BrokenStore {
    async fn open(&self) -> Result<(), StoreError> {
        self.store.open().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.store.close().await
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.store.insert(records).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        self.store.get(id).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.store.list(after, limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        if self.broken == Broken::Lease {
            // Else it may be the same scheduler that is first all the time, and its own runs it
            // takes from nobody.
            SystemClock::new().sleep(Duration::from_millis(fastrand::u64(..150))).await;
        }
        let mut due = self.store.due(lane, now, limit).await?;
        if self.broken == Broken::Lease {
            due.iter_mut().for_each(let_leases_expire);
        }
        Ok(due)
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        self.store.next_due(lanes).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.store.lanes().await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let mut won = self.store.swap(changes).await?;
        if self.broken == Broken::Cas {
            won.fill(true);
        }
        Ok(won)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.store.clear().await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.store.changes().await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.store.tell(hint).await
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.now().await
    }
}

/// Sets the end of every other lease in a record, written as JSON, to long ago. Not of all: for a
/// scheduler to whom its own leases look expired there is always something to take over.
fn let_leases_expire(record: &mut Record) {
    let body = record.body.bytes().ok().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let Some(mut body): Option<Value> = body else { return };
    for run in body["schedule"]["live"].as_array_mut().into_iter().flatten() {
        if fastrand::bool() {
            run["lease_until"] = json!(0);
        }
    }
    record.body = Body::from_bytes(body.to_string().into_bytes());
}
