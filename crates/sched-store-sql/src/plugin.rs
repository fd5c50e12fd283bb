//! The store by the names and options that a configuration has for it.

use std::time::Duration;

use sched_core::config::{Options, Plugins};
use sched_core::store::BoxError;
use serde::Deserialize;

use crate::place::DEFAULT_TABLE;
use crate::store::SqlStore;

/// Registers the store as `sql`, and as `sqlalchemy`, which the reference calls it.
///
/// Options: `url` (needed), `tablename`, `tableschema`, `migrate`, `notify`, and in
/// `engine_options` `pool_size` and `pool_timeout` in seconds.
///
/// ```
/// use sched_core::config::{Config, Plugins};
/// use serde_json::json;
///
/// # #[cfg(feature = "sqlite")]
/// # fn main() -> Result<(), sched_core::Error> {
/// let mut plugins = Plugins::new();
/// sched_store_sql::register(&mut plugins);
/// let stores = json!({"default": {"type": "sqlalchemy", "url": "sqlite:///jobs.sqlite"}});
/// let config = Config::default()
///     .with("jobstores", stores)?
///     .with("executors", json!({"default": {"type": "debug"}}))?;
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("sql", from_options);
    plugins.jobstore("sqlalchemy", from_options);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    url: String,
    #[serde(default = "default_table")]
    tablename: String,
    tableschema: Option<String>,
    #[serde(default = "yes")]
    migrate: bool,
    #[serde(default = "yes")]
    notify: bool,
    #[serde(default)]
    engine_options: EngineOptions,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EngineOptions {
    pool_size: Option<u32>,
    pool_timeout: Option<f64>,
}

fn default_table() -> String {
    DEFAULT_TABLE.to_owned()
}

fn yes() -> bool {
    true
}

fn from_options(options: &Options) -> Result<SqlStore, BoxError> {
    let Given { url, tablename, tableschema, migrate, notify, engine_options } = options.parse()?;
    let mut store = SqlStore::builder(&url).table(tablename).migrate(migrate).notify(notify);
    if let Some(schema) = tableschema {
        store = store.schema(schema);
    }
    if let Some(size) = engine_options.pool_size {
        store = store.connections(size);
    }
    if let Some(seconds) = engine_options.pool_timeout {
        let patience = Duration::try_from_secs_f64(seconds)
            .map_err(|error| options.invalid("engine_options.pool_timeout", error.to_string()))?;
        store = store.patience(patience);
    }
    Ok(store.build()?)
}
