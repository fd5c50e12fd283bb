//! LISTEN and NOTIFY. A server takes one lock for all commits that notify, so that writes do not:
//! they are told of in the background, many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use sched_core::store::Hint;
use sched_core::{Clock, JobId, SystemClock, Timestamp};
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgExecutor, PgPool};
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
    written: Arc<Written>,
    teller: AbortHandle,
}

/// What was written and not yet told of.
#[derive(Debug)]
struct Written {
    /// The earliest due time, in microseconds; if there is none, the greatest number.
    earliest: AtomicI64,
    news: Notify,
}

impl Channel {
    pub(crate) fn new(pool: &PgPool, place: &Place) -> Self {
        // Stores of equal names in two schemas share it: they see a hint too many.
        let name = format!("sched${}", place.table);
        let own: Arc<str> = JobId::unique().as_str().into();
        let written = Arc::new(Written { earliest: i64::MAX.into(), news: Notify::new() });
        let teller =
            tokio::spawn(pass_on(pool.clone(), name.clone(), own.clone(), written.clone()));
        Channel { name, own, pool: pool.clone(), written, teller: teller.abort_handle() }
    }

    pub(crate) fn wrote(&self, hint: Hint) {
        let earliest = match hint {
            Hint::Due(at) => at.as_micros(),
            _ => i64::MIN,
        };
        self.written.earliest.fetch_min(earliest, Ordering::AcqRel);
        self.written.news.notify_one();
    }

    pub(crate) async fn tell(&self, hint: Hint) -> sqlx::Result<()> {
        notify(&self.pool, &self.name, &self.own, hint).await
    }

    /// Notifies at the commit of a transaction, or never. Not under our own name: nobody here knows
    /// when that is.
    pub(crate) async fn tell_in(
        &self,
        connection: &mut PgConnection,
        hint: Hint,
    ) -> sqlx::Result<()> {
        notify(connection, &self.name, "", hint).await
    }

    pub(crate) async fn listen(&self) -> sqlx::Result<BoxStream<'static, Hint>> {
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
                let told = match listener.try_recv().await {
                    Ok(told) => told,
                    // The scheduler asks for another stream when it opens the store again.
                    Err(error) => {
                        tracing::debug!(%error, "hints end");
                        return None;
                    }
                };
                // Without a connection, something may have been missed.
                let Some(told) = told else { return Some((Hint::Anything, (listener, own))) };
                let (teller, hint) = told.payload().split_once(' ').unwrap_or((told.payload(), ""));
                if teller != &*own {
                    let hint = Hint::from(hint);
                    return Some((hint, (listener, own)));
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

async fn notify(
    executor: impl PgExecutor<'_>,
    channel: &str,
    teller: &str,
    hint: Hint,
) -> sqlx::Result<()> {
    let told =
        sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(format!("{teller} {hint}"));
    told.execute(executor).await.map(drop)
}

async fn pass_on(pool: PgPool, channel: String, own: Arc<str>, written: Arc<Written>) {
    loop {
        written.news.notified().await;
        let earliest = written.earliest.swap(i64::MAX, Ordering::AcqRel);
        if earliest == i64::MAX {
            continue;
        }
        let hint = Hint::Due(Timestamp::from_micros(earliest));
        if let Err(error) = notify(&pool, &channel, &own, hint).await {
            // Hints may be lost: others look at intervals too.
            tracing::debug!(%error, "not notified");
        }
        SystemClock::new().sleep(APART).await;
    }
}
