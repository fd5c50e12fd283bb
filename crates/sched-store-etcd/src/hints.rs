//! Being told of what others write.

use etcd_client::{EventType, WatchResponse, WatchStream};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sched_core::store::StoreError;

use crate::connection::Connection;
use crate::fault::{fault, refused, unavailable};

const OPERATION: &str = "changes";

/// An item for each time that others than this writer wrote; ends with the connection.
pub(crate) async fn hints(
    connection: &Connection,
    written: String,
    writer: &str,
) -> Result<BoxStream<'static, ()>, StoreError> {
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
            if is_anothers(&message, &own) {
                return Some(((), (watch, own)));
            }
        }
        None
    };
    Ok(stream::unfold((watch, own), next).boxed())
}

fn is_anothers(message: &WatchResponse, own: &str) -> bool {
    message.events().iter().any(|event| match (event.event_type(), event.kv()) {
        (EventType::Put, Some(written)) => written.value() != own.as_bytes(),
        // Everything was deleted.
        _ => true,
    })
}
