//! The session with the server, and another when it is lost.

use sched_core::store::StoreError;
use tokio::sync::{Mutex, MutexGuard};
use zookeeper_client::{Client, Connector, Error, SessionState};

use crate::fault::fault;

/// Where sessions come from.
pub(crate) enum Source {
    Hosts {
        hosts: String,
        connector: Connector,
    },
    /// Somebody else's session, who sees to it that it lives.
    Client(Client),
}

/// The session that a store has while it is open.
///
/// Nothing of ours lives and dies with a session, so one that is disconnected is not waited for: a
/// new one takes its place as soon as a server can be reached. No request is given to a session
/// that is known to be disconnected; it would be carried out after the session's return, when its
/// caller has long been told that it failed.
pub(crate) struct Session {
    source: Source,
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    Open(Client),
}

impl Session {
    pub(crate) fn new(source: Source) -> Session {
        Session { source, state: Mutex::default() }
    }

    /// The hosts; none for a client that was given.
    pub(crate) fn hosts(&self) -> Option<&str> {
        match &self.source {
            Source::Hosts { hosts, .. } => Some(hosts),
            Source::Client(_) => None,
        }
    }

    /// How sessions are made.
    pub(crate) fn connector(&mut self) -> Option<&mut Connector> {
        match &mut self.source {
            Source::Hosts { connector, .. } => Some(connector),
            Source::Client(_) => None,
        }
    }

    /// A connected session; [`opened`](Self::opened) is to be told when the store is open.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        match self.client("open").await {
            Err(StoreError::NotOpen { .. }) => self.connected("open").await,
            opened => opened,
        }
    }

    pub(crate) async fn opened(&self, client: Client) {
        *self.state().await = State::Open(client);
    }

    pub(crate) async fn close(&self) {
        // The client ends its session when it is dropped.
        *self.state().await = State::Closed;
    }

    /// The session of an open store, connected.
    pub(crate) async fn client(&self, operation: &'static str) -> Result<Client, StoreError> {
        let mut state = self.state().await;
        match &mut *state {
            State::Closed => Err(StoreError::NotOpen { operation }),
            State::Open(client) if is_connected(client) => Ok(client.clone()),
            State::Open(client) => {
                *client = self.connected(operation).await?;
                Ok(client.clone())
            }
        }
    }

    async fn connected(&self, operation: &'static str) -> Result<Client, StoreError> {
        let connected = match &self.source {
            Source::Hosts { hosts, connector } => connector.clone().connect(hosts).await,
            Source::Client(client) if is_connected(client) => Ok(client.clone()),
            Source::Client(client) => Err(match client.state() {
                SessionState::AuthFailed => Error::AuthFailed,
                SessionState::Expired => Error::SessionExpired,
                SessionState::Closed => Error::ClientClosed,
                _ => Error::ConnectionLoss,
            }),
        };
        connected.map_err(|error| fault(operation, error))
    }

    /// Held while connecting: who comes meanwhile waits for the same session.
    async fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().await
    }
}

fn is_connected(client: &Client) -> bool {
    client.state() == SessionState::SyncConnected
}
