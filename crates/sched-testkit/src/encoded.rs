//! A durable store without a server.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{Clock, JobId, JobStore, MemoryStore, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A store that keeps bytes, as one with a server does, and is not volatile: jobs are encoded,
/// claims have leases, and several schedulers may share it.
///
/// Every clone is one more connection to the same records, which last as long as any of them.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sched_core::store::StoreError> {
/// use sched_core::JobStore;
/// use sched_core::store::{Body, Record};
/// use sched_testkit::EncodedStore;
///
/// let (store, other) = {
///     let store = EncodedStore::new();
///     (store.clone(), store)
/// };
/// let body = Body::from_bytes(*b"a job");
/// let record = Record { id: "a".into(), lane: "default".into(), due_at: None, revision: 1, body };
/// store.insert(vec![record]).await?;
/// assert!(other.get(&"a".into()).await?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct EncodedStore {
    records: Arc<MemoryStore>,
    watchers: Option<Arc<Mutex<Vec<UnboundedSender<Hint>>>>>,
    clock: Option<Arc<dyn Clock>>,
}

impl EncodedStore {
    /// An empty store, without hints and without a clock.
    pub fn new() -> Self {
        Self::default()
    }

    /// With [`changes`](JobStore::changes): each write through a clone made after this hints to
    /// all, and so does what is told; hints that nobody reads pile up, as on a connection.
    pub fn with_hints(self) -> Self {
        EncodedStore { watchers: Some(Arc::default()), ..self }
    }

    /// With a clock that answers for [`now`](JobStore::now), which may differ from a scheduler's.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        EncodedStore { clock: Some(clock), ..self }
    }

    fn hint(&self, hint: impl Into<Option<Hint>>) {
        if let (Some(watchers), Some(hint)) = (&self.watchers, hint.into()) {
            let mut watchers = watchers.lock().unwrap_or_else(PoisonError::into_inner);
            watchers.retain(|watcher| watcher.send(hint).is_ok());
        }
    }
}

#[async_trait]
impl JobStore for EncodedStore {
    async fn open(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        for record in &records {
            record.body.bytes()?;
        }
        let hint = Hint::of(records.iter().map(|record| record.due_at));
        let inserted = self.records.insert(records).await?;
        self.hint(hint);
        Ok(inserted)
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        self.records.get(id).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.records.list(after, limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.records.due(lane, now, limit).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        self.records.next_due(lanes).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.records.lanes().await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let states = || changes.iter().filter_map(|change| change.to.as_ref());
        for state in states() {
            state.body.bytes()?;
        }
        let hint = Hint::of(states().map(|state| state.due_at));
        let won = self.records.swap(changes).await?;
        self.hint(hint);
        Ok(won)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.records.clear().await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        let Some(watchers) = &self.watchers else {
            return Ok(None);
        };
        let (watcher, written) = unbounded_channel();
        watchers.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
        let hints = stream::unfold(written, |mut written| async move {
            written.recv().await.map(|hint| (hint, written))
        });
        Ok(Some(hints.boxed()))
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.hint(hint);
        Ok(())
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.clock.as_ref().map(|clock| clock.now()))
    }
}
