//! The one store that all schedulers share, and the ways in which it can be wrong on purpose.

use std::sync::Arc;

use futures_core::stream::BoxStream;
use futures_util::FutureExt;
use sched_core::store::{Body, Change, Hint, Record, StoreError};
use sched_core::{Clock, JobId, JobStore, Timestamp};
use sched_testkit::{EncodedStore, ManualClock};
use serde_json::Value;

/// A promise of the contract that the store breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Every conditional write takes effect, whatever its revision.
    EveryWriteWins,
    /// Whoever reads due records finds every lease expired.
    LeasesAreIgnored,
    /// The store does not say what time it is, and each scheduler goes by its own clock.
    HasNoClock,
}

/// A write that took effect.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) id: JobId,
    /// None: inserted.
    pub(crate) before: Option<u64>,
    /// None: deleted.
    pub(crate) after: Option<Record>,
}

/// The store, and every write since somebody last looked.
#[derive(Debug)]
pub(crate) struct Server {
    store: EncodedStore,
    clock: ManualClock,
    flaw: Option<Flaw>,
    writes: Vec<Write>,
}

impl Server {
    pub(crate) fn new(clock: ManualClock, hints: bool, flaw: Option<Flaw>) -> Self {
        let store = EncodedStore::new();
        let store = if hints { store.with_hints() } else { store };
        Server { store, clock, flaw, writes: Vec::new() }
    }

    /// Takes the writes since the last time, in order.
    pub(crate) fn take_writes(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }

    pub(crate) fn insert(&mut self, records: Vec<Record>) -> Vec<bool> {
        let ids: Vec<JobId> = records.iter().map(|record| record.id.clone()).collect();
        let inserted = at_once(self.store.insert(records));
        for (id, _) in ids.into_iter().zip(&inserted).filter(|(_, inserted)| **inserted) {
            let after = self.get(&id);
            self.writes.push(Write { id, before: None, after });
        }
        inserted
    }

    pub(crate) fn get(&self, id: &JobId) -> Option<Record> {
        at_once(self.store.get(id))
    }

    pub(crate) fn list(&self, after: Option<&JobId>, limit: usize) -> Vec<Record> {
        at_once(self.store.list(after, limit))
    }

    pub(crate) fn due(&self, lane: &str, now: Timestamp, limit: usize) -> Vec<Record> {
        let due = at_once(self.store.due(lane, now, limit));
        match self.flaw {
            Some(Flaw::LeasesAreIgnored) => due.into_iter().map(with_leases_expired).collect(),
            _ => due,
        }
    }

    pub(crate) fn next_due(&self, lanes: &[Arc<str>]) -> Option<Timestamp> {
        at_once(self.store.next_due(lanes))
    }

    pub(crate) fn lanes(&self) -> Vec<Arc<str>> {
        at_once(self.store.lanes())
    }

    pub(crate) fn swap(&mut self, changes: Vec<Change>) -> Vec<bool> {
        changes.into_iter().map(|change| self.change(change)).collect()
    }

    fn change(&mut self, mut change: Change) -> bool {
        let id = change.id.clone();
        let Some(there) = self.get(&id) else {
            return self.flaw == Some(Flaw::EveryWriteWins);
        };
        if self.flaw == Some(Flaw::EveryWriteWins) {
            change.revision = there.revision;
        }
        let won = at_once(self.store.swap(vec![change])) == [true];
        if won {
            let after = self.get(&id);
            self.writes.push(Write { id, before: Some(there.revision), after });
        }
        won
    }

    pub(crate) fn clear(&mut self) {
        at_once(self.store.clear());
    }

    pub(crate) fn changes(&self) -> Option<BoxStream<'static, Hint>> {
        at_once(self.store.changes())
    }

    pub(crate) fn tell(&self, hint: Hint) {
        at_once(self.store.tell(hint));
    }

    pub(crate) fn now(&self) -> Option<Timestamp> {
        (self.flaw != Some(Flaw::HasNoClock)).then(|| self.clock.now())
    }
}

/// What a call of the store in memory answers.
fn at_once<T>(call: impl Future<Output = Result<T, StoreError>>) -> T {
    let answer = call.now_or_never().expect("memory does not let anybody wait");
    answer.expect("memory does not fail")
}

fn with_leases_expired(record: Record) -> Record {
    let bytes = record.body.bytes().expect("a store that is not volatile keeps bytes");
    let mut body: Value = serde_json::from_slice(bytes).expect("a body in JSON");
    for live in body["schedule"]["live"].as_array_mut().expect("a list of live runs") {
        live["lease_until"] = 0.into();
    }
    let bytes = serde_json::to_vec(&body).expect("JSON can be written again");
    Record { body: Body::from_bytes(bytes), ..record }
}
