//! A program of this package that listens on a free port, until the test is over.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct Server {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    pub(crate) address: String,
}

impl Server {
    /// Starts it; returns when it says that it listens. The address is its last argument.
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).arg("127.0.0.1:0").stdout(Stdio::piped());
        let mut child = command.spawn().expect("it was built");
        let said = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut server = Server { child, said, address: String::new() };
        let first = server.next_line();
        server.address = first.strip_prefix("listening on ").expect("it listens").to_owned();
        server
    }

    /// What it prints next.
    pub(crate) fn next_line(&mut self) -> String {
        self.said.next().expect("it goes on").expect("it prints text")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
