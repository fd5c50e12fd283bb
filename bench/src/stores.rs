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
use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};

use crate::Fault;
use crate::case::raw::{self, Raw};

/// A kind of store, and the variable that says where it is; those that
/// `cargo xtask services env` prints, and `SQLITE_URL`.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    variable: &'static str,
    connect: fn(&str) -> Result<Arc<dyn JobStore>, StoreError>,
    raw: RawOf,
}

/// How its driver is used without us.
#[derive(Debug, Clone, Copy)]
enum RawOf {
    Sqlite,
    Postgres,
    MySql,
    /// Nobody has written that.
    Nobody,
}

const KINDS: [Kind; 8] = [
    Kind { name: "sqlite", variable: "SQLITE_URL", connect: sql, raw: RawOf::Sqlite },
    Kind { name: "postgres", variable: "POSTGRES_URL", connect: sql, raw: RawOf::Postgres },
    Kind { name: "mariadb", variable: "MARIADB_URL", connect: sql, raw: RawOf::MySql },
    Kind {
        name: "redis",
        variable: "REDIS_URL",
        connect: |url| {
            let store = RedisStore::new(url)?;
            Ok(Arc::new(store.keys("{sched_bench}.jobs", "{sched_bench}.run_times")))
        },
        raw: RawOf::Nobody,
    },
    Kind {
        name: "mongodb",
        variable: "MONGODB_URL",
        connect: |url| Ok(Arc::new(MongoStore::new(url)?.collection("sched_bench"))),
        raw: RawOf::Nobody,
    },
    Kind {
        name: "zookeeper",
        variable: "ZOOKEEPER_URL",
        connect: |url| Ok(Arc::new(ZooKeeperStore::new(url)?.path("/sched_bench"))),
        raw: RawOf::Nobody,
    },
    Kind {
        name: "etcd",
        variable: "ETCD_URL",
        connect: |url| Ok(Arc::new(EtcdStore::new(url)?.path("/sched_bench"))),
        raw: RawOf::Nobody,
    },
    Kind {
        name: "rethinkdb",
        variable: "RETHINKDB_URL",
        connect: |url| Ok(Arc::new(RethinkStore::new(url)?.table("sched_bench"))),
        raw: RawOf::Nobody,
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
    fn url(&self) -> Option<String> {
        std::env::var(self.variable).ok().filter(|url| !url.is_empty())
    }

    /// A store of this kind, which shares its jobs with all others of it.
    pub(crate) fn connect(&self) -> Result<Arc<dyn JobStore>, StoreError> {
        (self.connect)(&self.url().unwrap_or_default())
    }

    /// A connection that is the driver's own; none: there is no loop for it.
    pub(crate) async fn raw(&self) -> Result<Option<Box<dyn Raw>>, Fault> {
        let url = self.url().unwrap_or_default();
        Ok(match self.raw {
            RawOf::Sqlite => Some(Box::new(raw::Sqlite(SqliteConnection::connect(&url).await?))),
            RawOf::Postgres => Some(Box::new(raw::Postgres(PgConnection::connect(&url).await?))),
            RawOf::MySql => Some(Box::new(raw::MySql(MySqlConnection::connect(&url).await?))),
            RawOf::Nobody => None,
        })
    }

    /// The same, open and empty.
    pub(crate) async fn empty(&self) -> Result<Arc<dyn JobStore>, StoreError> {
        let store = self.connect()?;
        store.open().await?;
        store.clear().await?;
        Ok(store)
    }
}
