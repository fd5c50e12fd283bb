//! The way to the servers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etcd_client::{
    Client, ConnectOptions, Error, GetOptions, GetResponse, KvClient, Txn, TxnResponse, WatchStream,
};
use sched_core::store::StoreError;

use crate::fault::fault;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait for an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// How often to ask a silent server whether it is there, and how long to wait for its word.
const ALIVE: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(10)];

/// Where connections come from.
pub(crate) enum Source {
    /// Members of one cluster.
    Servers { urls: Vec<String>, options: Box<ConnectOptions> },
    /// Somebody else's client, which finds a member that answers by itself.
    Client(Box<Client>),
}

/// The options of a client that nobody has changed.
pub(crate) fn default_options() -> ConnectOptions {
    ConnectOptions::new()
        .with_connect_timeout(CONNECT)
        .with_timeout(ANSWER)
        .with_keep_alive(ALIVE[0], ALIVE[1])
        // A server takes it ill to be asked while nothing is going on.
        .with_keep_alive_while_idle(false)
        // A member that is cut off from the others says so, in place of waiting for them.
        .with_require_leader(true)
        .with_auto_token_refresh(true)
}

/// The member that is in use, and the turn to the next one when it fails.
///
/// Several members in one client would be asked at random, those that are down included.
pub(crate) struct Connection {
    source: Source,
    link: Mutex<Link>,
}

#[derive(Default)]
struct Link {
    open: bool,
    /// How many members were given up; says which one is next.
    turn: usize,
    client: Option<Client>,
}

impl Connection {
    pub(crate) fn new(source: Source) -> Connection {
        Connection { source, link: Mutex::default() }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Marks it open once a member has answered for these keys.
    pub(crate) async fn open(&self, key: &str, options: GetOptions) -> Result<(), StoreError> {
        self.read("open", |client| get(client, key.to_owned(), options.clone())).await?;
        self.link().open = true;
        Ok(())
    }

    pub(crate) fn close(&self) {
        *self.link() = Link::default();
    }

    /// Asks for keys.
    pub(crate) async fn get(
        &self,
        operation: &'static str,
        key: String,
        options: GetOptions,
    ) -> Result<GetResponse, StoreError> {
        self.must_be_open(operation)?;
        self.read(operation, |client| get(client, key.clone(), options.clone())).await
    }

    /// A transaction that only reads.
    pub(crate) async fn look(
        &self,
        operation: &'static str,
        txn: Txn,
    ) -> Result<TxnResponse, StoreError> {
        self.must_be_open(operation)?;
        self.read(operation, |client| transact(client, txn.clone())).await
    }

    /// A transaction that writes. It is tried once: where its answer is lost, it may have happened.
    pub(crate) async fn write(
        &self,
        operation: &'static str,
        txn: Txn,
    ) -> Result<TxnResponse, StoreError> {
        self.must_be_open(operation)?;
        self.once(operation, |client| transact(client, txn.clone())).await
    }

    /// A stream of what happens to this key from now on, which has yet to say that it begins.
    pub(crate) async fn watch(
        &self,
        operation: &'static str,
        key: String,
    ) -> Result<WatchStream, StoreError> {
        self.must_be_open(operation)?;
        self.read(operation, |client| watch(client, key.clone())).await
    }

    /// Asks each member in turn until one answers.
    async fn read<T, F>(
        &self,
        operation: &'static str,
        call: impl Fn(Client) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let members = match &self.source {
            Source::Servers { urls, .. } => urls.len(),
            Source::Client(_) => 1,
        };
        for _ in 1..members {
            match self.once(operation, &call).await {
                Err(StoreError::Unavailable { .. }) => {}
                answered => return answered,
            }
        }
        self.once(operation, &call).await
    }

    /// Asks the member in use. If that fails, another is in use from then on.
    async fn once<T, F>(
        &self,
        operation: &'static str,
        call: impl Fn(Client) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let turn = self.link().turn;
        let answer = async { call(self.client(turn).await?).await };
        let answer = answer.await.map_err(|error| fault(operation, error));
        if let Err(StoreError::Unavailable { .. }) = answer {
            let mut link = self.link();
            // Of several calls that failed, one gives the member up.
            if link.turn == turn {
                (link.turn, link.client) = (turn.wrapping_add(1), None);
            }
        }
        answer
    }

    async fn client(&self, turn: usize) -> Result<Client, Error> {
        let (urls, options) = match &self.source {
            Source::Servers { urls, options } => (urls, options),
            Source::Client(client) => return Ok(Client::clone(client)),
        };
        if let Some(client) = &self.link().client {
            return Ok(client.clone());
        }
        let url = &urls[turn % urls.len()];
        let client = Client::connect([url], Some(ConnectOptions::clone(options))).await?;
        let mut link = self.link();
        if link.turn == turn {
            link.client = Some(client.clone());
        }
        Ok(client)
    }

    fn must_be_open(&self, operation: &'static str) -> Result<(), StoreError> {
        if self.link().open { Ok(()) } else { Err(StoreError::NotOpen { operation }) }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        // Nothing that holds it can panic.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client for keys. What comes back is as large as what was asked for.
fn keys_of(client: &Client) -> KvClient {
    client.kv_client().max_decoding_message_size(usize::MAX)
}

async fn get(client: Client, key: String, options: GetOptions) -> Result<GetResponse, Error> {
    keys_of(&client).get(key, Some(options)).await
}

async fn transact(client: Client, txn: Txn) -> Result<TxnResponse, Error> {
    keys_of(&client).txn(txn).await
}

async fn watch(client: Client, key: String) -> Result<WatchStream, Error> {
    client.watch_client().watch(key, None).await
}
