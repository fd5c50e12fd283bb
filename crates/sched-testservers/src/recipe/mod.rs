//! How each server is started.
//!
//! All are set up alike: they keep what they acknowledged when they are killed, as the system
//! still has what was written. They lose it when the power fails, because nothing is synced to the
//! disk: that is what makes tests fast.

use std::io;
use std::process::Command;

use rustix::process::Signal;

use crate::site::Site;
use crate::{Service, probe};

mod etcd;
mod mariadb;
mod mongodb;
mod postgres;
mod redis;
mod rethinkdb;
mod zookeeper;

/// What is particular to one server.
pub(crate) trait Recipe: Sync {
    /// Whether the machine has all that it takes.
    fn is_installed(&self) -> bool;

    /// Fills the empty folder, once.
    fn prepare(&self, _site: &Site) -> io::Result<()> {
        Ok(())
    }

    /// The command that becomes the server. [`is_installed`](Self::is_installed) holds.
    fn command(&self, site: &Site) -> Command;

    /// Whether the server just started is ready. Called until it is.
    fn is_ready(&self, site: &Site) -> bool;

    /// What makes it end soon and in order.
    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

/// How it is started.
pub(crate) fn recipe(service: Service) -> &'static dyn Recipe {
    match service {
        Service::Postgres => &postgres::Postgres,
        Service::MariaDb => &mariadb::MariaDb,
        Service::Redis => &redis::Redis,
        Service::MongoDb => &mongodb::MongoDb,
        Service::ZooKeeper => &zookeeper::ZooKeeper,
        Service::Etcd => &etcd::Etcd,
        Service::RethinkDb => &rethinkdb::RethinkDb,
    }
}

/// Whether the machine has the programs of this server.
pub fn is_installed(service: Service) -> bool {
    recipe(service).is_installed()
}

/// For the servers that need nothing but to be asked.
fn answers(service: Service, site: &Site) -> bool {
    probe::answers(service, site.port)
}

/// A command for a program, which is there.
fn command_of(program: Option<std::path::PathBuf>) -> Command {
    Command::new(program.expect("asked for only where it is installed"))
}
