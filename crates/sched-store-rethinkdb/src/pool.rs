//! Sessions, and the queries that they run.
//!
//! The client library's sessions run one query at a time, have no time-outs, notice nothing of a
//! server that has gone, and cannot be used any more once a query was dropped. So each query has a
//! session to itself, runs to its end in a task of its own, whatever becomes of the caller, and
//! ends in time; a session that saw an error is not used again.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Semaphore;
use unreql::cmd::options::{Durability, ReadMode, RunOptions};
use unreql::{Command, Driver, Session, r};

use crate::connect::{Patience, Source};
use crate::fault::lost;

/// How many queries run at once. More wait.
const SESSIONS: usize = 8;

pub(crate) struct Pool {
    source: Source,
    patience: Patience,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    pub(crate) fn new(source: Source, patience: Patience) -> Arc<Pool> {
        let places = Arc::new(Semaphore::new(SESSIONS));
        Arc::new(Pool { source, patience, places, idle: Mutex::default() })
    }

    /// All rows of a query that reads: none that a failover could take back.
    pub(crate) async fn read(self: &Arc<Pool>, query: Command) -> unreql::Result<Vec<Value>> {
        self.run(query, RunOptions::new().read_mode(ReadMode::Majority)).await
    }

    /// The answer of a query that writes or makes something, which is acknowledged once it is on
    /// disk.
    pub(crate) async fn write(self: &Arc<Pool>, query: Command) -> unreql::Result<Value> {
        let rows = self.run(query, RunOptions::new().durability(Durability::Hard)).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    async fn run(
        self: &Arc<Pool>,
        query: Command,
        options: RunOptions,
    ) -> unreql::Result<Vec<Value>> {
        let place = self.places.clone().acquire_owned().await.expect("it is never closed");
        let pool = self.clone();
        let running = tokio::spawn(async move {
            let rows = pool.run_to_its_end(query, options).await;
            drop(place);
            rows
        });
        match running.await {
            Ok(rows) => rows,
            Err(_) => Err(Driver::Other("the client library panicked".to_owned()).into()),
        }
    }

    async fn run_to_its_end(
        &self,
        query: Command,
        options: RunOptions,
    ) -> unreql::Result<Vec<Value>> {
        let idle = self.idle().pop();
        let session = match idle {
            Some(session) => session,
            None => self.source.connect(self.patience).await?,
        };
        let rows = query.exec_to_vec(r.args((&session, options)));
        let rows = match tokio::time::timeout(self.patience.response, rows).await {
            Ok(rows) => rows,
            Err(_) => Err(lost(ErrorKind::TimedOut, "no answer in time")),
        };
        match &rows {
            Ok(_) => self.idle().push(session),
            // The others are of the same age: the server that they know has probably gone.
            Err(unreql::Error::Driver(_)) => self.idle().clear(),
            Err(_) => {}
        }
        rows
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        // Nothing that holds it can panic.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
