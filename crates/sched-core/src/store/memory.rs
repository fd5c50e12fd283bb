//! The memory store: fast, volatile, and the model of the contract for all others.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hashbrown::hash_table::Entry as Slot;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use slab::Slab;

use crate::job::{JobId, LiveBody, Transit};
use crate::store::{
    Body, Change, Claimed, Content, JobStore, NewState, Planner, Record, StoreError,
};
use crate::time::Timestamp;

/// Keeps jobs in the memory of this process. They last as long as this object.
///
/// Takes closures and values that cannot be serialized, and holds every guarantee of
/// [`JobStore`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

/// Where a record is kept. Comes to be another record's when the record is gone.
type Place = usize;

/// A record's place, beside the hash of its id: the table grows, and passes over others, without
/// going to look at ids.
#[derive(Debug)]
struct Hashed {
    hash: u64,
    place: Place,
}

/// A record. What a live job says of itself is not kept beside it: there may be millions.
#[derive(Debug)]
struct Entry {
    kept: Kept,
    due_at: Option<Timestamp>,
    revision: u64,
}

#[derive(Debug)]
enum Kept {
    Live(LiveBody),
    Bytes { id: JobId, lane: Arc<str>, bytes: Arc<[u8]> },
    Transit(Arc<Transit>),
}

impl Kept {
    fn new(id: JobId, lane: Arc<str>, body: Body) -> Self {
        match body.0 {
            Content::Live(live) => {
                debug_assert!(live.spec.id == id && live.spec.executor == lane);
                Kept::Live(live)
            }
            Content::Bytes(bytes) => Kept::Bytes { id, lane, bytes },
            Content::Transit(transit) => Kept::Transit(transit),
        }
    }

    fn id(&self) -> &JobId {
        match self {
            Kept::Live(live) => &live.spec.id,
            Kept::Bytes { id, .. } => id,
            Kept::Transit(transit) => &transit.job.spec.id,
        }
    }

    fn lane(&self) -> &Arc<str> {
        match self {
            Kept::Live(live) => &live.spec.executor,
            Kept::Bytes { lane, .. } => lane,
            Kept::Transit(transit) => &transit.job.spec.executor,
        }
    }
}

impl Entry {
    fn record(&self) -> Record {
        let content = match &self.kept {
            Kept::Live(live) => Content::Live(live.clone()),
            Kept::Bytes { bytes, .. } => Content::Bytes(bytes.clone()),
            Kept::Transit(transit) => Content::Transit(transit.clone()),
        };
        let (id, lane) = (self.kept.id().clone(), self.kept.lane().clone());
        Record { id, lane, due_at: self.due_at, revision: self.revision, body: Body(content) }
    }
}

/// Both indexes hold places, not ids: at a million jobs it is memory that takes the time, and an
/// id is text somewhere else in it.
#[derive(Debug, Default)]
struct State {
    entries: Slab<Entry>,
    /// Their places, by their ids.
    by_id: HashTable<Hashed>,
    /// Seeded anew for each store, so that nobody can choose ids that collide.
    hasher: DefaultHashBuilder,
    due: HashMap<Arc<str>, BTreeSet<(Timestamp, Place)>>,
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
    fn index(&mut self, lane: &Arc<str>, due_at: Option<Timestamp>, place: Place) {
        let Some(at) = due_at else { return };
        match self.due.get_mut(lane) {
            Some(queue) => {
                queue.insert((at, place));
            }
            None => {
                self.due.insert(lane.clone(), BTreeSet::from([(at, place)]));
            }
        }
    }

    fn unindex(&mut self, lane: &Arc<str>, due_at: Option<Timestamp>, place: Place) {
        let Some(at) = due_at else { return };
        if let Some(queue) = self.due.get_mut(lane) {
            queue.remove(&(at, place));
        }
    }

    fn place(&self, id: &JobId) -> Option<Place> {
        let hash = self.hasher.hash_one(id);
        let is_its = |at: &Hashed| at.hash == hash && self.entries[at.place].kept.id() == id;
        self.by_id.find(hash, is_its).map(|at| at.place)
    }

