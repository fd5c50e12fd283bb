//! The way of one scheduler to the server, which can be blocked.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It arrives.
    Open,
    /// It waits, as in a network that loses everything.
    Stalled,
    /// Connections end, and new ones are ended at once, as where nobody listens.
    Closed,
}

/// A port of this machine behind which is the server, or nothing. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    gate: watch::Sender<Gate>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Starts one, open, for the server at `host:port`.
    pub(crate) async fn start(server: String) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (gate, seen) = watch::channel(Gate::Open);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server.clone(), seen.clone()));
            }
        });
        Ok(Proxy { port, gate, accepting })
    }

    /// Where clients connect.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Lets through, or not.
    pub(crate) fn set(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.gate.send_replace(Gate::Closed);
    }
}

/// Carries one connection until either side, or the gate, ends it.
async fn serve(client: TcpStream, server: String, mut gate: watch::Receiver<Gate>) {
    if !passes(&mut gate).await {
        return;
    }
    // A server that is away looks to the client as if the connection were lost.
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut closing = gate.clone();
    tokio::select! {
        _ = carry(from_client, to_server, gate.clone()) => {}
        _ = carry(from_server, to_client, gate) => {}
        _ = closing.wait_for(|gate| *gate == Gate::Closed) => {}
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut gate: watch::Receiver<Gate>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 || !passes(&mut gate).await {
            return Ok(());
        }
        to.write_all(&buffer[..count]).await?;
    }
}

/// Waits while the gate is stalled; false if it is closed.
async fn passes(gate: &mut watch::Receiver<Gate>) -> bool {
    let settled = gate.wait_for(|gate| *gate != Gate::Stalled).await;
    settled.is_ok_and(|gate| *gate == Gate::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_arrives_waits_or_is_lost_as_the_gate_says() {
        let echo = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = echo.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut peer, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = peer.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        let proxy = Proxy::start(server).await.unwrap();
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        let mut byte = [0];
        client.write_all(b"1").await.unwrap();
        client.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"1");

        proxy.set(Gate::Stalled);
        client.write_all(b"2").await.unwrap();
        tokio::select! {
            biased;
            _ = client.read_exact(&mut byte) => panic!("it came through"),
            () = tokio::task::yield_now() => {}
        }
        proxy.set(Gate::Open);
        client.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"2");

        proxy.set(Gate::Closed);
        assert!(!matches!(client.read(&mut byte).await, Ok(1..)), "the connection has ended");
        let mut again = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        assert!(!matches!(again.read(&mut byte).await, Ok(1..)), "so has a new one");
    }
}
