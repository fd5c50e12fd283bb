//! What a change stream tells of others' writes.

use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, Result};

/// How long the server waits for a change before it says that there was none.
const WAIT: Duration = Duration::from_secs(10);
/// Changes that came together are one hint.
const TOGETHER: usize = 1_000;
/// The server is no member of a replica set. (The code has no name.)
const STANDALONE: i32 = 40573;

/// A hint for each write of others from now on, until the server's stream breaks and cannot be
/// taken up again. None where the server has no such streams.
pub(crate) async fn hints(
    collection: &Collection<RawDocumentBuf>,
    own: &str,
) -> Result<Option<BoxStream<'static, ()>>> {
    let others = doc! { "$match": { "$or": [
        { "operationType": "insert", "fullDocument.writer": { "$ne": own } },
        { "operationType": "update", "updateDescription.updatedFields.writer": { "$ne": own } },
    ] } };
    // What it resumes by, and no bodies.
    let briefly = doc! { "$project": { "_id": true } };
    let watched = collection.watch().pipeline([others, briefly]).max_await_time(WAIT).await;
    let changes = match watched {
        Ok(changes) => changes.with_type::<Document>(),
        Err(error) if is_standalone(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let changes = changes.take_while(|change| std::future::ready(change.is_ok()));
    Ok(Some(changes.ready_chunks(TOGETHER).map(drop).boxed()))
}

fn is_standalone(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Command(error) if error.code == STANDALONE)
}
