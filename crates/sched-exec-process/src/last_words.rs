//! What a worker writes to its standard error: passed on, and its end remembered for the case
//! that the worker dies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;

const REMEMBERED: usize = 8 * 1024;

/// How long a dead worker's words are waited for. They have all been said; but a process that it
/// started may keep the pipe open.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct LastWords {
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Ends with the pipe.
    listener: JoinHandle<()>,
}

impl LastWords {
    pub(crate) fn listen(stderr: ChildStderr) -> Self {
        let tail = Arc::default();
        let listener = tokio::spawn(pass_on(stderr, Arc::clone(&tail)));
        LastWords { tail, listener }
    }

    /// From here on it is another run that speaks.
    pub(crate) fn forget(&self) {
        locked(&self.tail).clear();
    }

    /// All that was remembered, once there will be no more.
    pub(crate) async fn take(&mut self) -> String {
        let _ = tokio::time::timeout(PATIENCE, &mut self.listener).await;
        let mut tail = locked(&self.tail);
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }
}

async fn pass_on(mut stderr: ChildStderr, tail: Arc<Mutex<VecDeque<u8>>>) {
    let mut ours = tokio::io::stderr();
    let mut piece = [0; 4096];
    // A pipe that cannot be read has ended, too.
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        remember(&mut locked(&tail), &piece[..length]);
        // Nobody may hear it here; it is remembered all the same.
        let _ = ours.write_all(&piece[..length]).await;
        let _ = ours.flush().await;
    }
}

fn remember(tail: &mut VecDeque<u8>, piece: &[u8]) {
    tail.extend(piece);
    let excess = tail.len().saturating_sub(REMEMBERED);
    tail.drain(..excess);
}

fn locked(tail: &Mutex<VecDeque<u8>>) -> MutexGuard<'_, VecDeque<u8>> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_remembered_however_much_was_said() {
        let mut tail = VecDeque::new();
        let said: Vec<u8> = (0..3 * REMEMBERED).map(|at| (at % 251) as u8).collect();
        for piece in said.chunks(1000) {
            remember(&mut tail, piece);
        }
        assert_eq!(tail, &said[2 * REMEMBERED..]);
    }
}
