//! Whether a server answers: the shortest exchange of each protocol that shows that it is up, and
//! that it is this kind of server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::{Service, mongo_wire};

const CONNECTING: Duration = Duration::from_secs(2);
const ANSWERING: Duration = Duration::from_secs(10);

/// Whether such a server at this port of 127.0.0.1 is ready for clients.
pub(crate) fn answers(service: Service, port: u16) -> bool {
    let says = |question: &[u8], answer: &[u8]| {
        converse(port, question, |reply| verdict(reply, answer)).unwrap_or(false)
    };
    match service {
        // A start-up message. It asks us to prove who we are, or says that we need not.
        Service::Postgres => {
            says(b"\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0", b"R")
        }
        // It speaks first: a length, a number, its protocol's version. If not: an error.
        Service::MariaDb => {
            converse(port, b"", |reply| Some(*reply.get(4)? == 10)).unwrap_or(false)
        }
        Service::Redis => says(b"PING\r\n", b"+PONG"),
        Service::MongoDb => mongo_wire::takes_writes(port).unwrap_or(false),
        Service::ZooKeeper => says(b"srvr", b"Zookeeper version"),
        Service::Etcd => {
            let question = b"GET /health HTTP/1.0\r\n\r\n";
            let healthy = |reply: &[u8]| contains(reply, b"\"health\":\"true\"").then_some(true);
            converse(port, question, healthy).unwrap_or(false)
        }
        // The number of its protocol's version; it answers with JSON about itself.
        Service::RethinkDb => says(&0x34c2_bdc3_u32.to_le_bytes(), b"{"),
    }
}

/// Whether a reply begins so; none while it is too short to tell.
fn verdict(reply: &[u8], beginning: &[u8]) -> Option<bool> {
    match reply.get(..beginning.len()) {
        Some(its) => Some(its == beginning),
        None if beginning.starts_with(reply) => None,
        None => Some(false),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|its| its == part)
}

/// Connects, says something, and listens until `understood` makes something of it.
pub(crate) fn converse<T>(
    port: u16,
    question: &[u8],
    understood: impl Fn(&[u8]) -> Option<T>,
) -> io::Result<T> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, CONNECTING)?;
    stream.set_read_timeout(Some(ANSWERING))?;
    stream.set_write_timeout(Some(ANSWERING))?;
    stream.write_all(question)?;
    let mut reply = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = match stream.read(&mut part) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        reply.extend_from_slice(&part[..count]);
        if let Some(meaning) = understood(&reply) {
            return Ok(meaning);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that reads one question and answers it, in two parts.
    fn answering(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (first, second) = answer.split_at(answer.len() / 2);
            stream.write_all(first).unwrap();
            stream.flush().unwrap();
            stream.write_all(second).unwrap();
            // Until the other end has gone.
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        port
    }

    #[test]
    fn a_server_that_is_ready_is_told_from_one_that_is_not_and_from_another() {
        let cases: [(Service, &[u8], &[u8]); 6] = [
            (Service::Postgres, b"R\0\0\0\x08\0\0\0\0", b"E\0\0\0\x08"),
            (Service::MariaDb, b"\x4a\0\0\0\x0a11.4", b"\x10\0\0\0\xff\x6a\x04"),
            (Service::Redis, b"+PONG\r\n", b"-LOADING Redis is loading\r\n"),
            (Service::ZooKeeper, b"Zookeeper version: 3.8.0\n", b"This ZooKeeper instance is not"),
            (Service::Etcd, b"HTTP/1.0 200 OK\r\n\r\n{\"health\":\"true\"}", b"HTTP/1.0 503 "),
            (Service::RethinkDb, b"{\"max_protocol_version\":0}", b"ERROR: no\n"),
        ];
        for (service, ready, unready) in cases {
            assert!(answers(service, answering(ready)), "{service}");
            // One that falls silent instead is given up.
            if service != Service::Etcd {
                assert!(!answers(service, answering(unready)), "{service}");
            }
        }
    }

    #[test]
    fn nobody_there_is_no_answer() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        for service in Service::ALL {
            assert!(!answers(service, port), "{service}");
        }
    }
}
