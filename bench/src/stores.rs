//! The stores that the environment names, and the one place where a URL becomes a store.

use std::sync::Arc;

use sched_core::JobStore;
use sched_core::store::StoreError;
use sched_store_etcd::EtcdStore;
use sched_store_mongo::MongoStore;
use sched_store_redis::RedisStore;
use sched_store_rethinkdb::RethinkStore;
use sched_store_sql::SqlStore;
use sched_store_zk::ZooKeeperStore;

/// A kind of store, and the variable that says where it is; those that
/// `cargo xtask services env` prints, and `SQLITE_URL`.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    variable: &'static str,
    connect: fn(&str) -> Result<Arc<dyn JobStore>, StoreError>,
}

const KINDS: [Kind; 8] = [
    Kind { name: "sqlite", variable: "SQLITE_URL", connect: sql },
    Kind { name: "postgres", variable: "POSTGRES_URL", connect: sql },
    Kind { name: "mariadb", variable: "MARIADB_URL", connect: sql },
    Kind {
        name: "redis",
        variable: "REDIS_URL",
        connect: |url| {
            let store = RedisStore::new(url)?;
            Ok(Arc::new(store.keys("{sched_bench}.jobs", "{sched_bench}.run_times")))
        },
    },
    Kind {
        name: "mongodb",
        variable: "MONGODB_URL",
        connect: |url| Ok(Arc::new(MongoStore::new(url)?.collection("sched_bench"))),
    },
    Kind {
        name: "zookeeper",
        variable: "ZOOKEEPER_URL",
        connect: |url| Ok(Arc::new(ZooKeeperStore::new(url)?.path("/sched_bench"))),
    },
    Kind {
        name: "etcd",
        variable: "ETCD_URL",
        connect: |url| Ok(Arc::new(EtcdStore::new(url)?.path("/sched_bench"))),
    },
    Kind {
        name: "rethinkdb",
        variable: "RETHINKDB_URL",
        connect: |url| Ok(Arc::new(RethinkStore::new(url)?.table("sched_bench"))),
    },
];

fn sql(url: &str) -> Result<Arc<dyn JobStore>, StoreError> {
    Ok(Arc::new(SqlStore::builder(url).table("sched_bench").build()?))
}

/// Those that a variable names.
pub(crate) fn named() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.url().is_some())
}

impl Kind {
    pub(crate) fn url(&self) -> Option<String> {
        std::env::var(self.variable).ok().filter(|url| !url.is_empty())
    }

    /// A store of this kind, which shares its jobs with all others of it.
    pub(crate) fn connect(&self) -> Result<Arc<dyn JobStore>, StoreError> {
        (self.connect)(&self.url().unwrap_or_default())
    }

    /// The same, open and empty.
    pub(crate) async fn empty(&self) -> Result<Arc<dyn JobStore>, StoreError> {
        let store = self.connect()?;
        store.open().await?;
        store.clear().await?;
        Ok(store)
    }
}
