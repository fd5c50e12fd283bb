//! The store by name, with options in words.

use std::path::PathBuf;
use std::time::Duration;

use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::{EtcdStore, tls};

/// Makes the store known to configurations by its name in the reference, `etcd`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.jobstores.default.type", "etcd"),
///     ("apscheduler.jobstores.default.host", "etcd.example.org"),
///     ("apscheduler.jobstores.default.path", "/nightly"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_store_etcd::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("etcd", |options| Ok(EtcdStore::from_options(options)?));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EtcdOptions {
    #[serde(alias = "endpoints")]
    url: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
    user: Option<String>,
    password: Option<String>,
    ca_cert: Option<PathBuf>,
    cert_cert: Option<PathBuf>,
    cert_key: Option<PathBuf>,
    timeout: Option<f64>,
}

impl EtcdStore {
    /// A store from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `url`, or `endpoints` | servers, as for [`new`](Self::new); in place of the next two | |
    /// | `host` | name or address of the server | `localhost` |
    /// | `port` | its port | 2379 |
    /// | `path` | where the keys are, as for [`path`](Self::path) | `/sched` |
    /// | `user`, `password` | of the account | none |
    /// | `ca_cert` | a PEM file of whom to trust; `host` then uses TLS | whom the system trusts |
    /// | `cert_cert`, `cert_key` | PEM files by which the server knows the client | none |
    /// | `timeout` | seconds to wait for an answer | 30 |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let given: EtcdOptions = options.parse()?;
        let (named, servers) = given.servers(options)?;
        let account = given.account(options)?;
        let timeout = given.timeout.map(|timeout| seconds(options, timeout)).transpose()?;
        let files = given.files(options, &servers)?;
        let store = EtcdStore::with_options(&servers, |mut client| {
            if let Some((user, password)) = account {
                client = client.with_user(user, password);
            }
            if let Some(timeout) = timeout {
                client = client.with_timeout(timeout);
            }
            tls::with(client, files)
        });
        let store = store.map_err(|error| options.invalid(named, error.to_string()))?;
        let store = store.path(given.path.as_deref().unwrap_or(crate::store::PATH));
        store.check().map_err(|error| options.invalid("path", error.to_string()))?;
        Ok(store)
    }
}

impl EtcdOptions {
    /// Where the servers are, and the option that says so.
    fn servers(&self, options: &Options) -> Result<(&'static str, String), Error> {
        let Some(url) = &self.url else {
            let scheme = if self.has_files() { "https" } else { "http" };
            let host = match self.host.as_deref().unwrap_or("localhost") {
                v6 if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]"),
                host => host.to_owned(),
            };
            return Ok(("host", format!("{scheme}://{host}:{}", self.port.unwrap_or(2379))));
        };
        for (name, is_given) in [("host", self.host.is_some()), ("port", self.port.is_some())] {
            if is_given {
                return Err(options.invalid(name, "url says where the server is"));
            }
        }
        Ok(("url", url.clone()))
    }

    fn account(&self, options: &Options) -> Result<Option<(String, String)>, Error> {
        both(options, ("user", &self.user), ("password", &self.password))
    }

    fn has_files(&self) -> bool {
        self.ca_cert.is_some() || self.cert_cert.is_some() || self.cert_key.is_some()
    }

    fn files(&self, options: &Options, servers: &str) -> Result<Option<tls::Files>, Error> {
        if !self.has_files() {
            return Ok(None);
        }
        if !servers.contains("https://") {
            return Err(options.invalid("url", "certificates are for servers at `https://`"));
        }
        let own = both(options, ("cert_cert", &self.cert_cert), ("cert_key", &self.cert_key))?;
        tls::read(options, self.ca_cert.as_deref(), own).map(Some)
    }
}

/// Two options that are given together or not at all.
fn both<T: Clone>(
    options: &Options,
    (name, one): (&str, &Option<T>),
    (other_name, other): (&str, &Option<T>),
) -> Result<Option<(T, T)>, Error> {
    match (one, other) {
        (Some(one), Some(other)) => Ok(Some((one.clone(), other.clone()))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(options.invalid(other_name, format!("{name} needs it"))),
        (None, Some(_)) => Err(options.invalid(name, format!("{other_name} needs it"))),
    }
}

fn seconds(options: &Options, seconds: f64) -> Result<Duration, Error> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(options.invalid("timeout", "it must be a number of seconds above zero")),
    }
}
