//! Where sessions come from.

use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use percent_encoding::percent_decode_str;
use sched_core::store::StoreError;
use unreql::cmd::connect::Options;
use unreql::{Session, r};
use url::Url;

use crate::fault::lost;

/// How long to wait for the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a session.
    pub(crate) connection: Duration,
    /// For all of an answer.
    pub(crate) response: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { connection: Duration::from_secs(5), response: Duration::from_secs(30) }
    }
}

type Maker = dyn Fn() -> BoxFuture<'static, unreql::Result<Session>> + Send + Sync;

/// Where sessions come from. Not `Debug`: there is a password in it.
#[derive(Clone)]
pub(crate) enum Source {
    Server(Options),
    Given(Arc<Maker>),
}

impl Source {
    /// A new session.
    pub(crate) async fn connect(&self, patience: Patience) -> unreql::Result<Session> {
        let connected = async {
            match self {
                Source::Server(options) => r.connect(options.clone()).await,
                Source::Given(maker) => maker().await,
            }
        };
        match tokio::time::timeout(patience.connection, connected).await {
            Ok(session) => session,
            Err(_) => Err(lost(std::io::ErrorKind::TimedOut, "no connection in time")),
        }
    }

    /// Where the server is, if it is known.
    pub(crate) fn address(&self) -> Option<String> {
        match self {
            Source::Server(options) => Some(format!("{}:{}", options.host, options.port)),
            Source::Given(_) => None,
        }
    }
}

/// The server and the database of `rethinkdb://user:password@host:port/database`.
///
/// Nothing of the URL is shown in an error: it may hold a password.
pub(crate) fn read(url: &str) -> Result<(Options, Option<String>), StoreError> {
    let wrong = |what: &str| StoreError::Settings(format!("the url {what}"));
    let read = Url::parse(url).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if read.scheme() != "rethinkdb" {
        return Err(wrong("does not begin with rethinkdb:"));
    }
    if read.query().is_some() || read.fragment().is_some() {
        return Err(wrong("has parameters, of which none is known"));
    }
    let decoded = |text: &str| match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(wrong("has escapes that are no UTF-8")),
    };
    let mut options = Options::new();
    if let Some(host) = read.host_str().filter(|host| !host.is_empty()) {
        options = options.host(host.trim_matches(['[', ']']).to_owned());
    }
    if let Some(port) = read.port() {
        options = options.port(port);
    }
    if !read.username().is_empty() {
        options = options.user(decoded(read.username())?);
    }
    if let Some(password) = read.password() {
        options = options.password(decoded(password)?);
    }
    let database = decoded(read.path().trim_matches('/'))?;
    Ok((options, Some(database).filter(|name| !name.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_the_server_is_and_who_wants_in() {
        let (options, database) = read("rethinkdb://me:p%40ss%2f@db.example:1234/jobs").unwrap();
        assert_eq!((&*options.host, options.port), ("db.example", 1234));
        assert_eq!((&*options.user, &*options.password), ("me", "p@ss/"));
        assert_eq!(database.as_deref(), Some("jobs"));

        let (options, database) = read("rethinkdb://[::1]").unwrap();
        assert_eq!((&*options.host, options.port), ("::1", 28015));
        assert_eq!((&*options.user, &*options.password, database), ("admin", "", None));
    }

    #[test]
    fn an_error_shows_nothing_of_the_url() {
        for url in [
            "",
            "tiger",
            "http://scott:tiger@db",
            "rethinkdb://scott:tiger@db:port",
            "rethinkdb://scott:tiger%ff@db",
            "rethinkdb://scott@db/?password=tiger",
        ] {
            match read(url) {
                Err(StoreError::Settings(reason)) => assert!(!reason.contains("tiger"), "{reason}"),
                other => panic!("{url}: {:?}", other.err()),
            }
        }
    }
}
