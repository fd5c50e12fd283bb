//! The collection of a store that is open.

use std::future::IntoFuture;
use std::time::Duration;

use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::{
    Acknowledgment, CollectionOptions, IndexOptions, ReadConcern, ReadPreference,
    SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, IndexModel};
use sched_core::store::{Record, StoreError};

use crate::document;
use crate::fault::{fault, refused, unavailable};

/// How long the mark of a deleted record may stay that nobody took away.
const MARKS_STAY: Duration = Duration::from_secs(60);

/// The collection, and how long to wait for an answer. Clones share connections.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    records: Collection<RawDocumentBuf>,
    patience: Duration,
}

impl Place {
    pub(crate) fn new(client: &Client, database: &str, name: &str, patience: Duration) -> Place {
        let writes = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .w_timeout(patience)
            .build();
        let options = CollectionOptions::builder()
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .read_concern(ReadConcern::majority())
            .write_concern(writes)
            .build();
        let records = client.database(database).collection_with_options(name, options);
        Place { records, patience }
    }

    pub(crate) fn records(&self) -> &Collection<RawDocumentBuf> {
        &self.records
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// What the client library says, if it says so in time.
    pub(crate) async fn in_time<T>(
        &self,
        operation: &'static str,
        call: impl IntoFuture<Output = T>,
    ) -> Result<T, StoreError> {
        let answer = tokio::time::timeout(self.patience, call).await;
        answer.map_err(|late| unavailable(operation, late))
    }

    /// What the server says, if it says so in time.
    pub(crate) async fn answer<T>(
        &self,
        operation: &'static str,
        call: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, StoreError> {
        self.in_time(operation, call).await?.map_err(|error| fault(operation, error))
    }

    /// Sees that nothing else is there, makes the indexes, and sees that the server is one that this
    /// store can rely on.
    pub(crate) async fn prepare(&self) -> Result<(), StoreError> {
        // Looked up in the index, once there is one.
        let others = self.records.find_one(doc! { "lane": null, "gone": null });
        if self.answer("open", others).await?.is_some() {
            return Err(self.strange("open"));
        }
        let due = IndexModel::builder().keys(doc! { "lane": 1, "due_at": 1 }).build();
        // Marks only are in it.
        let sweeping = IndexOptions::builder().sparse(true).expire_after(MARKS_STAY).build();
        let gone = IndexModel::builder().keys(doc! { "gone": 1 }).options(sweeping).build();
        self.answer("open", self.records.create_indexes([due, gone])).await?;
        self.see_that_it_tells().await
    }

    /// Up to `limit` records that the filter finds, in the order of this field.
    pub(crate) async fn find(
        &self,
        operation: &'static str,
        filter: Document,
        by: &str,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        if limit == 0 {
            // To the server this is no limit.
            return Ok(Vec::new());
        }
        let find = self
            .records
            .find(filter)
            .sort(doc! { by: 1 })
            // Nobody has as many records as the server cannot count.
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            // All in one answer, if it has room for them.
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX).min(100_000));
        let found = async {
            let mut cursor = find.await?;
            let mut found = Vec::new();
            while cursor.advance().await? {
                found.push(document::record(cursor.current()));
            }
            Ok(found)
        };
        let found = self.answer(operation, found).await?;
        found.into_iter().map(|record| record.ok_or_else(|| self.strange(operation))).collect()
    }

    fn strange(&self, operation: &'static str) -> StoreError {
        let name = self.records.namespace();
        refused(operation, format!("{name} holds documents that are no records of this store"))
    }
}
