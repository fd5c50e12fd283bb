//! MongoDB, as a replica set of one member: change streams and transactions need one.

use std::path::PathBuf;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::program::{find_program, mongodb_wheel_folder};
use crate::site::Site;
use crate::{Service, mongo_wire};

pub(crate) struct MongoDb;

fn server() -> Option<PathBuf> {
    let unpacked = mongodb_wheel_folder().join("fiftyone/db/bin/mongod");
    find_program("mongod").or_else(|| unpacked.is_file().then_some(unpacked))
}

impl Recipe for MongoDb {
    fn is_installed(&self) -> bool {
        server().is_some()
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(server());
        command.arg("--dbpath").arg(site.data()).arg("--port").arg(site.port.to_string());
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", "rs0"]);
        command.args(["--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"]);
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        // Asked of a server that is a member already, it refuses, and nothing has changed.
        answers(Service::MongoDb, site) || {
            let _ = mongo_wire::initiate(site.port);
            false
        }
    }
}
