//! ZooKeeper: a node for each record and an empty one for its due time, in transactions of 64
//! records, many under way at once.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use sched_core::Timestamp;
use sched_core::store::Record;
use zookeeper_client::{Acls, Client, CreateMode, CreateOptions, MultiWriter};

use super::Raw;
use crate::{Fault, Outcome};

const ROOT: &str = "/sched_bench_raw";
/// What one transaction holds: the server takes a megabyte.
const RECORDS: usize = 64;
const BEFORE: Timestamp = Timestamp::from_secs(0);

pub(super) struct ZooKeeper {
    client: Client,
    /// Where the due times are now.
    due: Timestamp,
}

fn options() -> CreateOptions<'static> {
    CreateMode::Persistent.with_acls(Acls::anyone_all())
}

fn job(record: &Record) -> String {
    format!("{ROOT}/job-{}", record.id.as_str())
}

fn entry(record: &Record, due: Timestamp) -> String {
    format!("{ROOT}/due-{}-{}", due.as_micros(), record.id.as_str())
}

impl ZooKeeper {
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        let hosts = url.strip_prefix("zookeeper://").unwrap_or(url);
        Ok(ZooKeeper { client: Client::connect(hosts).await?, due: BEFORE })
    }

    /// One transaction for every few records.
    fn batches<'a>(
        &'a self,
        records: &[Record],
        add: impl Fn(&mut MultiWriter<'a>, &Record) -> Result<(), Fault>,
    ) -> Result<Vec<MultiWriter<'a>>, Fault> {
        let batch = |some: &[Record]| {
            let mut writer = self.client.new_multi_writer();
            some.iter().try_for_each(|record| add(&mut writer, record))?;
            Ok(writer)
        };
        records.chunks(RECORDS).map(batch).collect()
    }
}

async fn commit(batches: Vec<MultiWriter<'_>>) -> Outcome {
    let under_way: Vec<_> = batches.into_iter().map(|mut batch| batch.commit()).collect();
    try_join_all(under_way).await?;
    Ok(())
}

#[async_trait]
impl Raw for ZooKeeper {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        // What an earlier run left is of other ids, and in nobody's way.
        let _ = self.client.create(ROOT, b"", &options()).await;
        for some in records.chunks(super::BATCH) {
            commit(self.batches(some, |writer, record| {
                writer.add_create(&job(record), record.body.bytes()?, &options())?;
                Ok(writer.add_create(&entry(record, BEFORE), b"", &options())?)
            })?)
            .await?;
        }
        self.due = BEFORE;
        Ok(())
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        self.due = due;
        commit(self.batches(records, |writer, record| {
            writer.add_set_data(&job(record), record.body.bytes()?, None)?;
            writer.add_delete(&entry(record, BEFORE), None)?;
            Ok(writer.add_create(&entry(record, due), b"", &options())?)
        })?)
        .await
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        commit(self.batches(records, |writer, record| {
            writer.add_delete(&job(record), None)?;
            Ok(writer.add_delete(&entry(record, self.due), None)?)
        })?)
        .await
    }
}
