//! A server that belongs to one test.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::container::Container;
use crate::{Instance, Lifetime, Service, absent, is_installed};

/// A server of one test's own: killed and started again as the test likes, and gone with it.
///
/// - It keeps what it acknowledged through a kill.
/// - It is reached at one URL all its life.
/// - It ends with the test's process, whatever happens to that; in a container, which a machine
///   with Docker gets where the server itself is not installed, only when dropped.
///
/// Its calls block until they are done.
#[derive(Debug)]
pub struct PrivateServer {
    url: String,
    /// None only while it is dropped.
    server: Mutex<Option<Server>>,
}

#[derive(Debug)]
enum Server {
    Process(Instance),
    Container(Container),
}

impl PrivateServer {
    /// Starts one, empty. Returns once it answers; none, after a notice, where the machine cannot
    /// start any.
    ///
    /// # Panics
    /// When a server that is installed does not start, and when none is while `CI` is `true` and
    /// [a package has it](Service::is_packaged).
    pub fn start(service: Service) -> Option<PrivateServer> {
        let server = if is_installed(service) {
            Server::Process(done(Instance::launch(service, Lifetime::OfThisProcess)))
        } else if Container::is_possible() {
            Server::Container(done(Container::launch(service)))
        } else {
            absent::report(service, "it is not installed, and Docker does not run");
            return None;
        };
        let port = match &server {
            Server::Process(instance) => instance.port(),
            Server::Container(container) => container.port(),
        };
        Some(PrivateServer { url: service.url(port), server: Mutex::new(Some(server)) })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as `kill -9` does, helper processes included. Returns once it is gone.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn kill(&self) {
        match &mut *self.server() {
            Some(Server::Process(instance)) => done(instance.kill()),
            Some(Server::Container(container)) => done(container.kill()),
            None => {}
        }
    }

    /// Starts it again after a [`kill`](Self::kill), with its data, where it was. Returns once it
    /// answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&self) {
        match &mut *self.server() {
            Some(Server::Process(instance)) => done(instance.start_again()),
            Some(Server::Container(container)) => done(container.start_again()),
            None => {}
        }
    }

    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        let server = self.server().take();
        if let Some(Server::Process(instance)) = server
            && let Err(error) = instance.remove()
        {
            eprintln!("{error}");
        }
    }
}

fn done<T, E: Error>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| match error.source() {
        Some(source) => panic!("{error}: {source}"),
        None => panic!("{error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe;

    /// Ready, gone, ready again where it was, and at last nothing left.
    fn lives_and_dies(service: Service) {
        let Some(server) = PrivateServer::start(service) else { return };
        let url = server.url().to_owned();
        let port = url.split(['/', ':', '?']).filter_map(|part| part.parse::<u16>().ok());
        let port = port.max().unwrap();
        let folder = match &*server.server() {
            Some(Server::Process(instance)) => Some(instance.folder().to_owned()),
            _ => None,
        };
        assert!(probe::answers(service, port));
        for _ in 0..2 {
            server.kill();
            assert!(!probe::answers(service, port));
            server.start_again();
            assert!(probe::answers(service, port));
            assert_eq!(server.url(), url);
        }
        drop(server);
        assert!(!probe::answers(service, port));
        assert!(folder.is_none_or(|folder| !folder.exists()));
    }

    #[test]
    fn postgres_lives_and_dies() {
        lives_and_dies(Service::Postgres);
    }

    #[test]
    fn mariadb_lives_and_dies() {
        lives_and_dies(Service::MariaDb);
    }

    #[test]
    fn redis_lives_and_dies() {
        lives_and_dies(Service::Redis);
    }

    #[test]
    fn mongodb_lives_and_dies() {
        lives_and_dies(Service::MongoDb);
    }

    #[test]
    fn zookeeper_lives_and_dies() {
        lives_and_dies(Service::ZooKeeper);
    }

    #[test]
    fn etcd_lives_and_dies() {
        lives_and_dies(Service::Etcd);
    }
}
