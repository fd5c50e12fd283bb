//! PostgreSQL under the suite of all stores: a table for each namespace.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_sql::SqlStore;
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};
use sched_testservers::{PrivateServer, Service, shared};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

struct Postgres {
    url: String,
}

#[async_trait]
impl StoreHarness for Postgres {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        Arc::new(SqlStore::builder(&self.url).table(namespace).build().unwrap())
    }

    fn features(&self) -> Features {
        Features { hints: true, tells: true, own_clock: true, ..Features::default() }
    }

    async fn discard(&self, namespace: &str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let drop = format!(r#"DROP TABLE "{namespace}", "{namespace}$schema""#);
        connection.execute(AssertSqlSafe(drop)).await.unwrap();
    }
}

sched_testkit::store_suite!(shared(Service::Postgres).map(|url| Postgres { url }));

/// A server of the test's own.
struct Mortal {
    postgres: Postgres,
    server: PrivateServer,
}

impl Mortal {
    fn start() -> Option<Self> {
        let server = PrivateServer::start(Service::Postgres)?;
        Some(Mortal { postgres: Postgres { url: server.url().to_owned() }, server })
    }
}

#[async_trait]
impl StoreHarness for Mortal {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        let store = SqlStore::builder(self.server.url()).table(namespace);
        Arc::new(store.patience(Duration::from_secs(2)).build().unwrap())
    }

    fn features(&self) -> Features {
        self.postgres.features()
    }

    async fn discard(&self, namespace: &str) {
        self.postgres.discard(namespace).await;
    }
}

#[async_trait]
impl RestartHarness for Mortal {
    async fn kill(&self) {
        tokio::task::block_in_place(|| self.server.kill());
    }

    async fn start(&self) {
        tokio::task::block_in_place(|| self.server.start_again());
    }
}

mod restarted {
    use super::Mortal;

    sched_testkit::store_restart_suite!(Mortal::start());
}
