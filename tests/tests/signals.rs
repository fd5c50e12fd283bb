//! A program ends in order when the operating system says so.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// The program, and what it says.
struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_until-signal"));
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = read(child.stdout.take().unwrap());
        let program = Program { child, lines };
        program.says("begun");
        program
    }

    fn says(&self, expected: &str) {
        let line = self.lines.recv_timeout(Duration::from_secs(30));
        assert_eq!(line.as_deref(), Ok(expected));
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    fn ends(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.child.kill();
    }
}

fn read(from: ChildStdout) -> Receiver<String> {
    let (to, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn a_signal_ends_the_program_after_its_runs() {
    for signal in ["-TERM", "-INT"] {
        let program = Program::start(&[]);
        program.signal(signal);
        for line in ["stopping", "job ended", "ended"] {
            program.says(line);
        }
        program.ends();
    }
}

#[test]
fn a_second_signal_ends_the_waiting() {
    let program = Program::start(&["stubborn"]);
    program.signal("-TERM");
    program.says("stopping");
    program.signal("-TERM");
    // The task is polled once more before it is dropped.
    program.says("job ended");
    program.says("ended");
    program.ends();
}
