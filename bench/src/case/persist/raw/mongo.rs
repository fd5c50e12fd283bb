//! MongoDB: a document for each record, an index of due times, each batch one command.

use async_trait::async_trait;
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use mongodb::{Client, Collection, Database, IndexModel};
use sched_core::Timestamp;
use sched_core::store::{Record, StoreError};

use super::Raw;
use crate::{Fault, Outcome};

const JOBS: &str = "sched_bench_raw";

pub(super) struct Mongo(Database);

impl Mongo {
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        Ok(Mongo(Client::with_uri_str(url).await?.database("sched_bench")))
    }

    async fn command(&self, mut command: Document) -> Outcome {
        command.insert("ordered", false);
        command.insert("writeConcern", doc! { "w": "majority" });
        self.0.run_command(command).await?;
        Ok(())
    }
}

fn body(record: &Record) -> Result<Bson, StoreError> {
    let bytes = record.body.bytes()?.to_vec();
    Ok(Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes }))
}

#[async_trait]
impl Raw for Mongo {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        let jobs: Collection<Document> = self.0.collection(JOBS);
        jobs.drop().await?;
        jobs.create_index(IndexModel::builder().keys(doc! { "lane": 1, "due_at": 1 }).build())
            .await?;
        let documents: Result<Vec<Document>, StoreError> = records
            .iter()
            .map(|record| {
                let (id, lane) = (record.id.as_str(), &*record.lane);
                Ok(doc! { "_id": id, "lane": lane, "due_at": 0_i64, "body": body(record)? })
            })
            .collect();
        jobs.insert_many(documents?).await?;
        Ok(())
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        let updates: Result<Vec<Document>, StoreError> = records
            .iter()
            .map(|record| {
                let set = doc! { "due_at": due.as_micros(), "body": body(record)? };
                Ok(doc! { "q": { "_id": record.id.as_str() }, "u": { "$set": set } })
            })
            .collect();
        self.command(doc! { "update": JOBS, "updates": updates? }).await
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let all = doc! { "q": { "_id": { "$in": ids } }, "limit": 0 };
        self.command(doc! { "delete": JOBS, "deletes": [all] }).await
    }
}
