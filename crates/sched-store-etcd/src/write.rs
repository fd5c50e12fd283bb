//! Conditional writes, and the requests that carry them.
//!
//! A request is a transaction of transactions: each of the inner ones has the condition of its own
//! record, and is won or lost for itself.

use etcd_client::{Compare, CompareOp, Txn, TxnOp, TxnOpResponse, TxnResponse};
use sched_core::JobId;
use sched_core::store::{Change, Record, StoreError};

use crate::layout::{Known, Layout, entry_value, place, record_value};

/// What a server takes in one request unless its `--max-request-bytes` says otherwise.
const LARGEST: usize = 1_536 * 1024;
/// More than the encoding puts around a request, and around each write in it.
const AROUND: usize = 256;
/// How many writes go into one request. A server takes 128 operations (`--max-txn-ops`), less
/// those in the largest write.
const MOST: usize = 100;

/// What happens to one record if its condition holds.
pub(crate) struct Write {
    condition: Compare,
    operations: Vec<TxnOp>,
    /// In bytes, as it travels.
    size: usize,
}

impl Write {
    /// Inserts the record if there is none with its id.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], and [`StoreError::Live`].
    pub(crate) fn insertion(
        layout: &Layout,
        writer: u64,
        record: &Record,
    ) -> Result<Write, StoreError> {
        let Record { id, lane, due_at, body, .. } = record;
        let entry = layout.entry(id);
        let mut write = Write::when(Compare::version(&*entry, CompareOp::Equal, 0), &entry);
        let place = place(lane, *due_at);
        write.put(layout.record(&place, id), record_value(1, body.bytes()?));
        write.put(entry, entry_value(writer, &place).into_bytes());
        write.fitting(id)
    }

    /// Changes the record if nobody has written it since.
    ///
    /// # Errors
    /// As [`insertion`](Self::insertion).
    pub(crate) fn change(
        layout: &Layout,
        writer: u64,
        known: &Known,
        change: &Change,
    ) -> Result<Write, StoreError> {
        let Change { id, to, .. } = change;
        let entry = layout.entry(id);
        let unchanged = Compare::mod_revision(&*entry, CompareOp::Equal, known.modified);
        let mut write = Write::when(unchanged, &entry);
        let Some(new) = to else {
            write.delete(entry);
            write.delete(layout.record(&known.place, id));
            return Ok(write);
        };
        let place = place(&new.lane, new.due_at);
        if place != known.place {
            write.delete(layout.record(&known.place, id));
        }
        let value = record_value(known.revision + 1, new.body.bytes()?);
        write.put(layout.record(&place, id), value);
        write.put(entry, entry_value(writer, &place).into_bytes());
        write.fitting(id)
    }

    fn when(condition: Compare, key: &str) -> Write {
        Write { condition, operations: Vec::with_capacity(3), size: AROUND + key.len() }
    }

    fn put(&mut self, key: String, value: Vec<u8>) {
        self.size += key.len() + value.len();
        self.operations.push(TxnOp::put(key, value, None));
    }

    fn delete(&mut self, key: String) {
        self.size += key.len();
        self.operations.push(TxnOp::delete(key, None));
    }

    fn fitting(self, id: &JobId) -> Result<Write, StoreError> {
        let limit = LARGEST - AROUND;
        match self.size > limit {
            true => Err(StoreError::TooLarge { id: id.clone(), size: self.size, limit }),
            false => Ok(self),
        }
    }

    fn into_operation(self) -> TxnOp {
        TxnOp::txn(Txn::new().when([self.condition]).and_then(self.operations))
    }
}

/// As few requests as hold these writes, in their order.
pub(crate) fn requests(writes: Vec<Write>) -> Vec<Txn> {
    let mut requests = Vec::new();
    let (mut operations, mut size) = (Vec::new(), AROUND);
    for write in writes {
        if operations.len() == MOST || size + write.size > LARGEST {
            requests.push(Txn::new().and_then(std::mem::take(&mut operations)));
            size = AROUND;
        }
        size += write.size;
        operations.push(write.into_operation());
    }
    if !operations.is_empty() {
        requests.push(Txn::new().and_then(operations));
    }
    requests
}

/// For each write of a request whether it took effect.
pub(crate) fn won(answer: &TxnResponse) -> impl Iterator<Item = bool> {
    let answers = answer.op_responses().into_iter();
    answers.map(|answer| matches!(answer, TxnOpResponse::Txn(write) if write.succeeded()))
}
