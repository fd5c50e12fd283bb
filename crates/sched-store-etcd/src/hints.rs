//! Being told of what others write.

use etcd_client::{EventType, WatchResponse, WatchStream};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sched_core::store::{Hint, StoreError};

use crate::connection::Connection;
use crate::fault::{fault, refused, unavailable};

const OPERATION: &str = "changes";

/// What others than this writer did; ends with the connection.
pub(crate) async fn hints(
    connection: &Connection,
    written: String,
    writer: &str,
) -> Result<BoxStream<'static, Hint>, StoreError> {
    let mut watch = connection.watch(OPERATION, written).await?;
    // The first message says that it has begun, and from which moment on nothing is left out.
    match watch.message().await {
        Ok(Some(begun)) if begun.canceled() => {
            return Err(refused(OPERATION, begun.cancel_reason()));
        }
        Ok(Some(_)) => {}
        Ok(None) => return Err(unavailable(OPERATION, "the server has ended the stream")),
        Err(error) => return Err(fault(OPERATION, error)),
    }
    let own = writer.to_owned();
    let next = async move |(mut watch, own): (WatchStream, String)| {
        // The scheduler asks for another stream when this one has ended: when the connection is
        // lost, or when so much was written that the server gave up telling.
        while let Ok(Some(message)) = watch.message().await {
            if message.canceled() {
                break;
            }
            let hints: Vec<Hint> = others(&message, &own).collect();
            if !hints.is_empty() {
                return Some((stream::iter(hints), (watch, own)));
            }
        }
        None
    };
    Ok(stream::unfold((watch, own), next).flatten().boxed())
}

fn others(message: &WatchResponse, own: &str) -> impl Iterator<Item = Hint> {
    message.events().iter().filter_map(move |event| {
        let (EventType::Put, Some(written)) = (event.event_type(), event.kv()) else {
            return None;
        };
        let signature = String::from_utf8_lossy(written.value());
        let (writer, hint) = signature.split_once(' ')?;
        (writer != own).then(|| Hint::from(hint))
    })
}
