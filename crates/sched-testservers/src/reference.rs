//! The real APScheduler, for tests that read what it writes.

use std::io::Write;
use std::path::PathBuf;

use crate::program::{cache_folder, find_program};

/// A version of APScheduler with all that it takes to write a job store, as pip calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// What people call it.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What is unpacked into one folder.
    pub packages: &'static [&'static str],
}

impl Reference {
    /// The first of the versions that are read, and the last.
    pub const ALL: [Reference; 2] = [
        Reference {
            name: "APScheduler 3.7",
            version: "3.7.0",
            packages: &[
                "apscheduler==3.7.0",
                "sqlalchemy==1.4.54",
                "tzlocal==2.1",
                "setuptools==80.9.0",
            ],
        },
        Reference {
            name: "APScheduler 3.11",
            version: "3.11.3",
            packages: &["apscheduler==3.11.3", "sqlalchemy==2.0.44", "pytz"],
        },
    ];

    /// Where it is unpacked.
    pub fn folder(self) -> PathBuf {
        cache_folder().join(format!("apscheduler-{}", self.version))
    }

    /// Whether it is there, and Python to run it.
    pub fn is_installed(self) -> bool {
        self.folder().is_dir() && find_program("python3").is_some()
    }

    /// The folder, as a value of `PYTHONPATH`. None if it is not there; a notice on the standard
    /// error output then says so.
    ///
    /// # Panics
    /// When it is not there and `CI` is `true`.
    pub fn shared(self) -> Option<PathBuf> {
        if self.is_installed() {
            return Some(self.folder());
        }
        let text = format!(
            "{} is not there: `cargo xtask test` unpacks it where there is Python with \
             pip. What it wrote once is read instead",
            self.name
        );
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!is_ci, "{text}");
        // Not `eprintln!`: what a test prints is not shown unless it fails.
        let _ = writeln!(std::io::stderr(), "\nNOT TESTED: {text}.");
        None
    }
}
