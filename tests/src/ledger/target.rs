//! Where a URL becomes a store.

use std::sync::Arc;

use sched_core::JobStore;
use sched_core::store::StoreError;
use sched_store_mongo::MongoStore;
use sched_store_redis::RedisStore;
use sched_store_rethinkdb::RethinkStore;
use sched_store_sql::SqlStore;
use sched_store_zk::ZooKeeperStore;
use sched_testservers::Service;

use super::Error;

/// The store at a URL, its jobs in a place of this name: of lower-case letters, digits and
/// underscores, and nobody else's.
pub(crate) fn connect(url: &str, place: &str) -> Result<Arc<dyn JobStore>, Error> {
    Ok(match name(url)? {
        "sqlite" | "postgres" | "mariadb" => Arc::new(SqlStore::builder(url).table(place).build()?),
        "redis" => {
            let keys = ["jobs", "due"].map(|key| format!("{{{place}}}.{key}"));
            let [jobs, due] = keys;
            Arc::new(RedisStore::new(url)?.keys(jobs, due))
        }
        "mongodb" => Arc::new(MongoStore::new(url)?.database("ledger").collection(place)),
        "zookeeper" => Arc::new(ZooKeeperStore::new(url)?.path(format!("/{place}"))),
        "rethinkdb" => Arc::new(RethinkStore::new(url)?.database("ledger").table(place)),
        #[cfg(feature = "etcd")]
        "etcd" => Arc::new(sched_store_etcd::EtcdStore::new(url)?.path(&format!("/{place}"))),
        other => {
            let text =
                format!("{other}: this program was built without it; say --features {other}");
            return Err(Error::Unsuitable(text));
        }
    })
}

/// What the report calls the store at a URL.
pub(crate) fn name(url: &str) -> Result<&'static str, Error> {
    Ok(match scheme(url) {
        "sqlite" => "sqlite",
        "postgres" | "postgresql" => "postgres",
        "mysql" | "mariadb" => "mariadb",
        "redis" => "redis",
        "mongodb" => "mongodb",
        "zookeeper" => "zookeeper",
        "rethinkdb" => "rethinkdb",
        "http" | "https" => "etcd",
        other => return Err(unknown(other).into()),
    })
}

/// What a scheduler that stands still in the midst of a claim keeps all others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locks {
    Nothing,
    Records,
    Everything,
}

pub(crate) fn locks(name: &str) -> Locks {
    match name {
        "sqlite" => Locks::Everything,
        "postgres" | "mariadb" => Locks::Records,
        _ => Locks::Nothing,
    }
}

/// The server of this name that can be started for one run; none for a file.
pub(crate) fn service(name: &str) -> Result<Option<Service>, Error> {
    if name == "sqlite" {
        return Ok(None);
    }
    let service = Service::ALL.into_iter().find(|service| service.name() == name);
    let service = service.ok_or_else(|| unknown(name))?;
    Ok(Some(service))
}

fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or(url).split('+').next().unwrap_or(url)
}

fn unknown(name: &str) -> StoreError {
    StoreError::Settings(format!("{name} is no store that the ledger knows"))
}
