//! MariaDB, or MySQL, under the suite of all stores: a table for each namespace.
#![cfg(feature = "mysql")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::JobStore;
use sched_store_sql::SqlStore;
use sched_testkit::store_suite::{Features, RestartHarness, StoreHarness};
use sched_testservers::{PrivateServer, Service, shared};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

struct Mysql {
    url: String,
    largest_body: usize,
}

impl Mysql {
    /// What the server takes is its own setting.
    async fn new(url: String) -> Self {
        let mut connection = MySqlConnection::connect(&url).await.unwrap();
        let packet: u64 = sqlx::query_scalar("SELECT @@max_allowed_packet")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let largest_body = usize::try_from(packet).unwrap() - 4_096;
        Mysql { url, largest_body }
    }
}

#[async_trait]
impl StoreHarness for Mysql {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        Arc::new(SqlStore::builder(&self.url).table(namespace).build().unwrap())
    }

    fn features(&self) -> Features {
        let largest_body = Some(self.largest_body);
        Features { own_clock: true, largest_body, ..Features::default() }
    }

    async fn discard(&self, namespace: &str) {
        let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
        let drop = format!("DROP TABLE `{namespace}`, `{namespace}$schema`");
        connection.execute(AssertSqlSafe(drop)).await.unwrap();
    }
}

async fn harness() -> Option<Mysql> {
    match shared(Service::MariaDb) {
        Some(url) => Some(Mysql::new(url).await),
        None => None,
    }
}

sched_testkit::store_suite!(harness().await);

/// A server of the test's own.
struct Mortal {
    mysql: Mysql,
    server: PrivateServer,
}

impl Mortal {
    async fn start() -> Option<Self> {
        let server = PrivateServer::start(Service::MariaDb)?;
        Some(Mortal { mysql: Mysql::new(server.url().to_owned()).await, server })
    }
}

#[async_trait]
impl StoreHarness for Mortal {
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
        let store = SqlStore::builder(self.server.url()).table(namespace);
        Arc::new(store.patience(Duration::from_secs(2)).build().unwrap())
    }

    fn features(&self) -> Features {
        self.mysql.features()
    }

    async fn discard(&self, namespace: &str) {
        self.mysql.discard(namespace).await;
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

    sched_testkit::store_restart_suite!(Mortal::start().await);
}
