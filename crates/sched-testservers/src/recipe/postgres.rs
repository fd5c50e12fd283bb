//! PostgreSQL.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::{find_program, newest};
use crate::site::Site;

pub(crate) struct Postgres;

/// Debian keeps each version's programs in a folder of its own.
const VERSIONS: &str = "/usr/lib/postgresql";

fn program(name: &str) -> Option<PathBuf> {
    newest(VERSIONS, &format!("bin/{name}")).or_else(|| find_program(name))
}

impl Recipe for Postgres {
    fn is_installed(&self) -> bool {
        program("initdb").is_some() && program("postgres").is_some()
    }

    fn prepare(&self, site: &Site) -> io::Result<()> {
        let mut command = command_of(program("initdb"));
        command.arg("-D").arg(site.data());
        command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        command.arg("--no-sync");
        site.run(command)
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(program("postgres"));
        command.arg("-D").arg(site.data()).arg("-p").arg(site.port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            // Their paths may be too long.
            "unix_socket_directories=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=300",
        ] {
            command.arg("-c").arg(setting);
        }
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::Postgres, site)
    }

    fn stop_signal(&self) -> Signal {
        // TERM waits for the clients to go.
        Signal::INT
    }
}
