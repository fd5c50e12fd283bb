//! Redis.

use std::path::PathBuf;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::find_program;
use crate::site::Site;

pub(crate) struct Redis;

fn server() -> Option<PathBuf> {
    find_program("redis-server")
}

impl Recipe for Redis {
    fn is_installed(&self) -> bool {
        server().is_some()
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(server());
        command.args(["--bind", "127.0.0.1", "--daemonize", "no"]);
        command.arg("--port").arg(site.port.to_string());
        command.arg("--dir").arg(site.data());
        // Every write goes to this file before it is acknowledged.
        command.args(["--appendonly", "yes", "--appendfsync", "no", "--save", ""]);
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::Redis, site)
    }
}