    fn insert(&mut self, record: Record) -> bool {
        let State { entries, by_id, hasher, .. } = self;
        let Record { id, lane, due_at, revision, body } = record;
        let hash = hasher.hash_one(&id);
        let same = |at: &Hashed| at.hash == hash && *entries[at.place].kept.id() == id;
        let Slot::Vacant(free) = by_id.entry(hash, same, |at| at.hash) else {
            return false;
        };
        let place = entries.vacant_key();
        free.insert(Hashed { hash, place });
        entries.insert(Entry { kept: Kept::new(id, lane.clone(), body), due_at, revision });
        self.index(&lane, due_at, place);
        self.listing = None;
        true
    }

    fn swap(&mut self, change: Change) -> bool {
        self.place(&change.id).is_some_and(|place| self.swap_at(place, change))
    }

    /// As `swap`, when the record is at `place` if it is anywhere.
    fn swap_at(&mut self, place: Place, change: Change) -> bool {
        let Change { id, revision, to } = change;
        let Some(entry) = self.entries.get_mut(place) else {
            return false;
        };
        if entry.revision != revision || *entry.kept.id() != id {
            return false;
        }
        let Some(NewState { lane, due_at, body }) = to else {
            self.remove(place);
            return true;
        };
        entry.revision += 1;
        let old_due = std::mem::replace(&mut entry.due_at, due_at);
        let old = std::mem::replace(&mut entry.kept, Kept::new(id, lane.clone(), body));
        if due_at != old_due || lane != *old.lane() {
            self.unindex(old.lane(), old_due, place);
            self.index(&lane, due_at, place);
        }
        true
    }

    fn remove(&mut self, place: Place) {
        let Entry { kept, due_at, .. } = self.entries.remove(place);
        let hash = self.hasher.hash_one(kept.id());
        if let Ok(entry) = self.by_id.find_entry(hash, |at| at.place == place) {
            entry.remove();
        }
        self.unindex(kept.lane(), due_at, place);
    }

    /// Up to `limit` records that are due, the earliest first.
    fn due(&self, lane: &str, now: Timestamp, limit: usize) -> impl Iterator<Item = Place> {
        let queue = self.due.get(lane).into_iter().flatten();
        queue.take_while(move |(at, _)| *at <= now).take(limit).map(|(_, place)| *place)
    }

    fn page(&mut self, after: Option<&JobId>, limit: usize) -> Vec<Record> {
        let listing = self.listing.take().unwrap_or_else(|| {
            let mut ids: Vec<JobId> =
                self.entries.iter().map(|(_, entry)| entry.kept.id().clone()).collect();
            ids.sort_unstable();
            ids
        });
        let from = after.map_or(0, |id| listing.partition_point(|other| other <= id));
        let there = listing[from..].iter().filter_map(|id| self.place(id));
        let page = there.take(limit).map(|place| self.entries[place].record()).collect();
        self.listing = Some(listing);
        page
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
        let state = self.state();
        Ok(state.place(id).map(|place| state.entries[place].record()))
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
        Ok(state.due(lane, now, limit).map(|place| state.entries[place].record()).collect())
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

    /// As the default, but that what was read is found again without a search. It is let go of in
    /// between: a planner may ask triggers that users wrote, and these may do anything.
    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let due: Vec<(Place, Record)> = {
            let state = self.state();
            let there = |place: Place| (place, state.entries[place].record());
            state.due(lane, now, limit).map(there).collect()
        };
        let seen = due.len();
        let planned = due.into_iter().filter_map(|(place, record)| Some((place, plan(&record)?)));
        let changes: Vec<(Place, Change)> = planned.collect();
        let mut state = self.state();
        let won = changes.into_iter().map(|(place, change)| state.swap_at(place, change)).collect();
        Ok(Claimed { won, seen, failed: None })
    }
}
