//! Telling other schedulers that something was written, where the server can.

#[cfg(feature = "postgres")]
mod postgres;

use futures_core::stream::BoxStream;
use sched_core::store::Hint;

use crate::place::Place;
use crate::settings::GivenPool;
use crate::transaction::GivenConnection;

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
    pub(crate) fn wrote(&self, hint: Hint) {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            channel.wrote(hint);
        }
        #[cfg(not(feature = "postgres"))]
        let _ = hint;
    }

    #[cfg_attr(
        not(feature = "postgres"),
        allow(clippy::unused_async, reason = "only PostgreSQL passes anything on")
    )]
    pub(crate) async fn tell(&self, hint: Hint) -> sqlx::Result<()> {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            return channel.tell(hint).await;
        }
        let _ = hint;
        Ok(())
    }

    /// Tells what is left to be told, while there are connections.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(clippy::unused_async, reason = "only PostgreSQL has something left to tell")
    )]
    pub(crate) async fn close(&self) {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            channel.close().await;
        }
    }

    /// Something was written in a transaction of the caller's own: its commit tells everybody, this
    /// store's own scheduler too.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(clippy::unused_async, reason = "only PostgreSQL has to be told")
    )]
    pub(crate) async fn tell_in(
        &self,
        connection: &mut GivenConnection<'_>,
        hint: Hint,
    ) -> sqlx::Result<()> {
        #[cfg(feature = "postgres")]
        if let (Some(channel), GivenConnection::Postgres(connection)) =
            (&self.channel, &mut *connection)
        {
            return channel.tell_in(connection, hint).await;
        }
        let _ = (connection, hint);
        Ok(())
    }

    /// An item whenever another store object may have written.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(clippy::unused_async, reason = "only PostgreSQL has something to wait for")
    )]
    pub(crate) async fn stream(&self) -> sqlx::Result<Option<BoxStream<'static, Hint>>> {
        #[cfg(feature = "postgres")]
        if let Some(channel) = &self.channel {
            return channel.listen().await.map(Some);
        }
        Ok(None)
    }
}
