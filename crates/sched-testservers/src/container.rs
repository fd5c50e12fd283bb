//! A server of one test's own in a container, where the machine has Docker and not the server.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::patience::{LONG, wait_until};
use crate::site::free_port;
use crate::{Service, probe};

/// The one description of all servers in containers. A variable moves a service's port.
const COMPOSE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker-compose.yml");

/// A service of docker-compose.yml in a project of its own. Its data live as long.
#[derive(Debug)]
pub(crate) struct Container {
    service: Service,
    port: u16,
    project: String,
}

impl Container {
    /// Whether there is an engine to run it.
    pub(crate) fn is_possible() -> bool {
        let mut command = Command::new("docker");
        command.arg("info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Path::new(COMPOSE_FILE).is_file() && command.status().is_ok_and(|status| status.success())
    }

    pub(crate) fn launch(service: Service) -> io::Result<Container> {
        let port = free_port()?;
        let container = Container { service, port, project: format!("sched-{service}-{port}") };
        // If it fails, the value is dropped, and what was begun goes with it.
        container.compose(&["up", "--detach", "--wait", service.name()])?;
        Ok(container)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn kill(&self) -> io::Result<()> {
        self.compose(&["kill", "--signal", "KILL", self.service.name()])
    }

    pub(crate) fn start_again(&self) -> io::Result<()> {
        self.compose(&["start", self.service.name()])?;
        if wait_until(LONG, || probe::answers(self.service, self.port)) {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("{self} does not come up")))
        }
    }

    fn compose(&self, arguments: &[&str]) -> io::Result<()> {
        let output = self.command(arguments).output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let action = arguments.first().copied().unwrap_or_default();
        Err(io::Error::other(format!("docker compose {action} of {self} failed: {said}")))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(["compose", "--file", COMPOSE_FILE, "--project-name", &self.project]);
        command.args(arguments).stdin(Stdio::null());
        command.env(self.service.compose_port_variable(), self.port.to_string());
        command
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // A test is over, and has failed if it has; what is left behind can be seen and removed.
        if let Err(error) = self.compose(&["down", "--volumes", "--timeout", "0"]) {
            eprintln!("{error}");
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (project {})", self.service, self.project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_in_the_compose_file_at_the_port_of_the_table() {
        let text = std::fs::read_to_string(COMPOSE_FILE).unwrap();
        for service in Service::ALL {
            assert!(text.contains(&format!("\n  {service}:\n")), "{service} is missing");
            let variable = service.compose_port_variable();
            let port = format!("\"127.0.0.1:${{{variable}:-{}}}:", service.compose_port());
            assert_eq!(text.matches(&port).count(), 1, "{service} is not at {port}");
        }
    }
}
