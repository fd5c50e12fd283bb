//! The store by name, with options in words.

use std::path::PathBuf;
use std::time::Duration;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::RedisStore;

/// Makes the store known to configurations by its name in the reference, `redis`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.jobstores.default.type", "redis"),
///     ("apscheduler.jobstores.default.host", "redis.example.org"),
///     ("apscheduler.jobstores.default.db", "3"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_store_redis::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("redis", |options| Ok(RedisStore::from_options(options)?));
}

/// Said where the address or its options need more than is there.
const WITHOUT_TLS: &str = "this program is built without the feature that it needs";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedisOptions {
    url: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    unix_socket_path: Option<PathBuf>,
    ssl: Option<bool>,
    ssl_ca_certs: Option<PathBuf>,
    ssl_certfile: Option<PathBuf>,
    ssl_keyfile: Option<PathBuf>,
    db: Option<u32>,
    username: Option<String>,
    password: Option<String>,
    jobs_key: Option<String>,
    run_times_key: Option<String>,
    socket_timeout: Option<f64>,
    socket_connect_timeout: Option<f64>,
}

impl RedisStore {
    /// A store from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `url` | as for [`new`](Self::new); in place of the next four | |
    /// | `host` | name or address of the server | `localhost` |
    /// | `port` | its port | 6379 |
    /// | `ssl` | whether to use TLS | no |
    /// | `unix_socket_path` | a socket in place of host and port | |
    /// | `ssl_ca_certs` | a PEM file of whom to trust | whom the system trusts |
    /// | `ssl_certfile`, `ssl_keyfile` | PEM files by which the server knows the client | none |
    /// | `db` | number of the database | that of the URL, else 0 |
    /// | `username`, `password` | of the account | those of the URL, else none |
    /// | `jobs_key`, `run_times_key` | the [keys](Self::keys) | `{apscheduler}.jobs`, `{apscheduler}.run_times` |
    /// | `socket_connect_timeout` | seconds to wait for a connection | 5 |
    /// | `socket_timeout` | seconds to wait for an answer | 30 |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let given: RedisOptions = options.parse()?;
        let server = server(options, &given)?;
        let store =
            RedisStore::new(server).map_err(|error| options.invalid("url", error.to_string()))?;
        given.applied_to(store, options)
    }
}

impl RedisOptions {
    fn applied_to(self, mut store: RedisStore, options: &Options) -> Result<RedisStore, Error> {
        if let Some(timeout) = self.socket_connect_timeout {
            let timeout = seconds(options, "socket_connect_timeout", timeout)?;
            store = store.connection_timeout(timeout);
        }
        if let Some(timeout) = self.socket_timeout {
            store = store.response_timeout(seconds(options, "socket_timeout", timeout)?);
        }
        let [jobs, run_times] = crate::store::KEYS;
        let jobs = self.jobs_key.unwrap_or_else(|| jobs.to_owned());
        let run_times = self.run_times_key.unwrap_or_else(|| run_times.to_owned());
        if jobs.is_empty() {
            return Err(options.invalid("jobs_key", "it must not be empty"));
        }
        if run_times.is_empty() || run_times == jobs {
            return Err(options.invalid("run_times_key", "it must differ from jobs_key"));
        }
        Ok(store.keys(jobs, run_times))
    }
}

/// Where the server is, and who wants in.
fn server(options: &Options, given: &RedisOptions) -> Result<ConnectionInfo, Error> {
    let (named, info) = match (&given.url, &given.unix_socket_path) {
        (Some(url), _) => ("url", url.as_str().into_connection_info()),
        (None, Some(path)) => {
            ("unix_socket_path", ConnectionAddr::Unix(path.clone()).into_connection_info())
        }
        (None, None) => ("host", address(given).into_connection_info()),
    };
    let beside = [
        ("host", given.host.is_some()),
        ("port", given.port.is_some()),
        ("ssl", given.ssl.is_some()),
        ("unix_socket_path", given.unix_socket_path.is_some()),
    ];
    for (name, is_given) in beside {
        if is_given && named != "host" && named != name {
            return Err(options.invalid(name, format!("{named} says where the server is")));
        }
    }
    // The library's reasons do not show the URL.
    let info = info.map_err(|error| options.invalid(named, error.to_string()))?;
    if !info.addr().is_supported() {
        return Err(options.invalid(named, WITHOUT_TLS));
    }
    let mut redis = info.redis_settings().clone();
    if let Some(db) = given.db {
        redis = redis.set_db(db.into());
    }
    if let Some(username) = &given.username {
        redis = redis.set_username(username);
    }
    if let Some(password) = &given.password {
        redis = redis.set_password(password);
    }
    with_certificates(options, given, info.set_redis_settings(redis))
}

#[cfg(feature = "tls")]
fn with_certificates(
    options: &Options,
    given: &RedisOptions,
    info: ConnectionInfo,
) -> Result<ConnectionInfo, Error> {
    let own = match (&given.ssl_certfile, &given.ssl_keyfile) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        (None, None) => None,
        (Some(_), None) => return Err(options.invalid("ssl_keyfile", "the certificate needs it")),
        (None, Some(_)) => return Err(options.invalid("ssl_certfile", "the key needs it")),
    };
    if own.is_none() && given.ssl_ca_certs.is_none() {
        return Ok(info);
    }
    let files = crate::tls::Files { authorities: given.ssl_ca_certs.clone(), own };
    files.applied_to(info, options)
}

#[cfg(not(feature = "tls"))]
fn with_certificates(
    options: &Options,
    given: &RedisOptions,
    info: ConnectionInfo,
) -> Result<ConnectionInfo, Error> {
    let files = [
        ("ssl_ca_certs", &given.ssl_ca_certs),
        ("ssl_certfile", &given.ssl_certfile),
        ("ssl_keyfile", &given.ssl_keyfile),
    ];
    match files.iter().find(|(_, file)| file.is_some()) {
        Some((name, _)) => Err(options.invalid(name, WITHOUT_TLS)),
        None => Ok(info),
    }
}

fn address(given: &RedisOptions) -> ConnectionAddr {
    let host = given.host.clone().unwrap_or_else(|| "localhost".to_owned());
    let port = given.port.unwrap_or(6379);
    if given.ssl == Some(true) {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

fn seconds(options: &Options, name: &str, seconds: f64) -> Result<Duration, Error> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(options.invalid(name, "it must be a number of seconds above zero")),
    }
}
