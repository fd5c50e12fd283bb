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
use tokio::sync::{Mutex, Notify};
use tokio::task::AbortHandle;

use crate::place::Place;

/// The least time between two notifications of one store.
const APART: Duration = Duration::from_millis(50);

/// The channel of one table, and the task that notifies it.
#[derive(Debug)]
pub(crate) struct Channel {
    written: Arc<Written>,
    teller: AbortHandle,
}

/// What was written and not yet told of, and how to tell.
#[derive(Debug)]
struct Written {
    pool: PgPool,
    channel: String,
    /// Who notifies: a listener passes over what its own store wrote.
    own: Arc<str>,
    /// The earliest due time, in microseconds; if there is none, the greatest number.
    earliest: AtomicI64,
    news: Notify,
    /// Held by whoever tells.
    turn: Mutex<()>,
}

impl Channel {
    pub(crate) fn new(pool: &PgPool, place: &Place) -> Self {
        // Stores of equal names in two schemas share it: they see a hint too many.
        let written = Arc::new(Written {
            pool: pool.clone(),
            channel: format!("sched${}", place.table),
            own: JobId::unique().as_str().into(),
            earliest: i64::MAX.into(),
            news: Notify::new(),
            turn: Mutex::new(()),
        });
        let teller = tokio::spawn(pass_on(written.clone()));
        Channel { written, teller: teller.abort_handle() }
    }

    pub(crate) fn wrote(&self, hint: Hint) {
        let earliest = match hint {
            Hint::Due(at) => at.as_micros(),
            _ => i64::MIN,
        };
        self.written.is_due(earliest);
    }

    pub(crate) async fn tell(&self, hint: Hint) -> sqlx::Result<()> {
        self.written.tell(hint).await
    }

    /// Tells what is left to be told, as long as a call of this store may take.
    pub(crate) async fn close(&self) {
        let patience = self.written.pool.options().get_acquire_timeout();
        match tokio::time::timeout(patience, self.written.tell_all()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the last hint is lost"),
            Err(error) => tracing::debug!(%error, "the last hint is lost"),
        }
        // It may hold a connection that hangs.
        self.teller.abort();
    }

    /// Notifies at the commit of a transaction, or never. Not under our own name: nobody here knows
    /// when that is.
    pub(crate) async fn tell_in(
        &self,
        connection: &mut PgConnection,
        hint: Hint,
    ) -> sqlx::Result<()> {
        notify(connection, &self.written.channel, "", hint).await
    }

    pub(crate) async fn listen(&self) -> sqlx::Result<BoxStream<'static, Hint>> {
        // A connection of its own: the pool can be closed while somebody listens.
        let Written { pool, channel, own, .. } = &*self.written;
        let options = (*pool.connect_options()).clone();
        let listening = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(pool.options().get_acquire_timeout())
            .connect_lazy_with(options.disable_statement_logging());
        let mut listener = PgListener::connect_with(&listening).await?;
        listener.listen(channel).await?;
        let hints = unfold((listener, own.clone()), |(mut listener, own)| async move {
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

impl Written {
    fn is_due(&self, at: i64) {
        self.earliest.fetch_min(at, Ordering::AcqRel);
        self.news.notify_one();
    }

    async fn tell(&self, hint: Hint) -> sqlx::Result<()> {
        notify(&self.pool, &self.channel, &self.own, hint).await
    }

    /// Tells of all that was written; what could not be told is kept.
    async fn tell_all(&self) -> sqlx::Result<()> {
        let _turn = self.turn.lock().await;
        let earliest = self.earliest.swap(i64::MAX, Ordering::AcqRel);
        if earliest == i64::MAX {
            return Ok(());
        }
        let told = self.tell(Hint::Due(Timestamp::from_micros(earliest))).await;
        if told.is_err() {
            self.is_due(earliest);
        }
        told
    }
}

async fn pass_on(written: Arc<Written>) {
    loop {
        written.news.notified().await;
        match written.tell_all().await {
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => tracing::debug!(%error, "not notified yet"),
            Ok(()) => {}
        }
        SystemClock::new().sleep(APART).await;
    }
}
