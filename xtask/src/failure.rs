//! Why a command of xtask did not succeed.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("`{command}` could not be started")]
    Start {
        command: String,
        #[source]
        source: io::Error,
    },
    #[error("`{command}` failed ({status})")]
    Step { command: String, status: ExitStatus },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Server(#[from] sched_testservers::Error),
    #[error("there is no apt-get to install {what}: do it yourself, or start Docker for servers")]
    NoInstaller { what: String },
    #[error("{0}")]
    Servers(String),
    #[error("what cargo says of the packages cannot be read")]
    Metadata(#[source] serde_json::Error),
    #[error("signals cannot be watched")]
    Signals(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error("{check}: {count} to mend, listed above")]
    Findings { check: &'static str, count: usize },
}
