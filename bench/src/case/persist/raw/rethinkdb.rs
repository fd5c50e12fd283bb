//! RethinkDB: a document for each record, an index of due times, each batch one query that is
//! acknowledged once it is on disk.

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sched_core::Timestamp;
use sched_core::store::{Record, StoreError};
use sched_store_rethinkdb::unreql::cmd::connect::Options;
use sched_store_rethinkdb::unreql::cmd::options::{Conflict, InsertOptions};
use sched_store_rethinkdb::unreql::{Command, Session, r};
use serde_json::{Value, json};

use super::Raw;
use crate::{Fault, Outcome};

const JOBS: &str = "sched_bench_raw";
const INDEX: &str = "due";
const DATABASE: &str = "sched_bench_raw";

pub(super) struct RethinkDb(Session);

impl RethinkDb {
    /// To the server of `rethinkdb://host:port`.
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        let server = url.strip_prefix("rethinkdb://").unwrap_or(url);
        let server = server.split('/').next().unwrap_or(server);
        let (host, port) = server.rsplit_once(':').unwrap_or((server, "28015"));
        let options = Options::new().host(host.to_owned()).port(port.parse()?);
        Ok(RethinkDb(r.connect(options).await?))
    }

    async fn run(&self, query: Command) -> Result<Vec<Value>, Fault> {
        Ok(query.exec_to_vec(&self.0).await?)
    }
}

fn table() -> Command {
    r.db(DATABASE).table(JOBS)
}

#[async_trait]
impl Raw for RethinkDb {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        // Whether they are there is of no interest.
        let _ = self.run(r.db_create(DATABASE)).await;
        let _ = self.run(r.db(DATABASE).table_drop(JOBS)).await;
        self.run(r.db(DATABASE).table_create(JOBS)).await?;
        self.run(table().index_create(INDEX)).await?;
        self.run(table().index_wait(INDEX)).await?;
        for some in records.chunks(super::BATCH) {
            self.claim(some, Timestamp::from_secs(0)).await?;
        }
        Ok(())
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        let documents: Result<Vec<Value>, StoreError> = records
            .iter()
            .map(|record| {
                let data = BASE64_STANDARD.encode(record.body.bytes()?);
                let body = json!({"$reql_type$": "BINARY", "data": data});
                Ok(json!({"id": record.id.as_str(), INDEX: due.as_micros(), "body": body}))
            })
            .collect();
        let options = InsertOptions::new().conflict(Conflict::Replace);
        self.run(table().insert(r.with_opt(r.expr(documents?), options))).await?;
        Ok(())
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        self.run(table().get_all(r.args(r.expr(ids))).delete(())).await?;
        Ok(())
    }
}
