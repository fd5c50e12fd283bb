//! A store that counts what is asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Change, Claimed, Hint, JobStore, Planner, Record, StoreError};
use sched_core::{JobId, Timestamp};

/// Another store, and how many calls its verbs have had.
#[derive(Debug)]
pub(crate) struct Counted {
    store: Arc<dyn JobStore>,
    calls: AtomicUsize,
}

impl Counted {
    pub(crate) fn new(store: Arc<dyn JobStore>) -> Self {
        Counted { store, calls: AtomicUsize::new(0) }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Acquire)
    }

    fn counted(&self) -> &dyn JobStore {
        self.calls.fetch_add(1, Ordering::AcqRel);
        &*self.store
    }
}

#[async_trait]
impl JobStore for Counted {
    fn is_volatile(&self) -> bool {
        self.store.is_volatile()
    }

    async fn open(&self) -> Result<(), StoreError> {
        self.counted().open().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.counted().close().await
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.counted().insert(records).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        self.counted().get(id).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.counted().list(after, limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.counted().due(lane, now, limit).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        self.counted().next_due(lanes).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.counted().lanes().await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        self.counted().swap(changes).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.counted().clear().await
    }

    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        self.counted().claim(lane, now, limit, plan).await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.counted().changes().await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.counted().tell(hint).await
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.counted().now().await
    }
}
