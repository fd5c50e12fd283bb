//! Additions that meet: jobs that are added one by one while another is being written go into the
//! store together. A round trip, and often a disk, is what one takes alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::scheduler::Inner;
use crate::scheduler::slot::StoreSlot;
use crate::store::{BoxError, Record, StoreError};
use crate::time::Timestamp;

/// The most records that are written together.
const MOST: usize = 1_000;
/// The most bytes of bodies that are, unless one alone has more.
const BODIES: usize = 8 << 20;

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
    answer: oneshot::Sender<Answer>,
}

/// What became of a record that was queued. None: it may have been inserted or not.
enum Answer {
    Inserted(bool),
    /// It was not written, or not with the others, one of which was refused: its caller does.
    NotWritten,

    Unavailable(StoreError),
}

/// How a record is to be written.
enum Way {
    Alone,
    /// By a task, which the caller starts if it is the first to need it.
    Together {
        answered: Answered,
        first: Option<Flushing>,
    },
}

impl Inserts {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(slot: &Arc<StoreSlot>, record: &Record) -> Way {
        let mut state = slot.inserts.state();
        if !state.alone && !state.flushing {
            state.alone = true;
            return Way::Alone;
        }
        let (answer, answered) = oneshot::channel();
        state.queue.push(Waiter { record: record.clone(), answer });
        let is_first = !std::mem::replace(&mut state.flushing, true);
        drop(state);
        let answered = Answered { answered, slot: slot.clone(), due_at: record.due_at };
        Way::Together { answered, first: is_first.then(|| Flushing(Some(slot.clone()))) }
    }

