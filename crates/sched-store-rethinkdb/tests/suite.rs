//! The suite of all job stores, on the server that tests share and on servers of their own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_rethinkdb::RethinkStore;
use sched_store_rethinkdb::unreql::{cmd::connect::Options, r};
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};
use sched_testservers::{PrivateServer, Service, shared};

/// As large as the store takes.
const LARGEST: usize = 16 * 1024 * 1024;

fn features() -> Features {
    let largest_body = Some(LARGEST);
    Features { hints: true, tells: true, own_clock: true, largest_body, ..Features::default() }
}

fn store(url: &str, namespace: &str) -> RethinkStore {
    // Large bodies of one case hold the server up, and with it the new sessions of others.
    let store = RethinkStore::new(url).unwrap().connection_timeout(Duration::from_secs(60));
    store.response_timeout(Duration::from_secs(60)).database("sched_tests").table(namespace)
}

/// Removes the table altogether.
async fn discard(url: &str, namespace: &str) {
    let address = url.trim_start_matches("rethinkdb://").trim_end_matches('/');
    let session = r.connect(r.args((address, Options::new()))).await.unwrap();
    let dropped = r.db("sched_tests").table_drop(namespace.to_owned());
    dropped.exec::<_, serde_json::Value>(&session).await.unwrap();
}

struct Shared {
    url: String,
}

#[async_trait]
impl StoreHarness for Shared {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        Arc::new(store(&self.url, namespace))
    }

    fn features(&self) -> Features {
        features()
    }

    async fn discard(&self, namespace: &str) {
        discard(&self.url, namespace).await;
    }
}

struct Private {
    server: Arc<PrivateServer>,
}

#[async_trait]
impl StoreHarness for Private {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        Arc::new(store(self.server.url(), namespace))
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

    sched_testkit::store_suite!(shared(Service::RethinkDb).map(|url| Shared { url }));
}

mod restarted {
    use super::*;

    sched_testkit::store_restart_suite!(
        PrivateServer::start(Service::RethinkDb).map(|server| Private { server: Arc::new(server) })
    );
}
