//! MongoDBJobStore.

use futures_util::TryStreamExt;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};

use super::SourceError;
use crate::apscheduler::StoredJob;

/// Every job in a collection. `url` is `mongodb://user:password@host:port/`; the reference's
/// database is `apscheduler` and its collection `jobs` unless it was told others.
///
/// A document that the reference would not have written comes back with an empty state, so that it is
/// refused by name.
///
/// # Errors
/// [`SourceError`] if the server is not there.
pub async fn read(
    url: &str,
    database: &str,
    collection: &str,
) -> Result<Vec<StoredJob>, SourceError> {
    let client = Client::with_uri_str(url).await;
    let client = client.map_err(SourceError::of("the address of MongoDB"))?;
    let reading = || SourceError::of(format!("reading {database}.{collection}"));
    let documents = client.database(database).collection::<Document>(collection);
    let sorted = documents.find(doc! {}).sort(doc! { "next_run_time": 1, "_id": 1 }).await;
    let documents: Vec<Document> =
        sorted.map_err(reading())?.try_collect().await.map_err(reading())?;
    client.shutdown().await;
    Ok(documents.iter().map(job).collect())
}

fn job(document: &Document) -> StoredJob {
    let id = match document.get("_id") {
        Some(Bson::String(id)) => id.clone(),
        other => other.map(ToString::to_string).unwrap_or_default(),
    };
    let due = match document.get("next_run_time") {
        None | Some(Bson::Null) => Some(None),
        Some(Bson::Double(seconds)) => Some(Some(*seconds)),
        Some(Bson::Int32(seconds)) => Some(Some(f64::from(*seconds))),
        Some(_) => None,
    };
    match (due, document.get("job_state")) {
        (Some(next_run_time), Some(Bson::Binary(state))) => {
            StoredJob { id, next_run_time, state: state.bytes.clone() }
        }
        _ => StoredJob { id, next_run_time: None, state: Vec::new() },
    }
}
