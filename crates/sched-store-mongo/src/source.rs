//! Where clients come from.

use std::fmt;
use std::time::Duration;

use mongodb::Client;
use mongodb::error::Result;
use mongodb::options::{ClientOptions, ConnectionString, HostInfo};
use sched_core::store::StoreError;

/// How long to look for a server, unless the URL says. The scheduler has a back-off of its own: a
/// call fails soon.
const SOON: Duration = Duration::from_secs(5);

/// Where clients come from.
pub(crate) enum Source {
    Server(Box<ConnectionString>),
    /// Somebody else's.
    Client(Client),
}

impl Source {
    /// What the URL says.
    ///
    /// # Errors
    /// [`StoreError::Settings`], which shows nothing secret.
    pub(crate) fn parse(url: &str) -> std::result::Result<ConnectionString, StoreError> {
        ConnectionString::parse(url).map_err(|error| {
            // The library quotes what it cannot read, which may be a part of the password.
            let reason = if url.contains('@') {
                "this is no URL of MongoDB; names and passwords are percent-encoded there"
                    .to_owned()
            } else {
                error.kind.to_string()
            };
            StoreError::Settings(reason)
        })
    }

    pub(crate) async fn client(&self) -> Result<Client> {
        match self {
            Source::Server(server) => {
                let mut options = ClientOptions::parse(ConnectionString::clone(server)).await?;
                options.server_selection_timeout.get_or_insert(SOON);
                options.connect_timeout.get_or_insert(SOON);
                Client::with_options(options)
            }
            Source::Client(client) => Ok(client.clone()),
        }
    }
}

/// The addresses, and nothing that is secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source::Server(server) = self else {
            return f.write_str("a client");
        };
        match &server.host_info {
            HostInfo::HostIdentifiers(hosts) => {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                f.write_str(&hosts.join(","))
            }
            HostInfo::DnsRecord(name) => f.write_str(name),
            _ => f.write_str("a server"),
        }
    }
}
