//! RethinkDB, where somebody has installed it: no package of the distribution has it.

use std::path::PathBuf;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::find_program;
use crate::site::Site;

pub(crate) struct RethinkDb;

fn server() -> Option<PathBuf> {
    find_program("rethinkdb")
}

impl Recipe for RethinkDb {
    fn is_installed(&self) -> bool {
        server().is_some()
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(server());
        // It makes a folder of its own, and refuses one that is there and empty.
        command.arg("--directory").arg(site.data().join("rethinkdb"));
        command.args(["--bind", "127.0.0.1", "--driver-port"]).arg(site.port.to_string());
        // Other members would come to any free port. There is none.
        command.args(["--cluster-port", "0", "--no-http-admin", "--no-update-check"]);
        command.args(["--cache-size", "128"]);
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::RethinkDb, site)
    }
}
