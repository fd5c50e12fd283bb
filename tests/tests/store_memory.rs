//! The memory store under the suite of all stores.

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::{JobStore, MemoryStore};
use sched_testkit::store_suite::StoreHarness;

struct Memory;

#[async_trait]
impl StoreHarness for Memory {
    async fn store(&self, _namespace: &str) -> Arc<dyn JobStore> {
        Arc::new(MemoryStore::new())
    }
}

sched_testkit::store_suite!(Memory);
