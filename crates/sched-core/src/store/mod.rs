//! The contract of a job store: records, an index by due time, and compare-and-swap.
//!
//! A store understands nothing of what it keeps. Schedules, misfires, limits, leases, retries and
//! what happens to a body that does not decode are core's, once, for all stores.

mod claim;
mod codec;
mod error;
mod hint;
mod memory;
mod record;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

pub use claim::{Claimed, Planner, claim_by_swap};
pub use codec::{Codec, CodecError};
pub(crate) use codec::{decode, decode_transit, encode, encode_transit};
pub use error::{BoxError, StoreError};
pub use hint::Hint;
pub use memory::MemoryStore;
pub(crate) use record::Content;
pub use record::{Body, Change, NewState, Record};

use crate::job::JobId;
use crate::time::Timestamp;

/// Keeps jobs.
///
/// Guarantees, each a case of the conformance suite:
/// - A record is read back as it was written: id, lane, due time to the microsecond, body.
/// - An acknowledged write survives whatever the store says it survives; a volatile store
///   survives nothing but `close` and `open` of the same object.
/// - Of several concurrent changes of one record at one revision, exactly one takes effect.
/// - Writes to one record are never held up by writes to another's losing.
/// - A store never deletes or alters a record that it was not told to.
/// - Dropping the future of a call leaves the store usable; a write may then have happened or not.
///
/// All methods but [`open`](Self::open) may be called concurrently, from any task.
#[async_trait]
pub trait JobStore: Send + Sync + fmt::Debug {
    /// Whether what is stored lives in this process only. Such a store is given live jobs, which
    /// may be closures, in place of bytes, and needs no leases: nobody else can see it.
    fn is_volatile(&self) -> bool {
        false
    }

    /// Connects, and creates or migrates what the store needs. Idempotent.
    ///
    /// # Errors
    /// When the server cannot be reached or the store's place in it cannot be made.
    async fn open(&self) -> Result<(), StoreError>;

    /// Gives back connections and the like; what is stored stays. May be opened again.
    ///
    /// # Errors
    /// When something could not be given back in order; the store is closed all the same.
    async fn close(&self) -> Result<(), StoreError>;

    /// Inserts records as they are. Answers for each, in order, whether it was inserted; one whose
    /// id exists, in the store or earlier in the batch, was not, and the others are.
    ///
    /// Their revisions, any from 1 to 2^62, are the inserter's choice: core's are greater from one
    /// life of an id to the next, so that no change decided on an earlier record hits a later one.
    ///
    /// # Errors
    /// Any of [`StoreError`]. After [`Unavailable`](StoreError::Unavailable) each record of the
    /// batch may or may not have been inserted; after any other, none was.
    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError>;

    /// The record with this id.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError>;

    /// Up to `limit` records in ascending order of their ids' bytes, from the first whose id is
    /// greater than `after`. Fewer than `limit` mean the end. A record that is there all the time
    /// is listed exactly once.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Up to `limit` records of `lane` with `due_at <= now`, the earliest first; equal ones in
    /// any order.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// The earliest `due_at` in any of `lanes`.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError>;

    /// The lanes of all records that have a due time, each once, in any order.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError>;

    /// Applies conditional writes, each for itself, and answers for each, in order, whether it
    /// took effect. A batch names no record twice. Revisions are compared exactly, to the last of
    /// their 63 bits.
    ///
    /// # Errors
    /// Any of [`StoreError`]; each change of the batch may or may not have taken effect.
    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError>;

    /// Deletes all records of this store, and nothing that is not its own.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn clear(&self) -> Result<(), StoreError>;

    /// Reads due records, has `plan` decide on each, once and the earliest first, and writes what
    /// it decided.
    ///
    /// The default is [`due`](Self::due) followed by [`swap`](Self::swap): correct on every store,
    /// since a change that somebody else was faster with does not take effect. A store overrides
    /// it where one transaction can keep others from planning the same records.
    ///
    /// # Errors
    /// Any of [`StoreError`]; each change may or may not have taken effect.
    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        claim_by_swap(self, lane, now, limit, plan).await
    }

    /// What other processes have done since this call returned: a [`Hint`] for every write that
    /// gives a record a new due time, and whatever they [`tell`](Self::tell). None where the store
    /// cannot say, and the scheduler looks at intervals. Hints may be merged or spurious.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        Ok(None)
    }

    /// Lets all who listen to [`changes`](Self::changes) elsewhere know something that was not
    /// written. A store may do without: nothing is lost but calls that others need not make.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let _ = hint;
        Ok(())
    }

    /// The store's own clock; none where it has none, and each scheduler goes by its own.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}
