//! Where connections come from, and the one that a store has.

use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{Client, Cmd, ConnectionInfo, Pipeline, RedisError, RedisFuture, RedisResult, Value};

/// How long to wait for the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a connection.
    pub(crate) connection: Duration,
    /// For an answer.
    pub(crate) response: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { connection: Duration::from_secs(5), response: Duration::from_secs(30) }
    }
}

/// Where connections come from.
pub(crate) enum Source {
    Client(Box<Client>),
    /// Somebody else's connection, who sees to it that it is connected.
    Connection(Connection),
}

impl Source {
    /// A client whose connections notice that the other machine has gone.
    pub(crate) fn new(info: ConnectionInfo) -> RedisResult<Source> {
        let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(30));
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
        Ok(Source::Client(Box::new(Client::open(info.set_tcp_settings(tcp))?)))
    }

    pub(crate) async fn connect(&self, patience: Patience) -> RedisResult<Connection> {
        match self {
            Source::Client(client) => {
                #[cfg(feature = "tls")]
                crate::tls::choose_cryptography();
                // The scheduler has a back-off of its own: a call fails soon.
                let config = ConnectionManagerConfig::new()
                    .set_connection_timeout(Some(patience.connection))
                    .set_response_timeout(Some(patience.response))
                    .set_min_delay(Duration::from_millis(50))
                    .set_number_of_retries(2);
                let manager =
                    ConnectionManager::new_with_config(Client::clone(client), config).await?;
                Ok(Connection::new(manager))
            }
            Source::Connection(connection) => Ok(connection.clone()),
        }
    }

    /// The messages of a channel, on a connection of their own, until that is lost. None where
    /// there is no way to another connection.
    pub(crate) async fn messages(
        &self,
        channel: &str,
        patience: Patience,
    ) -> RedisResult<Option<BoxStream<'static, Vec<u8>>>> {
        let Source::Client(client) = self else {
            return Ok(None);
        };
        let subscribed = async {
            let mut subscriber = client.get_async_pubsub().await?;
            subscriber.subscribe(channel).await?;
            RedisResult::Ok(subscriber)
        };
        let Ok(subscriber) = tokio::time::timeout(patience.connection, subscribed).await else {
            let waited = std::io::Error::from(std::io::ErrorKind::TimedOut);
            return Err(RedisError::from(waited));
        };
        let messages = subscriber?.into_on_message();
        Ok(Some(messages.map(|message| message.get_payload_bytes().to_vec()).boxed()))
    }
}

/// A connection of any kind: to a server, to a cluster, by way of sentinels. Clones share it.
pub(crate) struct Connection(Box<dyn AnyConnection>);

trait AnyConnection: ConnectionLike + Send + Sync {
    fn boxed_clone(&self) -> Box<dyn AnyConnection>;
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> AnyConnection for C {
    fn boxed_clone(&self) -> Box<dyn AnyConnection> {
        Box::new(self.clone())
    }
}

impl Connection {
    pub(crate) fn new(
        connection: impl ConnectionLike + Clone + Send + Sync + 'static,
    ) -> Connection {
        Connection(Box::new(connection))
    }
}

impl Clone for Connection {
    fn clone(&self) -> Self {
        Connection(self.0.boxed_clone())
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}
