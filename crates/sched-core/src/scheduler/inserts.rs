//! Additions that meet: jobs that are added one by one while another is being written go into the
//! store together. A round trip, and often a disk, is what one takes alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::scheduler::Inner;
use crate::scheduler::slot::StoreSlot;
use crate::store::{Record, StoreError};

/// The most records that are written together.
const MOST: usize = 1_000;

/// The additions to one store that are under way.
#[derive(Default)]
pub(crate) struct Inserts(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whether somebody writes a record alone. Nobody waits for that: it is a future of the
    /// caller's, who may keep it without polling it.
    alone: bool,
    /// Whether a task writes what is queued.
    flushing: bool,
    queue: Vec<Waiter>,
}

struct Waiter {
    record: Record,
    /// Told whether it was inserted; dropped if the batch has failed.
    answer: oneshot::Sender<bool>,
}

/// How a record is to be written.
enum Way {
    Alone,
    /// By a task, which the caller starts if it is the first to need it.
    Together {
        answered: oneshot::Receiver<bool>,
        is_first: bool,
    },
}

impl Inserts {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, record: &Record) -> Way {
        let mut state = self.state();
        if !state.alone && !state.flushing {
            state.alone = true;
            return Way::Alone;
        }
        let (answer, answered) = oneshot::channel();
        state.queue.push(Waiter { record: record.clone(), answer });
        let is_first = !std::mem::replace(&mut state.flushing, true);
        Way::Together { answered, is_first }
    }

    /// What to write next; none: the task has ended.
    fn batch(&self) -> Option<Vec<Waiter>> {
        let mut state = self.state();
        let count = state.queue.len().min(MOST);
        state.flushing = count > 0;
        (count > 0).then(|| state.queue.drain(..count).collect())
    }
}

/// As long as it lives, others are queued.
struct Alone<'a>(&'a Inserts);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.state().alone = false;
    }
}

/// The task that writes what is queued. If it does not come to its end, each that is still there
/// writes for itself.
struct Flushing<'a> {
    inserts: &'a Inserts,
    has_ended: bool,
}

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut state = self.inserts.state();
            state.flushing = false;
            state.queue.clear();
        }
    }
}

impl Inner {
    /// Inserts a record, together with others that are added meanwhile. Whether it was inserted.
    pub(super) async fn insert_one(
        self: &Arc<Self>,
        slot: &Arc<StoreSlot>,
        record: Record,
    ) -> Result<bool, StoreError> {
        if slot.is_volatile() {
            return self.insert_alone(slot, record).await;
        }
        let Ok(runtime) = Handle::try_current() else {
            return self.insert_alone(slot, record).await;
        };
        match slot.inserts.enter(&record) {
            Way::Alone => {
                let _alone = Alone(&slot.inserts);
                self.insert_alone(slot, record).await
            }
            Way::Together { answered, is_first } => {
                if is_first {
                    let (inner, slot) = (self.clone(), slot.clone());
                    runtime.spawn(async move { inner.flush(&slot).await });
                }
                match answered.await {
                    Ok(inserted) => Ok(inserted),
                    Err(_) => self.insert_again(slot, record).await,
                }
            }
        }
    }

    async fn insert_alone(&self, slot: &StoreSlot, record: Record) -> Result<bool, StoreError> {
        let inserted = self.timed(slot, "insert", slot.store.insert(vec![record])).await?;
        Ok(inserted.first() == Some(&true))
    }

    /// Writes what is queued until nothing is.
    async fn flush(&self, slot: &StoreSlot) {
        let mut flushing = Flushing { inserts: &slot.inserts, has_ended: false };
        while let Some(batch) = slot.inserts.batch() {
            let records = batch.iter().map(|waiter| waiter.record.clone()).collect();
            // If it fails, each tries for itself and has an answer of its own: what is wrong may be
            // another's record.
            // Nor does it wait for ever for a connection that hangs.
            if let Ok(inserted) = self.ask(slot, "insert", slot.store.insert(records)).await {
                for (waiter, inserted) in batch.into_iter().zip(inserted) {
                    // Whoever added it may have stopped waiting.
                    let _ = waiter.answer.send(inserted);
                }
            }
        }
        flushing.has_ended = true;
    }

    /// Inserts a record that may have been inserted with others before.
    pub(super) async fn insert_again(
        &self,
        slot: &StoreSlot,
        record: Record,
    ) -> Result<bool, StoreError> {
        if self.insert_alone(slot, record.clone()).await? {
            return Ok(true);
        }
        let there = self.timed(slot, "get", slot.store.get(&record.id)).await?;
        let is_it = |there: Record| {
            let bodies = (there.body.bytes(), record.body.bytes());
            there.revision == record.revision && matches!(bodies, (Ok(a), Ok(b)) if a == b)
        };
        Ok(there.is_some_and(is_it))
    }
}
