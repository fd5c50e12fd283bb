//! The store by name, with options in words.

use std::path::PathBuf;
use std::time::Duration;

use mongodb::options::{ConnectionString, Credential, HostInfo, ServerAddress, Tls, TlsOptions};
use sched_core::Error;
use sched_core::config::{Options, Plugins};
use serde::Deserialize;

use crate::MongoStore;
use crate::source::Source;

/// Makes the store known to configurations by its name in the reference, `mongodb`.
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let options = [
///     ("apscheduler.jobstores.default.type", "mongodb"),
///     ("apscheduler.jobstores.default.host", "mongo.example.org"),
///     ("apscheduler.jobstores.default.collection", "reports"),
/// ];
/// let config = Config::from_flat(options, "apscheduler.")?;
/// let mut plugins = Plugins::new();
/// sched_store_mongo::register(&mut plugins);
/// let scheduler = config.into_builder(&plugins)?.build()?;
/// # Ok::<(), sched_core::Error>(())
/// ```
pub fn register(plugins: &mut Plugins) {
    plugins.jobstore("mongodb", |options| Ok(MongoStore::from_options(options)?));
}

/// Where MongoDB listens unless told otherwise.
const PORT: u16 = 27017;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MongoOptions {
    url: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "authSource")]
    auth_source: Option<String>,
    #[serde(rename = "replicaSet")]
    replica_set: Option<String>,
    #[serde(rename = "directConnection")]
    direct_connection: Option<bool>,
    #[serde(alias = "ssl")]
    tls: Option<bool>,
    #[serde(rename = "tlsCAFile")]
    tls_ca_file: Option<PathBuf>,
    #[serde(rename = "tlsCertificateKeyFile")]
    tls_certificate_key_file: Option<PathBuf>,
    #[serde(rename = "connectTimeoutMS")]
    connect_timeout: Option<u64>,
    #[serde(rename = "serverSelectionTimeoutMS")]
    server_selection_timeout: Option<u64>,
    #[serde(rename = "socketTimeoutMS")]
    socket_timeout: Option<u64>,
    database: Option<String>,
    collection: Option<String>,
}

impl MongoStore {
    /// A store from the options of a configuration.
    ///
    /// | Option | Value | Unless said |
    /// | --- | --- | --- |
    /// | `url` | as for [`new`](Self::new); in place of the next two | |
    /// | `host` | names or addresses of servers with a comma between them, each with a port of its own if need be; or a URL | `localhost` |
    /// | `port` | the port of those without one | 27017 |
    /// | `username`, `password` | of the account | those of the URL, else none |
    /// | `authSource` | the database that knows the account | `admin` |
    /// | `replicaSet` | the name of the replica set | that of the URL, else any |
    /// | `directConnection` | whether to keep to the one server given | no |
    /// | `tls` or `ssl` | whether to use TLS | no |
    /// | `tlsCAFile` | a PEM file of whom to trust | Mozilla's list |
    /// | `tlsCertificateKeyFile` | a PEM file by which the server knows the client | none |
    /// | `connectTimeoutMS` | milliseconds to wait for a connection | 5000 |
    /// | `serverSelectionTimeoutMS` | milliseconds to look for a server | 5000 |
    /// | `socketTimeoutMS` | milliseconds to wait for an answer | 30000 |
    /// | `database`, `collection` | names | `apscheduler`, `jobs` |
    ///
    /// What else there is can be said in the URL.
    ///
    /// # Errors
    /// [`Error::Config`] with the key of an option that is unknown or makes no sense.
    pub fn from_options(options: &Options) -> Result<Self, Error> {
        let given: MongoOptions = options.parse()?;
        let mut store = MongoStore::on(given.server(options)?);
        if let Some(timeout) = milliseconds(options, "socketTimeoutMS", given.socket_timeout)? {
            store = store.response_timeout(timeout);
        }
        if let Some(name) = given.database {
            store = store.database(name_of("database", name, options)?);
        }
        if let Some(name) = given.collection {
            store = store.collection(name_of("collection", name, options)?);
        }
        Ok(store)
    }
}

