//! How a process knows that it is a worker.
//!
//! A variable in its environment names the socket that it has for standard input. Whoever inherits
//! the variable but not the socket, such as a program that a task starts, is no worker. The
//! variable stays: taking one out of the environment is not safe once there are threads.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// The variable.
pub(crate) const VARIABLE: &str = "SCHED_PROCESS_WORKER";

/// Whether this process has taken up its work; its standard input is another one from then on.
static AT_WORK: AtomicBool = AtomicBool::new(false);

/// The variable's value for this end of a socket.
pub(crate) fn of(end: impl AsFd) -> io::Result<String> {
    Ok(value(&metadata(end)?))
}

/// Whether this process was started as a worker.
pub(crate) fn is_here() -> bool {
    AT_WORK.load(Ordering::SeqCst) || is_marked()
}

/// The way to the pool, if this process was started as a worker and has not taken it yet. Nothing
/// is left of it in standard input, which has an end at once.
pub(crate) fn take() -> io::Result<Option<UnixStream>> {
    if AT_WORK.load(Ordering::SeqCst) || !is_marked() {
        return Ok(None);
    }
    let stdin = io::stdin();
    let pool: OwnedFd = stdin.as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    AT_WORK.store(true, Ordering::SeqCst);
    Ok(Some(UnixStream::from(pool)))
}

fn is_marked() -> bool {
    let Ok(mark) = std::env::var(VARIABLE) else { return false };
    let stdin = metadata(io::stdin());
    stdin.is_ok_and(|stdin| stdin.file_type().is_socket() && value(&stdin) == mark)
}

fn value(socket: &Metadata) -> String {
    format!("{}-{}", socket.dev(), socket.ino())
}

fn metadata(end: impl AsFd) -> io::Result<Metadata> {
    File::from(end.as_fd().try_clone_to_owned()?).metadata()
}
