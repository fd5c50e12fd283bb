//! The suite of all job stores, on the server that tests share and on servers of their own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_redis::RedisStore;
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};
use sched_testservers::{PrivateServer, Service, shared};

fn features() -> Features {
    Features { hints: true, tells: true, own_clock: true, ..Features::default() }
}

fn store(url: &str, namespace: &str) -> Arc<dyn JobStore> {
    let store = RedisStore::new(url).unwrap();
    Arc::new(store.keys(format!("{namespace}.jobs"), format!("{namespace}.run_times")))
}

struct Shared {
    url: String,
}

#[async_trait]
impl StoreHarness for Shared {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        store(&self.url, namespace)
    }

    fn features(&self) -> Features {
        features()
    }
}

struct Private {
    server: Arc<PrivateServer>,
}

#[async_trait]
impl StoreHarness for Private {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        store(self.server.url(), namespace)
    }

    fn features(&self) -> Features {
        features()
    }
}

#[async_trait]
impl RestartHarness for Private {
    async fn kill(&self) {
        let server = self.server.clone();
        tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
    }

    async fn start(&self) {
        let server = self.server.clone();
        tokio::task::spawn_blocking(move || server.start_again()).await.unwrap();
    }
}

mod running {
    use super::*;

    sched_testkit::store_suite!(shared(Service::Redis).map(|url| Shared { url }));
}

mod restarted {
    use super::*;

    sched_testkit::store_restart_suite!(
        PrivateServer::start(Service::Redis).map(|server| Private { server: Arc::new(server) })
    );
}
