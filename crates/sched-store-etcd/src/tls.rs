//! Encrypted connections: whom to trust, and how to show who one is.
//!
//! Without the feature `tls`, wishing for one is an error.

use std::path::{Path, PathBuf};

use etcd_client::ConnectOptions;
use sched_core::Error;
use sched_core::config::Options;

#[cfg(feature = "tls")]
pub(crate) use etcd_client::TlsOptions as Files;

/// Certificates cannot be read.
#[cfg(not(feature = "tls"))]
pub(crate) enum Files {}

/// The options, with whom the system trusts if the servers use TLS.
#[cfg(feature = "tls")]
pub(crate) fn trusting(options: ConnectOptions, urls: &[String]) -> ConnectOptions {
    match urls.iter().any(|url| crate::servers::is_encrypted(url)) {
        true => options.with_tls(Files::new().with_native_roots()),
        false => options,
    }
}

#[cfg(not(feature = "tls"))]
pub(crate) fn trusting(options: ConnectOptions, _urls: &[String]) -> ConnectOptions {
    options
}

/// The options, with what was in the files.
#[cfg(feature = "tls")]
pub(crate) fn with(options: ConnectOptions, files: Option<Files>) -> ConnectOptions {
    match files {
        Some(files) => options.with_tls(files),
        None => options,
    }
}

#[cfg(not(feature = "tls"))]
pub(crate) fn with(options: ConnectOptions, _files: Option<Files>) -> ConnectOptions {
    options
}

/// Reads files in PEM format: whom to trust in place of whom the system trusts, and what the
/// client shows of itself, with its key.
#[cfg(feature = "tls")]
pub(crate) fn read(
    options: &Options,
    authorities: Option<&Path>,
    own: Option<(PathBuf, PathBuf)>,
) -> Result<Files, Error> {
    use etcd_client::{Certificate, Identity};

    let read = |name: &str, path: &Path| {
        std::fs::read(path).map_err(|error| options.invalid(name, error.to_string()))
    };
    let mut files = match authorities {
        Some(path) => Files::new().ca_certificate(Certificate::from_pem(read("ca_cert", path)?)),
        None => Files::new().with_native_roots(),
    };
    if let Some((certificate, key)) = own {
        let (certificate, key) = (read("cert_cert", &certificate)?, read("cert_key", &key)?);
        files = files.identity(Identity::from_pem(certificate, key));
    }
    Ok(files)
}

#[cfg(not(feature = "tls"))]
pub(crate) fn read(
    options: &Options,
    _authorities: Option<&Path>,
    _own: Option<(PathBuf, PathBuf)>,
) -> Result<Files, Error> {
    Err(options.invalid("url", "this program is built without TLS"))
}
