//! LISTEN and NOTIFY. A server takes one lock for all commits that notify, so that writes do not:
//! they are told of in the background, many at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use sched_core::{Clock, JobId, SystemClock};
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::place::Place;

/// The least time between two notifications of one store.
const APART: Duration = Duration::from_millis(50);

/// The channel of one table, and the task that notifies it.
#[derive(Debug)]
pub(crate) struct Channel {
    name: String,
    /// Who notifies: a listener passes over what its own store wrote.
    own: Arc<str>,
    pool: PgPool,
    written: Arc<Notify>,
    teller: AbortHandle,
}

impl Channel {
    pub(crate) fn new(pool: &PgPool, place: &Place) -> Self {
        // Stores of equal names in two schemas share it: they see a hint too many.
        let name = format!("sched${}", place.table);
        let own: Arc<str> = JobId::unique().as_str().into();
        let written = Arc::new(Notify::new());
        let teller = tokio::spawn(tell(pool.clone(), name.clone(), own.clone(), written.clone()));
        Channel { name, own, pool: pool.clone(), written, teller: teller.abort_handle() }
    }

    pub(crate) fn wrote(&self) {
        self.written.notify_one();
    }

    /// Notifies at the commit of a transaction, or never. Not under our own name: nobody here knows
    /// when that is.
    pub(crate) async fn tell_in(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let told = sqlx::query("SELECT pg_notify($1, '')").bind(&self.name);
        told.execute(connection).await.map(drop)
    }

    pub(crate) async fn listen(&self) -> sqlx::Result<BoxStream<'static, ()>> {
        // A connection of its own: the pool can be closed while somebody listens.
        let options = (*self.pool.connect_options()).clone();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(self.pool.options().get_acquire_timeout())
            .connect_lazy_with(options.disable_statement_logging());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(&self.name).await?;
        let hints = unfold((listener, self.own.clone()), |(mut listener, own)| async move {
            loop {
                match listener.try_recv().await {
                    Ok(Some(told)) if told.payload() == &*own => {}
                    // Without a connection, something may have been missed.
                    Ok(_) => return Some(((), (listener, own))),
                    // The scheduler asks for another stream when it opens the store again.
                    Err(error) => {
                        tracing::debug!(%error, "hints end");
                        return None;
                    }
                }
            }
        });
        Ok(hints.boxed())
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

async fn tell(pool: PgPool, name: String, own: Arc<str>, written: Arc<Notify>) {
    loop {
        written.notified().await;
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(&name).bind(&*own);
        if let Err(error) = told.execute(&pool).await {
            // Hints may be lost: others look at intervals too.
            tracing::debug!(%error, "not notified");
        }
        SystemClock::new().sleep(APART).await;
    }
}
