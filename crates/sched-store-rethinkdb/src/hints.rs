//! Changes that others make, as the server tells them.

use std::future::ready;
use std::io::ErrorKind;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use sched_core::store::Hint;
use serde_json::Value;
use unreql::cmd::options::{ChangesOptions, RunOptions};
use unreql::{Command, func, r};

use crate::connect::{Patience, Source};
use crate::document::{TOLD, moment};
use crate::fault::lost;

/// What others than this writer wrote, as the server tells it. On a session of its own, until that
/// is lost.
pub(crate) async fn hints(
    source: &Source,
    patience: Patience,
    table: Command,
    writer: &str,
) -> unreql::Result<BoxStream<'static, Hint>> {
    let writer = writer.to_owned();
    let changes = table
        .pluck(r.args(["revision", "writer", "due", TOLD]))
        .changes(ChangesOptions::new().include_states(true))
        // A state has no value, and a deletion has none that is new.
        .filter(func!(|change| change
            .clone()
            .g("new_val")
            .g("writer")
            .ne(writer)
            .default(change.has_fields("state"))));
    let session = source.connect(patience).await?;
    let connection = session.connection()?;
    let mut feed = changes.run::<_, Value>(r.args((connection, RunOptions::new())));
    // The server says first that it tells of all changes from now on.
    match tokio::time::timeout(patience.response, feed.next()).await {
        Ok(Some(Ok(_))) => {
            let changes = feed.take_while(|change| ready(change.is_ok()));
            Ok(changes.filter_map(|change| ready(change.ok().as_ref().and_then(hint))).boxed())
        }
        Ok(Some(Err(error))) => Err(error),
        Ok(None) => Err(lost(ErrorKind::UnexpectedEof, "the changefeed ended")),
        Err(_) => Err(lost(ErrorKind::TimedOut, "no answer in time")),
    }
}

fn hint(change: &Value) -> Option<Hint> {
    let new = change.get("new_val")?;
    if let Some(told) = new.get(TOLD) {
        return told.as_str().map(Hint::from);
    }
    match new.get("due")? {
        Value::String(due) => Some(moment(due).map_or(Hint::Anything, Hint::Due)),
        _ => Some(Hint::Anything),
    }
}
