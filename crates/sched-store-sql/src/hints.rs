//! Telling other schedulers that something was written, where the server can.

#[cfg(feature = "postgres")]
mod postgres;

use futures_core::stream::BoxStream;

use crate::place::Place;
use crate::settings::GivenPool;

/// Hints of one store.
#[derive(Debug)]
pub(crate) struct Hints {
    #[cfg(feature = "postgres")]
    channel: Option<postgres::Channel>,
}

impl Hints {
    pub(crate) fn new(pool: &GivenPool, place: &Place, wanted: bool) -> Self {
        #[cfg(feature = "postgres")]
        {
            let channel = match pool {
                GivenPool::Postgres(pool) if wanted => Some(postgres::Channel::new(pool, place)),
                _ => None,
            };
            Hints { channel }
        }
        #[cfg(not(feature = "postgres"))]
        {
            let _ = (pool, place, wanted);
            Hints {}
        }
    }

    /// Something was written.
    pub(crate) fn wrote(&self) {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            channel.wrote();
        }
    }

    /// An item whenever another store object may have written.
    pub(crate) async fn stream(&self) -> sqlx::Result<Option<BoxStream<'static, ()>>> {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            return channel.listen().await.map(Some);
        }
        Ok(None)
    }
}
