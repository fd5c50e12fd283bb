//! The suite of all job stores, on the server that tests share and on servers of their own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_mongo::MongoStore;
use sched_store_mongo::mongodb::Client;
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};
use sched_testservers::{PrivateServer, Service, shared};

/// One database for all: a server makes files for each.
const DATABASE: &str = "sched_suite";

fn features(url: &str) -> Features {
    Features {
        // A standalone server has none.
        hints: url.contains("replicaSet="),
        tells: url.contains("replicaSet="),
        own_clock: true,
        // A document less an id of 255 bytes and the other fields.
        largest_body: Some(16 * 1024 * 1024 - 512),
        ..Features::default()
    }
}

fn store(url: &str, namespace: &str) -> Arc<dyn JobStore> {
    Arc::new(MongoStore::new(url).unwrap().database(DATABASE).collection(namespace))
}

async fn discard(url: &str, namespace: &str) {
    let client = Client::with_uri_str(url).await.unwrap();
    client.database(DATABASE).collection::<()>(namespace).drop().await.unwrap();
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
        features(&self.url)
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
        store(self.server.url(), namespace)
    }

    fn features(&self) -> Features {
        features(self.server.url())
    }

    async fn discard(&self, namespace: &str) {
        discard(self.server.url(), namespace).await;
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

    sched_testkit::store_suite!(shared(Service::MongoDb).map(|url| Shared { url }));
}

mod restarted {
    use super::*;

    sched_testkit::store_restart_suite!(
        PrivateServer::start(Service::MongoDb).map(|server| Private { server: Arc::new(server) })
    );
}
