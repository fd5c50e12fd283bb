//! Where one server lives: a folder, a port, an account.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::account::Account;
use crate::leftover::{self, PREFIX};
use crate::program::find_program;
use crate::{Lifetime, Service};

/// Below the ports that the system gives to clients, so that none of these takes one.
const PORTS: std::ops::Range<u16> = 10_000..30_000;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) port: u16,
    /// Removed by whoever ends the server.
    pub(crate) folder: PathBuf,
    lifetime: Lifetime,
    account: Option<Account>,
}

impl Site {
    /// A free port, and a folder that is empty.
    pub(crate) fn new(service: Service, lifetime: Lifetime) -> io::Result<Site> {
        let account = Account::for_servers()?;
        let folder = tempfile::Builder::new().prefix(&format!("{PREFIX}{service}-")).tempdir()?;
        let site = Site { port: free_port()?, folder: folder.keep(), lifetime, account };
        if lifetime == Lifetime::OfThisProcess {
            leftover::own(&site.folder)?;
        }
        for path in [site.folder.clone(), site.data()] {
            if !path.exists() {
                fs::create_dir(&path)?;
            }
            if let Some(account) = account {
                account.owns(&path)?;
            }
        }
        Ok(site)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What all programs of this server have to say.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A file beside the data that the server reads.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        if let Some(account) = self.account {
            account.owns(&path)?;
        }
        Ok(path)
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, mut command: Command) -> io::Result<()> {
        self.settle_in(&mut command)?;
        let status = command.status()?;
        if status.success() {
            return Ok(());
        }
        let program = command.get_program().to_string_lossy();
        Err(io::Error::other(format!("{program} failed ({status}):\n{}", self.log_end())))
    }

    /// The command that becomes the server itself.
    pub(crate) fn server(&self, command: Command) -> io::Result<Command> {
        let mut command = match (self.lifetime, find_program("setpriv")) {
            (Lifetime::OfThisProcess, Some(setpriv)) => {
                let mut tied = Command::new(setpriv);
                // A signal to itself when its parent dies, then becomes the program.
                tied.args(["--pdeathsig", "KILL", "--"]);
                tied.arg(command.get_program()).args(command.get_args());
                tied
            }
            _ => command,
        };
        self.settle_in(&mut command)?;
        // Ctrl-C at a terminal is for whoever uses the server, who then ends it in order.
        command.process_group(0);
        Ok(command)
    }

    fn settle_in(&self, command: &mut Command) -> io::Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // A folder for temporary files of its own: MariaDB removes those of others at its start.
        command.current_dir(&self.folder).env("HOME", &self.folder).env("TMPDIR", &self.folder);
        if let Some(account) = self.account {
            account.runs(command);
        }
        Ok(())
    }

    /// The last lines of the log.
    pub(crate) fn log_end(&self) -> String {
        log_end(&self.log())
    }
}

fn log_end(log: &Path) -> String {
    const LINES: usize = 20;
    let text = File::open(log).and_then(io::read_to_string).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// A port that nobody listens at, and that docker-compose.yml does not want.
pub(crate) fn free_port() -> io::Result<u16> {
    const ATTEMPTS: usize = 100;
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..ATTEMPTS {
        let port = fastrand::u16(PORTS);
        if Service::ALL.iter().any(|service| service.compose_port() == port) {
            continue;
        }
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_free_and_below_those_of_clients() {
        let port = free_port().unwrap();
        assert!(PORTS.contains(&port));
        TcpListener::bind(("127.0.0.1", port)).unwrap();
    }

    #[test]
    fn what_a_program_says_is_in_the_error_when_it_fails() {
        let site = Site::new(Service::Redis, Lifetime::OfThisProcess).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo first; echo last >&2; exit 3"]);
        let error = site.run(command).unwrap_err().to_string();
        fs::remove_dir_all(&site.folder).unwrap();
        assert!(error.contains("first\nlast") && error.contains('3'), "{error}");
    }
}