    /// What to write next; none: the task has ended.
    fn batch(&self) -> Option<Vec<Waiter>> {
        let mut state = self.state();
        // Whoever has stopped waiting adds nothing.
        state.queue.retain(|waiter| !waiter.answer.is_closed());
        let mut bytes = 0;
        let fits = state.queue.iter().take(MOST).take_while(|waiter| {
            bytes += waiter.record.body.size();
            bytes <= BODIES
        });
        let count = fits.count().max(1).min(state.queue.len());
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

/// The answer for a record that is queued. If it is inserted and nobody takes the answer, the
/// driver is told of it here.
struct Answered {
    answered: oneshot::Receiver<Answer>,
    slot: Arc<StoreSlot>,
    due_at: Option<Timestamp>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        // From here on, whoever answers sees that nobody listens.
        self.answered.close();
        if let Ok(Answer::Inserted(true)) = self.answered.try_recv() {
            self.slot.wake_for(self.due_at);
        }
    }
}

/// The task that writes what is queued, from before it is spawned: its runtime may drop it without
/// having polled it. If it does not come to its end, each that is still queued writes for itself.
struct Flushing(Option<Arc<StoreSlot>>);

impl Drop for Flushing {
    fn drop(&mut self) {
        let Some(slot) = self.0.take() else { return };
        let queue = {
            let mut state = slot.inserts.state();
            state.flushing = false;
            std::mem::take(&mut state.queue)
        };
        for waiter in queue {
            // Whoever added it may have stopped waiting.
            let _ = waiter.answer.send(Answer::NotWritten);
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
        // Not the caller's, which may not be driven again.
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(runtime) = runtime else {
            return self.insert_alone(slot, record).await;
        };
        match Inserts::enter(slot, &record) {
            Way::Alone => {
                let _alone = Alone(&slot.inserts);
                self.insert_alone(slot, record).await
            }
            Way::Together { mut answered, first } => {
                if let Some(flushing) = first {
                    let (inner, slot) = (self.clone(), slot.clone());
                    runtime.spawn(async move { inner.flush(&slot, flushing).await });
                }
                match (&mut answered.answered).await {
                    Ok(Answer::Inserted(inserted)) => Ok(inserted),
                    Ok(Answer::NotWritten) => self.insert_alone(slot, record).await,
                    Ok(Answer::Unavailable(error)) => Err(error),
                    Err(_) => Err(StoreError::Unavailable {
                        operation: "insert",
                        source: "the task that wrote it has ended".into(),
                    }),
                }
            }
        }
    }

    /// Inserts records. Answers for each.
    pub(super) async fn insert_all(
        &self,
        slot: &StoreSlot,
        records: Vec<Record>,
    ) -> Vec<Result<bool, StoreError>> {
        // Memory does not fail.
        let kept = if slot.is_volatile() { Vec::new() } else { records.clone() };
        let count = records.len();
        match self.timed(slot, "insert", slot.store.insert(records)).await {
            Ok(inserted) => inserted.into_iter().map(Ok).collect(),
            Err(StoreError::Unavailable { operation, source }) => {
                unavailable(operation, source).map(Err).take(count).collect()
            }
            // None was inserted, perhaps because of one of them.
            Err(_) => {
                let mut inserted = Vec::with_capacity(count);
                for record in kept {
                    inserted.push(self.insert_alone(slot, record).await);
                }
                inserted
            }
        }
    }

    async fn insert_alone(&self, slot: &StoreSlot, record: Record) -> Result<bool, StoreError> {
        let inserted = self.timed(slot, "insert", slot.store.insert(vec![record])).await?;
        Ok(inserted.first() == Some(&true))
    }

    /// Writes what is queued until nothing is.
    async fn flush(&self, slot: &StoreSlot, mut flushing: Flushing) {
        while let Some(batch) = slot.inserts.batch() {
            let records = batch.iter().map(|waiter| waiter.record.clone()).collect();
            // It does not wait for ever for a connection that hangs.
            let written = self.ask(slot, "insert", slot.store.insert(records)).await;
            let answers = each(written, batch.len());
            for (Waiter { record, answer }, told) in batch.into_iter().zip(answers) {
                if let Err(Answer::Inserted(true)) = answer.send(told) {
                    slot.wake_for(record.due_at);
                }
            }
        }
        flushing.0 = None;
    }
}

/// The answers for a batch that has been written, or not.
fn each(written: Result<Vec<bool>, StoreError>, count: usize) -> Vec<Answer> {
    match written {
        Ok(inserted) => inserted.into_iter().map(Answer::Inserted).collect(),
        Err(StoreError::Unavailable { operation, source }) => {
            unavailable(operation, source).map(Answer::Unavailable).take(count).collect()
        }
        Err(_) => (0..count).map(|_| Answer::NotWritten).collect(),
    }
}

/// The error for all whose write has no answer. Nobody tries again for them: what was inserted may
/// have been claimed, or have run and be gone.
fn unavailable(operation: &'static str, source: BoxError) -> impl Iterator<Item = StoreError> {
    let source: Arc<dyn std::error::Error + Send + Sync> = source.into();
    std::iter::repeat_with(move || StoreError::Unavailable {
        operation,
        source: Box::new(source.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobId;
    use crate::store::Body;

    #[test]
    fn what_is_written_together_is_limited_by_count_and_by_size() {
        for (size, batches) in [(1 << 20, vec![8, 8, 4]), (9 << 20, vec![1; 20]), (10, vec![20])] {
            let inserts = Inserts::default();
            let mut answered = Vec::new();
            for number in 0..20 {
                let (answer, answers) = oneshot::channel();
                answered.push(answers);
                let record = Record {
                    id: JobId::from(number.to_string()),
                    lane: "default".into(),
                    due_at: None,
                    revision: 1,
                    body: Body::from_bytes(vec![0; size]),
                };
                inserts.state().queue.push(Waiter { record, answer });
            }
            let written = std::iter::from_fn(|| inserts.batch()).map(|batch| batch.len());
            assert_eq!(written.collect::<Vec<_>>(), batches);
            assert!(!inserts.state().flushing);
        }
    }
}
