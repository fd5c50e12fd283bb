//! Where a test and a task in another process meet: a socket with a path.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream as BlockingStream;

use rustix::process::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::stage::PATIENCE;

/// The test's side.
pub(crate) struct Meeting {
    listener: UnixListener,
    folder: TempDir,
}

impl Meeting {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join("meet")).expect("a socket");
        Meeting { listener, folder }
    }

    /// For tasks to be told.
    pub(crate) fn path(&self) -> String {
        self.folder.path().join("meet").to_str().expect("a plain path").to_owned()
    }

    /// Waits for a task to come.
    pub(crate) async fn guest(&self) -> Guest {
        let come = async {
            let (mut line, _) = self.listener.accept().await.expect("somebody comes");
            let pid = line.read_u32().await.expect("it says who it is");
            Guest { line, pid }
        };
        tokio::time::timeout(PATIENCE, come).await.expect("the task comes in time")
    }
}

/// A task that has come, as the test sees it.
pub(crate) struct Guest {
    line: UnixStream,
    pid: u32,
}

impl Guest {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.pid.cast_signed()).expect("no process is number zero")
    }

    /// Lets the task go on.
    pub(crate) async fn let_go(mut self) {
        self.line.write_all(b".").await.expect("the task is there");
    }

    /// Waits until all processes that had the task's end of the line are gone.
    pub(crate) async fn gone(mut self) {
        let mut nothing = Vec::new();
        let silence = self.line.read_to_end(&mut nothing);
        let silence = tokio::time::timeout(PATIENCE, silence).await;
        // Reset: it went with something unread.
        let _ = silence.expect("nobody holds the line any more");
    }
}

/// The task's side: comes and says who it is.
pub(crate) fn come(path: &str) -> BlockingStream {
    come_with(path, |_| {}).0
}

/// As [`come`], after something has been done with the line.
pub(crate) fn come_with<T>(
    path: &str,
    before: impl FnOnce(&BlockingStream) -> T,
) -> (BlockingStream, T) {
    let mut line = BlockingStream::connect(path).expect("the test waits there");
    let done = before(&line);
    line.write_all(&std::process::id().to_be_bytes()).expect("the test listens");
    (line, done)
}

/// Waits, whatever else happens, until the test lets go.
pub(crate) fn stay(mut line: BlockingStream) {
    line.read_exact(&mut [0]).expect("the test lets go");
}
