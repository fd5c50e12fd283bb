//! etcd: a key for each record in the order of due times and one that says where it is, in
//! transactions of 40 records, all of a batch under way at once.

use async_trait::async_trait;
use etcd_client::{Client, DeleteOptions, Txn, TxnOp};
use futures_util::future::try_join_all;
use sched_core::Timestamp;
use sched_core::store::Record;

use super::Raw;
use crate::{Fault, Outcome};

const ROOT: &str = "/sched_bench_raw/";
/// Three operations each, of the 128 that a server takes.
const RECORDS: usize = 40;
const BEFORE: Timestamp = Timestamp::from_secs(0);

pub(super) struct Etcd {
    client: Client,
    /// Where the records are now.
    due: Timestamp,
}

fn job(record: &Record, due: Timestamp) -> String {
    format!("{ROOT}job/{:020}/{}", due.as_micros(), record.id.as_str())
}

fn entry(record: &Record) -> String {
    format!("{ROOT}entry/{}", record.id.as_str())
}

impl Etcd {
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        let server = format!("http://{}", url.split_once("://").map_or(url, |(_, rest)| rest));
        Ok(Etcd { client: Client::connect([server], None).await?, due: BEFORE })
    }

    async fn all(&self, records: &[Record], of: impl Fn(&Record) -> Vec<TxnOp>) -> Outcome {
        let transactions: Vec<Txn> = records
            .chunks(RECORDS)
            .map(|some| Txn::new().and_then(some.iter().flat_map(&of).collect::<Vec<_>>()))
            .collect();
        drop(of);
        let sent = transactions.into_iter().map(|transaction| {
            let mut client = self.client.kv_client();
            async move { client.txn(transaction).await }
        });
        try_join_all(sent.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

#[async_trait]
impl Raw for Etcd {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        self.client.delete(ROOT, Some(DeleteOptions::new().with_prefix())).await?;
        self.due = BEFORE;
        for some in records.chunks(super::BATCH) {
            self.claim(some, BEFORE).await?;
        }
        Ok(())
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        self.due = due;
        let of = |record: &Record| {
            // The bodies of a store that keeps bytes are bytes.
            let body = record.body.bytes().unwrap_or_default();
            let put = TxnOp::put(job(record, due), body, None);
            let at = TxnOp::put(entry(record), due.as_micros().to_string(), None);
            let gone = TxnOp::delete(job(record, BEFORE), None);
            if due == BEFORE { vec![put, at] } else { vec![gone, put, at] }
        };
        self.all(records, of).await
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        let due = self.due;
        let of = |record: &Record| {
            let job = TxnOp::delete(job(record, due), None);
            vec![job, TxnOp::delete(entry(record), None)]
        };
        self.all(records, of).await
    }
}
