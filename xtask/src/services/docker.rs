//! The servers of docker-compose.yml.

use std::process::{Command, Stdio};

use sched_testservers::Service;

use crate::failure::Failure;
use crate::tree;

/// Whether an engine answers, and knows of compose files.
pub(crate) fn answers() -> bool {
    is_quietly_fine(&["info"]) && is_quietly_fine(&["compose", "version"])
}

pub(crate) fn up() -> Result<(), Failure> {
    // Waits for the health checks.
    compose(&["up", "--detach", "--wait"])
}

pub(crate) fn down() -> Result<(), Failure> {
    compose(&["down", "--volumes", "--timeout", "5"])
}

pub(crate) fn status() -> Result<(), Failure> {
    compose(&["ps"])
}

/// Whether as many services run as there are.
pub(crate) fn is_up() -> bool {
    let mut command = docker(&["compose", "ps", "--services", "--status", "running"]);
    let output = command.stderr(Stdio::null()).output();
    output.is_ok_and(|output| {
        let running = String::from_utf8_lossy(&output.stdout);
        Service::ALL.iter().all(|service| running.lines().any(|line| line == service.name()))
    })
}

pub(crate) fn urls() -> Vec<(Service, String)> {
    Service::ALL.into_iter().map(|service| (service, service.url(service.compose_port()))).collect()
}

fn docker(arguments: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.current_dir(tree::root()).args(arguments).stdin(Stdio::null());
    command
}

fn is_quietly_fine(arguments: &[&str]) -> bool {
    let mut command = docker(arguments);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn compose(arguments: &[&str]) -> Result<(), Failure> {
    let shown = format!("docker compose {}", arguments.join(" "));
    eprintln!("\n$ {shown}");
    match docker(&["compose"]).args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Step { command: shown, status }),
        Err(source) => Err(Failure::Start { command: shown, source }),
    }
}
