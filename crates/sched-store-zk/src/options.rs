//! The store by name, with options in words.

use std::time::Duration;

use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::ZooKeeperStore;
use crate::store::PATH;

/// Makes the store known to configurations by its name in the reference, `zookeeper`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.jobstores.default.type", "zookeeper"),
///     ("apscheduler.jobstores.default.hosts", "zk1.example.org:2181,zk2.example.org:2181"),
///     ("apscheduler.jobstores.default.path", "/reports/jobs"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_store_zk::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("zookeeper", |options| Ok(ZooKeeperStore::from_options(options)?));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    hosts: Option<String>,
    path: Option<String>,
    timeout: Option<f64>,
    auth_data: Option<String>,
}

impl ZooKeeperStore {
    /// A store from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `hosts` | as for [`new`](Self::new) | `127.0.0.1:2181` |
    /// | `path` | the [node](Self::path) below which everything is | `/apscheduler` |
    /// | `timeout` | seconds that a session lives without word from the server | 10 |
    /// | `auth_data` | the [account](Self::auth): a scheme, a colon, and what the scheme asks for, such as `digest:user:password` | none |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let Given { hosts, path, timeout, auth_data } = options.parse()?;
        let hosts = hosts.as_deref().unwrap_or("127.0.0.1:2181");
        let store = ZooKeeperStore::new(hosts);
        let mut store = store.map_err(|error| options.invalid("hosts", error.to_string()))?;
        if let Some(seconds) = timeout {
            store = match Duration::try_from_secs_f64(seconds) {
                // Shorter ones are no server's; longer ones are beyond what can be said to it.
                Ok(timeout) if (1..=86_400_000).contains(&timeout.as_millis()) => {
                    store.session_timeout(timeout)
                }
                _ => {
                    let reason = "it must be a number of seconds above zero, and up to a day";
                    return Err(options.invalid("timeout", reason));
                }
            };
        }
        if let Some(auth) = auth_data {
            let Some((scheme, credential)) = auth.split_once(':') else {
                return Err(options.invalid("auth_data", "it must be a scheme, a colon and more"));
            };
            store = store.auth(scheme, credential);
        }
        let store = store.path(path.as_deref().unwrap_or(PATH));
        store.checked().map_err(|fault| options.invalid("path", fault))
    }
}
