//! Where a URL becomes a store.

use std::sync::Arc;

use sched_core::JobStore;
use sched_core::store::StoreError;
use sched_store_redis::RedisStore;
use sched_store_sql::SqlStore;
use sched_testservers::Service;

use super::Error;

/// The store at a URL, its jobs in a place of this name: of lower-case letters, digits and
/// underscores, and nobody else's.
pub(crate) fn connect(url: &str, place: &str) -> Result<Arc<dyn JobStore>, Error> {
    Ok(match scheme(url) {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => {
            Arc::new(SqlStore::builder(url).table(place).build()?)
        }
        "redis" => Arc::new(
            RedisStore::new(url)?.keys(format!("{{{place}}}.jobs"), format!("{{{place}}}.due")),
        ),
        other => return Err(unknown(other).into()),
    })
}

/// What the report calls the store at a URL.
pub(crate) fn name(url: &str) -> Result<&'static str, Error> {
    Ok(match scheme(url) {
        "sqlite" => "sqlite",
        "postgres" | "postgresql" => "postgres",
        "mysql" | "mariadb" => "mariadb",
        "redis" => "redis",
        other => return Err(unknown(other).into()),
    })
}

/// Whether a scheduler that stands still in the midst of a claim may keep all others from a record,
/// or on SQLite from every record.
pub(crate) fn locks(name: &str) -> bool {
    matches!(name, "sqlite" | "postgres" | "mariadb")
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
