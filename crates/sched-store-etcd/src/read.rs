//! Answers of the server as records.

use std::sync::Arc;

use etcd_client::{GetOptions, GetResponse, KeyValue, Txn, TxnOp, TxnOpResponse, TxnResponse};
use sched_core::store::{Record, StoreError};
use sched_core::{JobId, Timestamp};

use crate::fault::refused;
use crate::layout::{self, Keys, Known, Layout};

/// How many keys are asked for in one request. A server takes 128 (`--max-txn-ops`).
const MOST: usize = 100;

/// The options that ask for these keys, the first of which goes with them.
pub(crate) fn options(keys: &Keys, limit: usize) -> GetOptions {
    // To the server 0 is no limit. Nobody has as many as are cut off here.
    let limit = i64::from(u32::try_from(limit).unwrap_or(u32::MAX));
    GetOptions::new().with_range(&*keys.end).with_limit(limit)
}

/// The requests that ask for each of these, in their order.
pub(crate) fn requests(questions: &[TxnOp]) -> Vec<Txn> {
    questions.chunks(MOST).map(|some| Txn::new().and_then(some)).collect()
}

/// What each question of a request found: one key, or the first of its range.
pub(crate) fn firsts(answer: &TxnResponse) -> impl Iterator<Item = Option<KeyValue>> {
    answer.op_responses().into_iter().map(|answer| match answer {
        TxnOpResponse::Get(mut found) => found.take_kvs().into_iter().next(),
        _ => None,
    })
}

/// The moment of the store's history that an answer shows.
pub(crate) fn moment(answer: &GetResponse) -> i64 {
    // A server that tells none is asked for the latest.
    answer.header().map_or(0, |header| header.revision())
}

/// Reads the keys of one store for one verb.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) operation: &'static str,
}

impl Reader<'_> {
    pub(crate) fn entry(&self, entry: &KeyValue) -> Result<Known, StoreError> {
        let (revision, place) =
            layout::read_entry(entry.value()).ok_or_else(|| self.unreadable(entry.key()))?;
        Ok(Known { place: place.to_owned(), revision, modified: entry.mod_revision() })
    }

    /// The id of an entry.
    pub(crate) fn id(&self, entry: &KeyValue) -> Result<JobId, StoreError> {
        let id = entry.key().strip_prefix(self.layout.entry("").as_bytes());
        let id = id.and_then(|id| std::str::from_utf8(id).ok());
        id.map(JobId::from).ok_or_else(|| self.unreadable(entry.key()))
    }

    /// The record that an entry tells of.
    pub(crate) fn record(
        &self,
        id: JobId,
        known: &Known,
        found: Option<KeyValue>,
    ) -> Result<Record, StoreError> {
        let key = self.layout.record(&known.place, &id);
        let read = layout::lane_and_due(&known.place)
            .zip(found)
            .and_then(|(place, found)| layout::read_record(id, place.0, place.1, found.value()));
        read.ok_or_else(|| self.unreadable(key.as_bytes()))
    }

    /// The lane, due time and id of a record that has a due time.
    pub(crate) fn key(&self, found: &KeyValue) -> Result<(Arc<str>, Timestamp, JobId), StoreError> {
        let key = self.layout.read_key(found.key()).ok_or_else(|| self.unreadable(found.key()))?;
        let (lane, due_at, id) = key;
        Ok((lane, due_at, JobId::from(id)))
    }

    /// A record that has a due time, and what a write to it must know.
    pub(crate) fn due(&self, found: &KeyValue) -> Result<(Record, Known), StoreError> {
        let (lane, due_at, id) = self.key(found)?;
        let place = layout::place(&lane, Some(due_at));
        let record = layout::read_record(id, lane, Some(due_at), found.value());
        let record = record.ok_or_else(|| self.unreadable(found.key()))?;
        let known = Known { place, revision: record.revision, modified: found.mod_revision() };
        Ok((record, known))
    }

    fn unreadable(&self, key: &[u8]) -> StoreError {
        let key = String::from_utf8_lossy(key);
        refused(self.operation, format!("the key {key:?} is missing, or holds what is not ours"))
    }
}
