//! What a change stream tells of others' writes.

use std::future::ready;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, Result};
use sched_core::Timestamp;
use sched_core::store::Hint;

/// How long the server waits for a change before it says that there was none.
const WAIT: Duration = Duration::from_secs(10);
/// The server is no member of a replica set. (The code has no name.)
const STANDALONE: i32 = 40573;

/// A hint for each write of others from now on, until the server's stream breaks and cannot be
/// taken up again. None where the server has no such streams.
pub(crate) async fn hints(
    collection: &Collection<RawDocumentBuf>,
    own: &str,
) -> Result<Option<BoxStream<'static, Hint>>> {
    let others = doc! { "$match": { "$or": [
        { "operationType": "insert", "fullDocument.writer": { "$ne": own } },
        { "operationType": "update", "updateDescription.updatedFields.writer": { "$ne": own } },
    ] } };
    // What it resumes by, and no bodies.
    let briefly = doc! { "$project": {
        "fullDocument.due_at": true,
        "fullDocument.told": true,
        "updateDescription.updatedFields.due_at": true,
        "updateDescription.updatedFields.lane": true,
    } };
    let watched = collection.watch().pipeline([others, briefly]).max_await_time(WAIT).await;
    let changes = match watched {
        Ok(changes) => changes.with_type::<Document>(),
        Err(error) if is_standalone(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let changes = changes.take_while(|change| ready(change.is_ok()));
    Ok(Some(changes.filter_map(|change| ready(change.ok().as_ref().and_then(hint))).boxed()))
}

/// What a change means: of an update it tells the fields that are not as they were.
fn hint(change: &Document) -> Option<Hint> {
    let updated =
        change.get_document("updateDescription").and_then(|of| of.get_document("updatedFields"));
    let fields = change.get_document("fullDocument").or(updated).ok()?;
    if let Ok(told) = fields.get_str("told") {
        return Some(Hint::from(told));
    }
    match fields.get_i64("due_at") {
        Ok(micros) => Some(Hint::Due(Timestamp::from_micros(micros))),
        // In another lane it may be news, though it is due when it was.
        Err(_) => fields.contains_key("lane").then_some(Hint::Anything),
    }
}

fn is_standalone(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Command(error) if error.code == STANDALONE)
}
