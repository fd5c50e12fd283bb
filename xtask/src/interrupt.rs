//! Ctrl-C, and being told to end: what was started is ended first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, process, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::step;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// True from the first such signal on: nothing new is begun.
pub(crate) fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

/// From now on the first signal lets the command at work end, and the rest is not begun. A second
/// one ends everything at once.
pub(crate) fn watch() -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if INTERRUPTED.swap(true, Ordering::SeqCst) {
                // As a shell says it of a command that a signal has ended.
                process::exit(128 + signal);
            }
            // A terminal has told the whole group already.
            if signal != SIGINT {
                step::end_current();
            }
        }
    })?;
    Ok(())
}
