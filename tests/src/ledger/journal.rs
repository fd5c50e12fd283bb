//! Writing lines.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use sched_core::{Clock, SystemClock};

use super::Error;
use super::line::{Line, Micros, What};

/// One process's file of the ledger.
///
/// A line is one write to a file that is only appended to: whoever is killed leaves whole lines.
/// Nothing is flushed to the disk, as the machine itself lives on.
#[derive(Debug)]
pub(crate) struct Journal {
    by: String,
    file: File,
    clock: SystemClock,
}

impl Journal {
    /// The file of the process that signs as `by`.
    pub(crate) fn open(folder: &Path, by: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{by}.jsonl"));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|source| Error::File { path, source })?;
        Ok(Journal { by: by.to_owned(), file, clock: SystemClock::new() })
    }

    /// The present moment, by the machine's own clock.
    pub(crate) fn now(&self) -> Micros {
        self.clock.now().as_micros()
    }

    /// Writes a line.
    ///
    /// # Panics
    /// When it cannot: a ledger with a gap would accuse the innocent.
    pub(crate) fn write(&self, what: What) {
        let line = Line { at: self.now(), by: self.by.clone(), what };
        let mut text = serde_json::to_vec(&line).expect("a line has text keys and finite numbers");
        text.push(b'\n');
        (&self.file).write_all(&text).expect("the ledger's file can be written");
    }
}
