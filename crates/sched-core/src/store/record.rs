//! What a store keeps, and the conditional writes it takes.

use std::fmt;
use std::sync::Arc;

use crate::job::{JobId, LiveBody, Transit};
use crate::store::StoreError;
use crate::time::Timestamp;

/// One job as a store sees it: a key, two columns to search by, a revision and opaque bytes.
#[derive(Debug, Clone)]
pub struct Record {
    /// The job's id, unique in the store. Any text of up to 255 bytes is legal.
    pub id: JobId,
    /// The alias of the executor that the job wants. Any text of up to 255 bytes is legal.
    pub lane: Arc<str>,
    /// The earliest moment at which a scheduler must look at this record; none: never.
    pub due_at: Option<Timestamp>,
    /// What the inserter says when inserted, any from 1 to 2^62; one more with every write. The key
    /// of every conditional write.
    pub revision: u64,
    /// What only core reads.
    pub body: Body,
}

/// A conditional write: it takes effect if the stored record still has `revision`.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which record.
    pub id: JobId,
    /// The revision that the stored record must have.
    pub revision: u64,
    /// What it becomes, its revision one higher; none deletes it.
    pub to: Option<NewState>,
}

/// What a [`Change`] writes.
#[derive(Debug, Clone)]
pub struct NewState {
    /// The new lane.
    pub lane: Arc<str>,
    /// The new due time.
    pub due_at: Option<Timestamp>,
    /// The new body.
    pub body: Body,
}

/// The content of a record: bytes to store as they are, or, in a volatile store only, the live
/// job itself.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Body(pub(crate) Content);

#[derive(Clone)]
pub(crate) enum Content {
    Bytes(Arc<[u8]>),
    Live(LiveBody),
    Transit(Arc<Transit>),
}

impl Body {
    /// A body read back from a store.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Body(Content::Bytes(bytes.into()))
    }

    /// The bytes to store.
    ///
    /// # Errors
    /// [`StoreError::Live`] when the body was made for a volatile store: only a store that says
    /// [`is_volatile`](crate::JobStore::is_volatile) is ever given one.
    pub fn bytes(&self) -> Result<&[u8], StoreError> {
        match &self.0 {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Live(_) | Content::Transit(_) => Err(StoreError::Live),
        }
    }

    /// How many bytes it is; none on a volatile store.
    pub(crate) fn size(&self) -> usize {
        self.bytes().map_or(0, <[u8]>::len)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Content::Live(_) => f.write_str("Body(live)"),
            Content::Transit(_) => f.write_str("Body(in transit)"),
        }
    }
}
