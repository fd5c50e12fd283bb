//! Encrypted connections.

use std::path::{Path, PathBuf};

use redis::{Client, ClientTlsConfig, ConnectionInfo, TlsCertificates};
use sched_core::Error;
use sched_core::config::Options;

/// Files of certificates and keys, in PEM format.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Whom to trust in place of whom the system trusts.
    pub(crate) authorities: Option<PathBuf>,
    /// What the client shows of itself, and its key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

impl Files {
    /// The server, with what is in the files.
    pub(crate) fn applied_to(
        &self,
        server: ConnectionInfo,
        options: &Options,
    ) -> Result<ConnectionInfo, Error> {
        let read = |name: &str, path: &Path| {
            std::fs::read(path).map_err(|error| options.invalid(name, error.to_string()))
        };
        let root_cert = match &self.authorities {
            Some(path) => Some(read("ssl_ca_certs", path)?),
            None => None,
        };
        let client_tls = match &self.own {
            Some((certificate, key)) => Some(ClientTlsConfig {
                client_cert: read("ssl_certfile", certificate)?,
                client_key: read("ssl_keyfile", key)?,
            }),
            None => None,
        };
        let client = Client::build_with_tls(server, TlsCertificates { client_tls, root_cert });
        let client = client.map_err(|error| options.invalid("ssl", error.to_string()))?;
        Ok(client.get_connection_info().clone())
    }
}

/// rustls panics where it is not told which cryptography to use and the program has several.
pub(crate) fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}
