//! Answers cases of the trigger conformance corpus: one a line in, one answer a line out.

use std::io::{self, BufRead, BufWriter, Write};
use std::panic::catch_unwind;

use sched_tests::oracle::answer;

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        // A defect must cost one case, not all that follow; the panic is reported on stderr.
        let answer = catch_unwind(|| answer(&line)).unwrap_or_else(|_| {
            r#"{"id": null, "got": [], "error": true, "message": "panicked"}"#.to_owned()
        });
        writeln!(out, "{answer}")?;
    }
    out.flush()
}
