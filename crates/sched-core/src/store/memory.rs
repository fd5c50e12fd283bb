//! The memory store: fast, volatile, and the model of the contract for all others.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::job::JobId;
use crate::store::{Change, JobStore, NewState, Record, StoreError};
use crate::time::Timestamp;

/// Keeps jobs in the memory of this process. They last as long as this object.
///
/// Takes closures and values that cannot be serialized, and holds every guarantee of
/// [`JobStore`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: HashMap<JobId, Record>,
    due: HashMap<Arc<str>, BTreeSet<(Timestamp, JobId)>>,
    /// All ids in order, made when somebody lists and dropped when an id is added; ids that are
    /// gone may linger in it.
    listing: Option<Vec<JobId>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn index(&mut self, lane: &Arc<str>, due_at: Option<Timestamp>, id: &JobId) {
        let Some(at) = due_at else { return };
        match self.due.get_mut(lane) {
            Some(queue) => {
                queue.insert((at, id.clone()));
            }
            None => {
                self.due.insert(lane.clone(), BTreeSet::from([(at, id.clone())]));
            }
        }
    }

    fn unindex(&mut self, lane: &Arc<str>, due_at: Option<Timestamp>, id: &JobId) {
        let Some(at) = due_at else { return };
        if let Some(queue) = self.due.get_mut(lane) {
            queue.remove(&(at, id.clone()));
        }
    }

    fn insert(&mut self, record: Record) -> bool {
        if self.records.contains_key(&record.id) {
            return false;
        }
        self.index(&record.lane, record.due_at, &record.id);
        self.listing = None;
        self.records.insert(record.id.clone(), record);
        true
    }

    fn swap(&mut self, change: Change) -> bool {
        let Change { id, revision, to } = change;
        let Some(record) = self.records.get_mut(&id) else {
            return false;
        };
        if record.revision != revision {
            return false;
        }
        let (lane, due_at) = (record.lane.clone(), record.due_at);
        match to {
            Some(NewState { lane: new_lane, due_at: new_due, body }) => {
                record.revision += 1;
                record.body = body;
                if due_at != new_due || lane != new_lane {
                    record.lane = new_lane.clone();
                    record.due_at = new_due;
                    self.unindex(&lane, due_at, &id);
                    self.index(&new_lane, new_due, &id);
                }
            }
            None => {
                self.records.remove(&id);
                self.unindex(&lane, due_at, &id);
            }
        }
        true
    }

    fn page(&mut self, after: Option<&JobId>, limit: usize) -> Vec<Record> {
        let listing = self.listing.get_or_insert_with(|| {
            let mut ids: Vec<JobId> = self.records.keys().cloned().collect();
            ids.sort_unstable();
            ids
        });
        let from = after.map_or(0, |id| listing.partition_point(|other| other <= id));
        let there = listing[from..].iter().filter_map(|id| self.records.get(id));
        there.take(limit).cloned().collect()
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    fn is_volatile(&self) -> bool {
        true
    }

    async fn open(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let mut state = self.state();
        Ok(records.into_iter().map(|record| state.insert(record)).collect())
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        Ok(self.state().records.get(id).cloned())
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        Ok(self.state().page(after, limit))
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let state = self.state();
        let Some(queue) = state.due.get(lane) else {
            return Ok(Vec::new());
        };
        let due = queue.iter().take_while(|(at, _)| *at <= now).take(limit);
        Ok(due.filter_map(|(_, id)| state.records.get(id)).cloned().collect())
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let state = self.state();
        let firsts = lanes.iter().filter_map(|lane| state.due.get(lane)?.first());
        Ok(firsts.map(|(at, _)| *at).min())
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let state = self.state();
        let used = state.due.iter().filter(|(_, queue)| !queue.is_empty());
        Ok(used.map(|(lane, _)| lane.clone()).collect())
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let mut state = self.state();
        Ok(changes.into_iter().map(|change| state.swap(change)).collect())
    }

    async fn clear(&self) -> Result<(), StoreError> {
        *self.state() = State::default();
        Ok(())
    }
}
