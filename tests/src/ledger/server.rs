//! The store's server: ours for this run, somebody's, or a file.

use std::sync::Arc;

use sched_testservers::PrivateServer;
use tempfile::TempDir;

use super::journal::Journal;
use super::line::{Fault, What};
use super::{Error, target};

/// Where the store is, and who keeps it there. Ours goes with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    url: String,
    keeper: Keeper,
}

#[derive(Debug, Clone)]
enum Keeper {
    Ours(Arc<PrivateServer>),
    File(#[allow(dead_code, reason = "removed with the last clone")] Arc<TempDir>),
    Foreign,
}

impl Server {
    /// What a URL points to; for a name, a new server or file.
    pub(crate) async fn find(store: &str) -> Result<Self, Error> {
        if store.contains(':') {
            return Ok(Server { url: store.to_owned(), keeper: Keeper::Foreign });
        }
        let Some(service) = target::service(store)? else {
            let folder = TempDir::new()
                .map_err(|source| Error::Process { action: "making a folder", source })?;
            let url = format!("sqlite:///{}", folder.path().join("jobs.db").display());
            return Ok(Server { url, keeper: Keeper::File(Arc::new(folder)) });
        };
        let started = tokio::task::spawn_blocking(move || PrivateServer::start(service)).await;
        let started = started.expect("a server that is installed starts");
        let server = started.ok_or_else(|| Error::NoServer(store.to_owned()))?;
        let url = server.url().to_owned();
        Ok(Server { url, keeper: Keeper::Ours(Arc::new(server)) })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it can be killed.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.keeper, Keeper::Ours(_))
    }

    /// Kills it and starts it again, if it is ours. Returns once it answers.
    pub(crate) async fn restart(&self, journal: Arc<Journal>) {
        let Keeper::Ours(server) = &self.keeper else { return };
        let server = server.clone();
        let restarted = tokio::task::spawn_blocking(move || {
            journal.write(What::Fault(Fault::StoreKilled));
            server.kill();
            server.start_again();
            journal.write(What::Fault(Fault::StoreBack));
        });
        restarted.await.expect("a server that was killed starts again");
    }
}
