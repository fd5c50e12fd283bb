//! Redis: a hash of records and a sorted set of due times, each batch one pipeline.

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use sched_core::Timestamp;
use sched_core::store::{Record, StoreError};

use super::Raw;
use crate::{Fault, Outcome};

const JOBS: &str = "{sched_bench_raw}.jobs";
const RUN_TIMES: &str = "{sched_bench_raw}.run_times";

pub(super) struct Redis(MultiplexedConnection);

impl Redis {
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        Ok(Redis(redis::Client::open(url)?.get_multiplexed_async_connection().await?))
    }
}

fn ids(records: &[Record]) -> Vec<&[u8]> {
    records.iter().map(|record| record.id.as_bytes()).collect()
}

#[async_trait]
impl Raw for Redis {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        redis::cmd("DEL").arg(JOBS).arg(RUN_TIMES).exec_async(&mut self.0).await?;
        for batch in records.chunks(super::BATCH) {
            self.claim(batch, Timestamp::from_secs(0)).await?;
        }
        Ok(())
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        let bodies: Result<Vec<(&[u8], &[u8])>, StoreError> =
            records.iter().map(|record| Ok((record.id.as_bytes(), record.body.bytes()?))).collect();
        let scores: Vec<(i64, &[u8])> =
            ids(records).into_iter().map(|id| (due.as_micros(), id)).collect();
        let mut pipe = redis::pipe();
        pipe.hset_multiple(JOBS, &bodies?).zadd_multiple(RUN_TIMES, &scores);
        Ok(pipe.exec_async(&mut self.0).await?)
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        let ids = ids(records);
        let mut pipe = redis::pipe();
        pipe.hdel(JOBS, &ids).zrem(RUN_TIMES, &ids);
        Ok(pipe.exec_async(&mut self.0).await?)
    }
}
