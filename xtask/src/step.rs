//! One cargo command: shown before it runs, named when it fails.

use std::ffi::{OsStr, OsString};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::{interrupt, tree};

/// The command that runs in the foreground.
static CURRENT: Mutex<Option<Pid>> = Mutex::new(None);

/// Asks the command that runs in the foreground to end.
pub(crate) fn end_current() {
    if let Some(pid) = *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) {
        // It may just have ended.
        let _ = kill_process(pid, Signal::TERM);
    }
}

fn set_current(child: Option<&Child>) {
    let pid = child.and_then(|child| i32::try_from(child.id()).ok()).and_then(Pid::from_raw);
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = pid;
}

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

    /// Sets variables for this command alone, and does not show them.
    pub(crate) fn envs(
        mut self,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        self.command.envs(variables);
        self
    }

    /// Runs it in the foreground. Nothing runs any more after an interruption.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let interrupted = || interrupt::flag().load(Ordering::SeqCst);
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        eprintln!("\n$ {}", self.shown);
        let status = self.command.spawn().and_then(|mut child| {
            set_current(Some(&child));
            let status = child.wait();
            set_current(None);
            status
        });
        match status {
            Ok(_) if interrupted() => Err(Failure::Interrupted),
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Step { command: self.shown, status }),
            Err(source) => Err(Failure::Start { command: self.shown, source }),
        }
    }

    /// Runs it unseen, and answers with what it prints.
    pub(crate) fn output(mut self) -> Result<Vec<u8>, Failure> {
        match self.command.stdin(Stdio::null()).stderr(Stdio::inherit()).output() {
            Ok(output) if output.status.success() => Ok(output.stdout),
            Ok(output) => Err(Failure::Step { command: self.shown, status: output.status }),
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