impl MongoOptions {
    /// Where the server is, and who wants in.
    fn server(&self, options: &Options) -> Result<ConnectionString, Error> {
        let mut server = self.address(options)?;
        if self.username.is_some() || self.password.is_some() || self.auth_source.is_some() {
            let account = server.credential.get_or_insert_with(Credential::default);
            for (to, from) in [
                (&mut account.username, &self.username),
                (&mut account.password, &self.password),
                (&mut account.source, &self.auth_source),
            ] {
                if from.is_some() {
                    to.clone_from(from);
                }
            }
        }
        if self.replica_set.is_some() {
            server.replica_set.clone_from(&self.replica_set);
        }
        if self.direct_connection.is_some() {
            server.direct_connection = self.direct_connection;
        }
        self.encrypt(&mut server, options)?;
        let timeout = milliseconds(options, "connectTimeoutMS", self.connect_timeout)?;
        server.connect_timeout = timeout.or(server.connect_timeout);
        let timeout =
            milliseconds(options, "serverSelectionTimeoutMS", self.server_selection_timeout)?;
        server.server_selection_timeout = timeout.or(server.server_selection_timeout);
        Ok(server)
    }

    fn address(&self, options: &Options) -> Result<ConnectionString, Error> {
        let parse = |name: &str, url: &str| {
            Source::parse(url).map_err(|error| options.invalid(name, error.to_string()))
        };
        let (named, host) = match (&self.url, &self.host) {
            (Some(_), Some(_)) => {
                return Err(options.invalid("host", "url says where the server is"));
            }
            (Some(url), None) => ("url", Some(url)),
            // As the reference's client has it.
            (None, host) => ("host", host.as_ref()),
        };
        if let Some(url) = host.filter(|host| named == "url" || host.contains("://")) {
            if self.port.is_some() {
                return Err(options.invalid("port", format!("{named} says where the server is")));
            }
            return parse(named, url);
        }
        let mut hosts = Vec::new();
        for host in host.map_or("localhost", String::as_str).split(',') {
            let address = ServerAddress::parse(host.trim());
            hosts.push(
                match address.map_err(|error| options.invalid("host", error.kind.to_string()))? {
                    ServerAddress::Tcp { host, port } => {
                        ServerAddress::Tcp { host, port: Some(port.or(self.port).unwrap_or(PORT)) }
                    }
                    other => other,
                },
            );
        }
        let mut server = ConnectionString::default();
        server.host_info = HostInfo::HostIdentifiers(hosts);
        Ok(server)
    }

    fn encrypt(&self, server: &mut ConnectionString, options: &Options) -> Result<(), Error> {
        let files = [
            ("tlsCAFile", &self.tls_ca_file),
            ("tlsCertificateKeyFile", &self.tls_certificate_key_file),
        ];
        if self.tls == Some(false) {
            if let Some((name, _)) = files.iter().find(|(_, file)| file.is_some()) {
                return Err(options.invalid(name, "tls is off"));
            }
            server.tls = Some(Tls::Disabled);
            return Ok(());
        }
        for (name, file) in files {
            if let Some(file) = file
                && let Err(error) = std::fs::File::open(file)
            {
                return Err(options.invalid(name, error.to_string()));
            }
        }
        if self.tls == Some(true) || files.iter().any(|(_, file)| file.is_some()) {
            let mut tls = match server.tls.take() {
                Some(Tls::Enabled(tls)) => tls,
                _ => TlsOptions::default(),
            };
            tls.ca_file_path = self.tls_ca_file.clone().or(tls.ca_file_path);
            tls.cert_key_file_path =
                self.tls_certificate_key_file.clone().or(tls.cert_key_file_path);
            server.tls = Some(Tls::Enabled(tls));
        }
        Ok(())
    }
}

fn name_of(option: &str, name: String, options: &Options) -> Result<String, Error> {
    if name.is_empty() {
        return Err(options.invalid(option, "it must not be empty"));
    }
    Ok(name)
}

fn milliseconds(
    options: &Options,
    name: &str,
    given: Option<u64>,
) -> Result<Option<Duration>, Error> {
    match given {
        Some(0) => Err(options.invalid(name, "it must be above zero")),
        given => Ok(given.map(Duration::from_millis)),
    }
}
