//! Changing records and the index together.

use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::store::{Change, Hint, NewState, Record, StoreError};
use sched_core::{JobId, Timestamp};
use zookeeper_client::{Error, MultiWriteError, MultiWriteResult};

use crate::call::{Call, Stored};
use crate::hints;
use crate::place::above;
use crate::value::value;

/// How much goes into one transaction: a server takes a megabyte, and one conflict is the end of
/// all that is in it.
const LARGEST: usize = 64;
const LARGEST_BYTES: usize = 512 * 1024;
/// How many transactions are under way at once.
const WINDOW: usize = 32;

/// A change of one record, and of its entry in the index.
pub(crate) struct Write {
    record: String,
    act: Act,
    /// The entry to remove.
    leave: Option<String>,
    /// The entry to make.
    enter: Option<String>,
    /// When the record is due then.
    due_at: Option<Timestamp>,
}

enum Act {
    Create(Vec<u8>),
    Set(i32, Vec<u8>),
    Delete(i32),
}

/// What became of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    /// An entry's slot is not there.
    NoSlot,
    /// Something is not as it was when this was decided.
    Conflict,
}

impl Write {
    fn bytes(&self) -> usize {
        let data = match &self.act {
            Act::Create(value) | Act::Set(_, value) => value.len(),
            Act::Delete(_) => 0,
        };
        let paths = [Some(&self.record), self.leave.as_ref(), self.enter.as_ref()];
        data + paths.into_iter().flatten().map(|path| path.len() + 64).sum::<usize>()
    }
}

impl Call<'_> {
    /// A new record.
    pub(crate) fn creation(&self, new: Record) -> Result<Write, StoreError> {
        let Record { id, lane, due_at, revision, body } = new;
        let state = NewState { lane, due_at, body };
        Ok(Write {
            record: self.place.record(&id),
            act: Act::Create(value(&id, revision, &state)?),
            leave: None,
            enter: self.entry(&id, &state),
            due_at,
        })
    }

    /// The change of a record that is as it was stored.
    pub(crate) fn change(&self, change: &Change, stored: &Stored) -> Result<Write, StoreError> {
        let Change { id, revision, to } = change;
        let Stored { record, version } = stored;
        let due_at = record.due_at;
        let leave = due_at.map(|due_at| self.place.entry(&record.lane, due_at, id));
        let enter = to.as_ref().and_then(|state| self.entry(id, state));
        let act = match to {
            // No record has the last revision there is: they begin with 2^62 at most.
            Some(state) => Act::Set(*version, value(id, revision.saturating_add(1), state)?),
            None => Act::Delete(*version),
        };
        let moves = leave != enter;
        Ok(Write {
            record: self.place.record(id),
            act,
            leave: leave.filter(|_| moves),
            enter: enter.filter(|_| moves),
            due_at: to.as_ref().and_then(|state| state.due_at),
        })
    }

    fn entry(&self, id: &JobId, state: &NewState) -> Option<String> {
        state.due_at.map(|due_at| self.place.entry(&state.lane, due_at, id))
    }

    /// Makes the changes, in transactions of many, and those of a transaction that fails each in
    /// one of its own. Answers for each whether it was made; what was not met something else than
    /// it was decided on.
    pub(crate) async fn commit(&self, writes: &[Write]) -> Result<Vec<bool>, StoreError> {
        let mut batches = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (end, write) in writes.iter().enumerate() {
            let is_full = end - start == LARGEST || bytes + write.bytes() > LARGEST_BYTES;
            if is_full && end > start {
                batches.push(start..end);
                (start, bytes) = (end, 0);
            }
            bytes += write.bytes();
        }
        batches.push(start..writes.len());
        let is_one = batches.len() == 1;
        let made = batches.into_iter().map(|batch| self.commit_batch(&writes[batch]));
        let made: Result<_, StoreError> = stream::iter(made).buffered(WINDOW).try_concat().await;
        made.map_err(|error| if is_one { error } else { error.in_part() })
    }

    async fn commit_batch(&self, batch: &[Write]) -> Result<Vec<bool>, StoreError> {
        if self.is_made(batch).await? {
            return Ok(vec![true; batch.len()]);
        }
        if batch.len() == 1 {
            return Ok(vec![false]);
        }
        let single = (0..batch.len()).map(|at| self.is_made(&batch[at..=at]));
        let made: Result<_, StoreError> = stream::iter(single).buffered(WINDOW).try_collect().await;
        made.map_err(StoreError::in_part)
    }

    async fn is_made(&self, batch: &[Write]) -> Result<bool, StoreError> {
        let fate = match self.transaction(batch).await? {
            Fate::NoSlot => {
                self.make_slots(batch);
                self.transaction(batch).await?
            }
            fate => fate,
        };
        Ok(fate == Fate::Done)
    }

    /// Sent, but not waited for: the session's next transaction comes after it.
    fn make_slots(&self, batch: &[Write]) {
        let entries = batch.iter().filter_map(|write| write.enter.as_deref());
        let mut nodes: Vec<&str> = entries.flat_map(above).collect();
        // A node comes before those below it.
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            drop(self.client.create(node, b"", &self.place.options()));
        }
    }

    async fn transaction(&self, batch: &[Write]) -> Result<Fate, StoreError> {
        if batch.is_empty() {
            return Ok(Fate::Done);
        }
        let mut enters = Vec::new();
        let commit = self.prepare(batch, &mut enters).map_err(|error| self.fault(error))?;
        match commit.await {
            Ok(results) => {
                if let Some(MultiWriteResult::SetData { stat }) = results.last() {
                    self.own_writes.note(stat.version);
                }
                Ok(Fate::Done)
            }
            Err(MultiWriteError::OperationFailed { index, source }) => match source {
                Error::NoNode if enters.contains(&index) => Ok(Fate::NoSlot),
                Error::NoNode | Error::NodeExists | Error::BadVersion => Ok(Fate::Conflict),
                error => Err(self.fault(error)),
            },
            Err(MultiWriteError::RequestFailed { source }) => Err(self.fault(source)),
        }
    }

    /// Sends the transaction. `enters` are the operations that make entries.
    fn prepare(
        &self,
        batch: &[Write],
        enters: &mut Vec<usize>,
    ) -> Result<impl Future<Output = Result<Vec<MultiWriteResult>, MultiWriteError>> + Send, Error>
    {
        let mut multi = self.client.new_multi_writer();
        let options = self.place.options();
        let mut count = 0;
        for Write { record, act, leave, enter, due_at: _ } in batch {
            match act {
                Act::Create(value) => multi.add_create(record, value, &options)?,
                Act::Set(version, value) => multi.add_set_data(record, value, Some(*version))?,
                Act::Delete(version) => multi.add_delete(record, Some(*version))?,
            }
            count += 1;
            if let Some(entry) = leave {
                multi.add_delete(entry, None)?;
                count += 1;
            }
            if let Some(entry) = enter {
                multi.add_create(entry, b"", &options)?;
                enters.push(count);
                count += 1;
            }
        }
        let hint = Hint::of(batch.iter().map(|write| write.due_at));
        multi.add_set_data(&self.place.changes(), hints::data(hint).as_bytes(), None)?;
        Ok(multi.commit())
    }
}
