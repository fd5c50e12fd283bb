//! Conditional writes, and the requests that carry them.
//!
//! A request is a transaction of transactions: each of the inner ones has the condition of its own
//! record, and is won or lost for itself. Beside them it always puts one key, which tells others
//! that something was written, by whom, and when it is due. It is also what makes the server look at its quota:
//! it does not count what is within inner transactions.

use etcd_client::{Compare, CompareOp, Txn, TxnOp, TxnOpResponse, TxnResponse};
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{JobId, Timestamp};

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
    /// When the record is due then.
    due_at: Option<Timestamp>,
    /// In bytes, as it travels.
    size: usize,
}

impl Write {
    /// Inserts the record if there is none with its id.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], and [`StoreError::Live`].
    pub(crate) fn insertion(layout: &Layout, record: &Record) -> Result<Write, StoreError> {
        let Record { id, lane, due_at, revision, body } = record;
        let entry = layout.entry(id);
        let mut write = Write::when(Compare::version(&*entry, CompareOp::Equal, 0), &entry);
        write.due_at = *due_at;
        let place = place(lane, *due_at);
        write.put(layout.record(&place, id), record_value(*revision, body.bytes()?));
        write.put(entry, entry_value(*revision, &place).into_bytes());
        write.fitting(id)
    }

    /// Changes the record if nobody has written it since.
    ///
    /// # Errors
    /// As [`insertion`](Self::insertion).
    pub(crate) fn change(
        layout: &Layout,
        known: &Known,
        change: &Change,
    ) -> Result<Write, StoreError> {
        let Change { id, to, .. } = change;
        let Some(new) = to else {
            return Ok(Write::deletion(layout, known, id));
        };
        let entry = layout.entry(id);
        let mut write = Write::when(unwritten(&entry, known), &entry);
        write.due_at = new.due_at;
        let place = place(&new.lane, new.due_at);
        if place != known.place {
            write.delete(layout.record(&known.place, id));
        }
        let revision = known.revision + 1;
        write.put(layout.record(&place, id), record_value(revision, new.body.bytes()?));
        write.put(entry, entry_value(revision, &place).into_bytes());
        write.fitting(id)
    }

    /// Deletes the record if nobody has written it since.
    pub(crate) fn deletion(layout: &Layout, known: &Known, id: &JobId) -> Write {
        let entry = layout.entry(id);
        let mut write = Write::when(unwritten(&entry, known), &entry);
        write.delete(entry);
        write.delete(layout.record(&known.place, id));
        write
    }

    fn when(condition: Compare, key: &str) -> Write {
        let operations = Vec::with_capacity(3);
        Write { condition, operations, due_at: None, size: AROUND + key.len() }
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

/// That nobody has written the record since.
fn unwritten(entry: &str, known: &Known) -> Compare {
    Compare::mod_revision(entry, CompareOp::Equal, known.modified)
}

/// What the key says that tells others: who wrote, and a hint if there is one.
pub(crate) fn signature(writer: &str, hint: Option<Hint>) -> String {
    hint.map_or_else(|| writer.to_owned(), |hint| format!("{writer} {hint}"))
}

/// As few requests as hold these writes, in their order, signed by the writer.
pub(crate) fn requests(layout: &Layout, writer: &str, writes: Vec<Write>) -> Vec<Txn> {
    let hint = Hint::of(writes.iter().map(|write| write.due_at));
    let signature = TxnOp::put(layout.written(), signature(writer, hint), None);
    let mut requests: Vec<Vec<TxnOp>> = Vec::new();
    let mut size = 0;
    for write in writes {
        size += write.size;
        match requests.last_mut() {
            Some(operations) if operations.len() <= MOST && size <= LARGEST - AROUND => {
                operations.push(write.into_operation());
            }
            _ => {
                size = write.size;
                requests.push(vec![signature.clone(), write.into_operation()]);
            }
        }
    }
    requests.into_iter().map(|operations| Txn::new().and_then(operations)).collect()
}

/// For each write of a request whether it took effect.
pub(crate) fn won(answer: &TxnResponse) -> impl Iterator<Item = bool> {
    let answers = answer.op_responses().into_iter();
    answers.filter_map(|answer| match answer {
        TxnOpResponse::Txn(write) => Some(write.succeeded()),
        _ => None,
    })
}
