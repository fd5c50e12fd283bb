//! etcd, a cluster of one member.

use std::path::PathBuf;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::find_program;
use crate::site::Site;

pub(crate) struct Etcd;

fn server() -> Option<PathBuf> {
    find_program("etcd")
}

impl Recipe for Etcd {
    fn is_installed(&self) -> bool {
        server().is_some()
    }

    fn command(&self, site: &Site) -> Command {
        let clients = format!("http://127.0.0.1:{}", site.port);
        // Other members would come here. There is none, so it may be any port, and told as another.
        let members = ["--listen-peer-urls", "http://127.0.0.1:0"];
        let told = "http://127.0.0.1:1";
        let mut command = command_of(server());
        command.args(["--name", "n1", "--unsafe-no-fsync"]).arg("--data-dir").arg(site.data());
        command.arg("--listen-client-urls").arg(&clients);
        command.arg("--advertise-client-urls").arg(&clients);
        command.args(members).args(["--initial-advertise-peer-urls", told]);
        command.arg("--initial-cluster").arg(format!("n1={told}"));
        command.args(["--heartbeat-interval", "50", "--election-timeout", "250"]);
        command.args(["--logger", "zap", "--log-level", "warn"]);
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::Etcd, site)
    }
}
