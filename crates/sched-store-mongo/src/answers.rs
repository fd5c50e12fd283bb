//! Many conditional updates in one request, with an answer for each.
//!
//! A server counts the updates of a request that found their document, and does not say which they
//! were; but of those that failed it tells each. So each update is told to insert a document where
//! it finds none, with an `_id` other than the one that it looks for. No server does that, whether
//! there is a document of that `_id` or not: what found nothing has failed, and nothing came of it.
//!
//! Servers from 8.0 on know a request that answers for each. This one all do.

use mongodb::bson::{RawArrayBuf, RawDocumentBuf, cstr, deserialize_from_document, rawdoc};
use sched_core::store::StoreError;
use serde::Deserialize;

use crate::fault::{Complaint, complained, refused};
use crate::place::Place;

/// What a request may be long, unless it has one update only.
const LENGTH: usize = 16 * 1024 * 1024;
/// What a request may hold, so that none takes long.
const COUNT: usize = 1_000;
/// No record's, whose are strings.
const NOBODY: i32 = 0;
/// `ImmutableField`: the `_id` was to be another one.
const NOT_FOUND: i32 = 66;

/// A change to the one document that the filter finds by its `_id` and something else.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) filter: RawDocumentBuf,
    pub(crate) changes: RawDocumentBuf,
}

impl Update {
    fn into_statement(mut self) -> RawDocumentBuf {
        self.changes.append(cstr!("$setOnInsert"), rawdoc! { "_id": NOBODY });
        rawdoc! { "q": self.filter, "u": self.changes, "upsert": true }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    write_errors: Vec<Failed>,
    write_concern_error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Failed {
    index: usize,
    #[serde(flatten)]
    complaint: Complaint,
}

impl Place {
    /// Sees that the server answers as described.
    ///
    /// # Errors
    /// When it does not, and would let everybody win.
    pub(crate) async fn see_that_it_tells(&self) -> Result<(), StoreError> {
        // No record has this revision.
        let filter = rawdoc! { "_id": "", "revision": -1 };
        let nothing = Update { filter, changes: rawdoc! { "$set": { "revision": -1 } } };
        if self.update("open", vec![nothing]).await? != [false] {
            return Err(refused("open", "this server does not tell which updates found nothing"));
        }
        Ok(())
    }

    /// Makes the updates, each for itself. Answers for each, in order, whether it found its
    /// document, once a majority has what was done.
    ///
    /// # Errors
    /// Any; each may or may not have been made.
    pub(crate) async fn update(
        &self,
        operation: &'static str,
        updates: Vec<Update>,
    ) -> Result<Vec<bool>, StoreError> {
        let mut found = Vec::with_capacity(updates.len());
        let mut statements = updates.into_iter().map(Update::into_statement).peekable();
        while statements.peek().is_some() {
            let (mut batch, mut count, mut length) = (RawArrayBuf::new(), 0, 0);
            while let Some(statement) = statements.next_if(|next| {
                count == 0 || (count < COUNT && length + next.as_bytes().len() < LENGTH)
            }) {
                length += statement.as_bytes().len();
                count += 1;
                batch.push(statement);
            }
            found.extend(self.request(operation, batch, count).await?);
        }
        Ok(found)
    }

    async fn request(
        &self,
        operation: &'static str,
        batch: RawArrayBuf,
        count: usize,
    ) -> Result<Vec<bool>, StoreError> {
        let limit = i64::try_from(self.patience().as_millis()).unwrap_or(i64::MAX);
        let command = rawdoc! {
            "update": self.records().name(),
            "updates": batch,
            "ordered": false,
            "writeConcern": { "w": "majority", "j": true, "wtimeout": limit },
        };
        let database = self.records().client().database(&self.records().namespace().db);
        let answer = self.answer(operation, database.run_raw_command(command)).await?;
        let answer: Answer =
            deserialize_from_document(answer).map_err(|error| refused(operation, error))?;
        let mut found = vec![true; count];
        for Failed { index, complaint } in answer.write_errors {
            match found.get_mut(index) {
                Some(found) if complaint.code == NOT_FOUND => *found = false,
                _ => return Err(complained(operation, complaint)),
            }
        }
        match answer.write_concern_error {
            Some(complaint) => Err(complained(operation, complaint)),
            None => Ok(found),
        }
    }
}
