//! The writes that a fire needs, and nothing else: what the driver and the server can do.
//!
//! A fire of a one-off job is two writes: the claim, which rewrites the record and moves it in the
//! index of due times, and the end, which deletes it. A bare loop makes the same ones, a batch at a
//! time as the scheduler does, and reads nothing.

mod etcd;
mod mongo;
mod redis;
mod rethinkdb;
mod sql;
mod zookeeper;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use sched_core::Timestamp;
use sched_core::store::Record;

use crate::stores::Kind;
use crate::{Fault, Outcome};

/// What the scheduler writes at once.
const BATCH: usize = 1_024;

/// A server, through its driver.
#[async_trait]
pub(crate) trait Raw: Send {
    /// Puts the records where the loop finds them.
    async fn fill(&mut self, records: &[Record]) -> Outcome;

    /// Writes each record anew, due at `due`.
    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome;

    /// Deletes each.
    async fn end(&mut self, records: &[Record]) -> Outcome;
}

/// A connection that is the driver's own.
async fn connect(kind: &Kind) -> Result<Box<dyn Raw>, Fault> {
    let url = kind.url().unwrap_or_default();
    Ok(match kind.name {
        "sqlite" => Box::new(sql::Sqlite::connect(url).await?),
        "postgres" => Box::new(sql::Postgres::connect(url).await?),
        "mariadb" => Box::new(sql::MySql::connect(url).await?),
        "redis" => Box::new(redis::Redis::connect(&url).await?),
        "mongodb" => Box::new(mongo::Mongo::connect(&url).await?),
        "zookeeper" => Box::new(zookeeper::ZooKeeper::connect(&url).await?),
        "etcd" => Box::new(etcd::Etcd::connect(&url).await?),
        "rethinkdb" => Box::new(rethinkdb::RethinkDb::connect(&url).await?),
        other => return Err(format!("no bare loop is written for {other}").into()),
    })
}

/// How many fires a second the bare loop comes to, with the records of a filled store, elsewhere.
pub(super) async fn fires_per_second(kind: &Kind, records: &[Record]) -> Result<f64, Fault> {
    let mut raw = connect(kind).await?;
    raw.fill(records).await?;
    let due = crate::fires::now() + Duration::from_secs(10);
    let began = Instant::now();
    for batch in records.chunks(BATCH) {
        raw.claim(batch, due).await?;
        raw.end(batch).await?;
    }
    Ok(records.len() as f64 / began.elapsed().as_secs_f64())
}
