//! One cargo command: shown before it runs, named when it fails.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::tree;

/// A cargo command at the root of the workspace.
pub(crate) struct Step {
    shown: String,
    command: Command,
}

impl Step {
    pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(program);
        command.current_dir(tree::root());
        // `cargo run` describes xtask's own package in these. A build script that watches one
        // would run again under the next cargo that is called without them.
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        let mut step = Self { shown: "cargo".to_owned(), command };
        for argument in arguments {
            step.shown.push(' ');
            step.shown.push_str(argument);
            step.command.arg(argument);
        }
        step
    }

    /// Sets a variable for this command alone.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.shown.insert_str(0, &format!("{name}='{value}' "));
        self.command.env(name, value);
        self
    }

    /// Runs it in the foreground.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        eprintln!("\n$ {}", self.shown);
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Step { command: self.shown, status }),
            Err(source) => Err(Failure::Start { command: self.shown, source }),
        }
    }

    /// Runs it unseen, and answers whether it succeeded: to ask whether a tool is there.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}
