//! The writes that a fire needs, and nothing else: what the driver and the server can do.
//!
//! A fire of a one-off job is two writes: the claim, which rewrites the record and moves it in the
//! index of due times, and the end, which deletes it. A bare loop makes the same ones, a batch at a
//! time as the scheduler does, and reads nothing.

mod sql;

pub(crate) use sql::{MySql, Postgres, Sqlite};
use std::time::Instant;

use async_trait::async_trait;
use sched_core::Timestamp;
use sched_core::store::Record;

use crate::{Fault, Outcome};
use crate::stores::Kind;

/// The scheduler's own batch.
const BATCH: usize = 1_024;

/// A server, through its driver.
#[async_trait]
pub(crate) trait Raw: Send {
    /// Puts the records where the loop finds them, unless it uses the store's own.
    async fn fill(&mut self, _records: &[Record]) -> Outcome {
        Ok(())
    }

    /// Writes each record anew, due at `due`.
    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome;

    /// Deletes each.
    async fn end(&mut self, records: &[Record]) -> Outcome;
}

/// How many fires a second the bare loop comes to, with the records of a filled store.
pub(super) async fn fires_per_second(kind: &Kind, records: &[Record]) -> Result<Option<f64>, Fault> {
    let Some(mut raw) = kind.raw().await? else { return Ok(None) };
    raw.fill(records).await?;
    let due = crate::fires::now() + std::time::Duration::from_secs(10);
    let began = Instant::now();
    for batch in records.chunks(BATCH) {
        raw.claim(batch, due).await?;
        raw.end(batch).await?;
    }
    Ok(Some(records.len() as f64 / began.elapsed().as_secs_f64()))
}
