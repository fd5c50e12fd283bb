//! The store by name, with options in words.

use std::time::Duration;

use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;
use unreql::cmd::connect;

use crate::RethinkStore;
use crate::connect::read;
use crate::store::{DATABASE, TABLE};

/// Makes the store known to configurations by its name in the reference, `rethinkdb`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.jobstores.default.type", "rethinkdb"),
///     ("apscheduler.jobstores.default.host", "rethinkdb.example.org"),
///     ("apscheduler.jobstores.default.table", "reports"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_store_rethinkdb::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("rethinkdb", |options| Ok(RethinkStore::from_options(options)?));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RethinkOptions {
    url: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<String>,
    database: Option<String>,
    table: Option<String>,
    timeout: Option<f64>,
    response_timeout: Option<f64>,
}

impl RethinkStore {
    /// A store from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `url` | as for [`new`](Self::new); in place of the next two | |
    /// | `host` | name or address of the server | `localhost` |
    /// | `port` | its port for clients | 28015 |
    /// | `user`, `password` | of the account | those of the URL, else `admin` without one |
    /// | `database` | name of the [database](Self::database) | that of the URL, else `apscheduler` |
    /// | `table` | name of the [table](Self::table) | `jobs` |
    /// | `timeout` | seconds to wait for a connection | 5 |
    /// | `response_timeout` | seconds to wait for an answer | 30 |
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let given: RethinkOptions = options.parse()?;
        let (mut server, of_url) = server(options, &given)?;
        if let Some(user) = given.user {
            server = server.user(user);
        }
        if let Some(password) = given.password {
            server = server.password(password);
        }
        let database = given.database.or(of_url).unwrap_or_else(|| DATABASE.to_owned());
        let table = given.table.unwrap_or_else(|| TABLE.to_owned());
        let mut store = RethinkStore::with_options(server).database(database).table(table);
        if let Some((name, rule)) = store.wrong_name() {
            return Err(options.invalid(name, rule));
        }
        if let Some(timeout) = given.timeout {
            store = store.connection_timeout(seconds(options, "timeout", timeout)?);
        }
        if let Some(timeout) = given.response_timeout {
            store = store.response_timeout(seconds(options, "response_timeout", timeout)?);
        }
        Ok(store)
    }
}

/// Where the server is, and the database of the URL.
fn server(
    options: &Options,
    given: &RethinkOptions,
) -> Result<(connect::Options, Option<String>), Error> {
    if let Some(url) = &given.url {
        for (name, is_given) in [("host", given.host.is_some()), ("port", given.port.is_some())] {
            if is_given {
                return Err(options.invalid(name, "url says where the server is"));
            }
        }
        return read(url).map_err(|error| options.invalid("url", error.to_string()));
    }
    let mut server = connect::Options::new();
    if let Some(host) = &given.host {
        server = server.host(host.clone());
    }
    if let Some(port) = given.port {
        server = server.port(port);
    }
    Ok((server, None))
}

fn seconds(options: &Options, name: &str, seconds: f64) -> Result<Duration, Error> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(options.invalid(name, "it must be a number of seconds above zero")),
    }
}
