//! Changes that others make, as the server tells them.

use std::io::ErrorKind;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use serde_json::Value;
use unreql::cmd::options::{ChangesOptions, RunOptions};
use unreql::{Command, func, r};

use crate::connect::{Patience, Source};
use crate::fault::lost;

/// A stream with an item for each change of the table that this writer did not make, and for each
/// deletion, of which nobody says who did it. On a session of its own, until that is lost.
pub(crate) async fn hints(
    source: &Source,
    patience: Patience,
    table: Command,
    writer: &str,
) -> unreql::Result<BoxStream<'static, ()>> {
    let writer = writer.to_owned();
    let changes = table
        .pluck(r.args(["revision", "writer"]))
        .changes(ChangesOptions::new().include_states(true))
        .filter(func!(|change| change.g("new_val").g("writer").ne(writer).default(true)));
    let session = source.connect(patience).await?;
    let connection = session.connection()?;
    let mut feed = changes.run::<_, Value>(r.args((connection, RunOptions::new())));
    // The server says first that it tells of all changes from now on.
    match tokio::time::timeout(patience.response, feed.next()).await {
        Ok(Some(Ok(_))) => {
            Ok(feed.take_while(|change| std::future::ready(change.is_ok())).map(|_| ()).boxed())
        }
        Ok(Some(Err(error))) => Err(error),
        Ok(None) => Err(lost(ErrorKind::UnexpectedEof, "the changefeed ended")),
        Err(_) => Err(lost(ErrorKind::TimedOut, "no answer in time")),
    }
}
