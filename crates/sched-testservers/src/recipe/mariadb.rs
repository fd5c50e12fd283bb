//! MariaDB.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::find_program;
use crate::site::Site;

pub(crate) struct MariaDb;

fn server() -> Option<PathBuf> {
    find_program("mariadbd")
}

fn installer() -> Option<PathBuf> {
    find_program("mariadb-install-db")
}

/// Run at every start.
const ACCOUNTS: &str = "\
CREATE DATABASE IF NOT EXISTS sched;
CREATE OR REPLACE USER 'root'@'127.0.0.1' IDENTIFIED BY 'sched';
GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
";

impl Recipe for MariaDb {
    fn is_installed(&self) -> bool {
        server().is_some() && installer().is_some()
    }

    fn prepare(&self, site: &Site) -> io::Result<()> {
        site.write("accounts.sql", ACCOUNTS)?;
        let mut command = command_of(installer());
        command.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
        command.arg("--auth-root-authentication-method=normal");
        command.arg(format!("--datadir={}", site.data().display()));
        site.run(command)
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(server());
        // Read first of all, so it must be the first.
        command.arg("--no-defaults");
        command.arg(format!("--datadir={}", site.data().display()));
        command.arg(format!("--port={}", site.port));
        // Shorter than a path from the root: there is a limit.
        command.args(["--bind-address=127.0.0.1", "--socket=../socket", "--skip-name-resolve"]);
        command.arg(format!("--init-file={}", site.folder.join("accounts.sql").display()));
        command.args([
            // Given to the system with every commit, left there.
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=16M",
            "--skip-log-bin",
            "--max-allowed-packet=64M",
            "--max-connections=300",
        ]);
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::MariaDb, site)
    }
}
