//! Records that can be compared, and a store's answers as such.

use std::fmt;
use std::sync::Arc;

use sched_core::store::{Body, Change, Claimed, NewState, Record, StoreError};
use sched_core::{JobId, Timestamp};

use super::site::Subject;

/// A record as the suite writes and expects it; due times in microseconds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) lane: String,
    pub(crate) due: Option<i64>,
    pub(crate) revision: u64,
    pub(crate) body: Vec<u8>,
}

impl Row {
    /// A record of lane `default`, not due, at revision 1, whose body is its id.
    pub(crate) fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let body = id.clone().into_bytes();
        Row { id, lane: "default".to_owned(), due: None, revision: 1, body }
    }

    pub(crate) fn lane(self, lane: impl Into<String>) -> Self {
        Row { lane: lane.into(), ..self }
    }

    pub(crate) fn due(self, micros: impl Into<Option<i64>>) -> Self {
        Row { due: micros.into(), ..self }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Row { body: body.into(), ..self }
    }

    /// As it is after one more write.
    pub(crate) fn rewritten(self) -> Self {
        Row { revision: self.revision + 1, ..self }
    }

    pub(crate) fn at(self, revision: u64) -> Self {
        Row { revision, ..self }
    }

    pub(crate) fn job_id(&self) -> JobId {
        JobId::from(self.id.as_str())
    }

    pub(crate) fn record(&self) -> Record {
        let NewState { lane, due_at, body } = self.state();
        Record { id: self.job_id(), lane, due_at, revision: self.revision, body }
    }

    /// A batch or an answer that is this alone.
    pub(crate) fn alone(&self) -> &[Row] {
        std::slice::from_ref(self)
    }

    pub(crate) fn state(&self) -> NewState {
        NewState {
            lane: Arc::from(self.lane.as_str()),
            due_at: self.due.map(Timestamp::from_micros),
            body: Body::from_bytes(self.body.as_slice()),
        }
    }

    /// The write that makes a record at the revision before this one into this one.
    pub(crate) fn write(&self) -> Change {
        let revision = self.revision.wrapping_sub(1);
        Change { id: self.job_id(), revision, to: Some(self.state()) }
    }

    /// The write that deletes this, at this revision.
    pub(crate) fn delete(&self) -> Change {
        Change { id: self.job_id(), revision: self.revision, to: None }
    }
}

impl TryFrom<&Record> for Row {
    type Error = StoreError;

    fn try_from(record: &Record) -> Result<Self, StoreError> {
        Ok(Row {
            id: record.id.to_string(),
            lane: record.lane.to_string(),
            due: record.due_at.map(Timestamp::as_micros),
            revision: record.revision,
            body: record.body.bytes()?.to_vec(),
        })
    }
}

/// Long bodies are shown by their beginning.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { id, lane, due, revision, body } = self;
        write!(f, "{id:?} (lane {lane:?}, due {due:?}, revision {revision}, ")?;
        let start = body[..body.len().min(48)].escape_ascii();
        write!(f, "{} bytes: {start})", body.len())
    }
}

fn rows(records: &[Record]) -> Result<Vec<Row>, StoreError> {
    records.iter().map(Row::try_from).collect()
}

impl Subject {
    pub(crate) async fn insert_rows(&self, rows: &[Row]) -> Result<Vec<bool>, StoreError> {
        self.insert(rows.iter().map(Row::record).collect()).await
    }

    /// Inserts records that are not there yet.
    pub(crate) async fn put(&self, rows: &[Row]) -> Result<(), StoreError> {
        let inserted = self.insert_rows(rows).await?;
        assert_eq!(inserted, vec![true; rows.len()], "new records are inserted");
        Ok(())
    }

    /// Makes the record at the revision before `row`'s into `row`; whether it took effect.
    pub(crate) async fn write(&self, row: &Row) -> Result<bool, StoreError> {
        self.one(row.write()).await
    }

    pub(crate) async fn delete(&self, row: &Row) -> Result<bool, StoreError> {
        self.one(row.delete()).await
    }

    async fn one(&self, change: Change) -> Result<bool, StoreError> {
        let won = self.swap(vec![change]).await?;
        assert_eq!(won.len(), 1, "an answer for each change");
        Ok(won[0])
    }

    pub(crate) async fn row(&self, id: &str) -> Result<Option<Row>, StoreError> {
        self.get(&JobId::from(id)).await?.as_ref().map(Row::try_from).transpose()
    }

    pub(crate) async fn page(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        rows(&self.list(after.map(JobId::from).as_ref(), limit).await?)
    }

    /// All records, in pages of `limit`. The order of ids is checked on the way.
    pub(crate) async fn walk(&self, limit: usize) -> Result<Vec<Row>, StoreError> {
        let mut all: Vec<Row> = Vec::new();
        loop {
            let page = self.page(all.last().map(|row| row.id.as_str()), limit).await?;
            let seen = page.len();
            assert!(seen <= limit, "a page of {seen} where {limit} were asked for");
            for row in page {
                if let Some(last) = all.last() {
                    assert!(last.id < row.id, "{row:?} listed after {last:?}");
                }
                all.push(row);
            }
            if seen < limit {
                return Ok(all);
            }
        }
    }

    pub(crate) async fn due_rows(
        &self,
        lane: &str,
        now: i64,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        rows(&self.due(lane, Timestamp::from_micros(now), limit).await?)
    }

    /// The ids of what is due, in the store's order.
    pub(crate) async fn due_ids(&self, lane: &str, now: i64) -> Result<Vec<String>, StoreError> {
        Ok(self.due_rows(lane, now, 1_000).await?.into_iter().map(|row| row.id).collect())
    }

    /// Claims with a planner of rows, which must be bytes.
    pub(crate) async fn claim_rows(
        &self,
        lane: &str,
        now: i64,
        limit: usize,
        mut plan: impl FnMut(Row) -> Option<Change> + Send,
    ) -> Result<Claimed, StoreError> {
        let mut plan = |record: &Record| {
            let row = Row::try_from(record).expect("the suite stores bytes and gets them back");
            plan(row)
        };
        self.claim(lane, Timestamp::from_micros(now), limit, &mut plan).await
    }

    /// The earliest due time of these lanes, in microseconds.
    pub(crate) async fn earliest(&self, lanes: &[&str]) -> Result<Option<i64>, StoreError> {
        let lanes: Vec<Arc<str>> = lanes.iter().copied().map(Arc::from).collect();
        Ok(self.next_due(&lanes).await?.map(Timestamp::as_micros))
    }

    /// The lanes in use, sorted.
    pub(crate) async fn lane_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = self.lanes().await?.iter().map(ToString::to_string).collect();
        names.sort_unstable();
        Ok(names)
    }
}
