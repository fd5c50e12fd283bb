//! Running until somebody, or the operating system, says stop.

use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::error::Error;
use crate::scheduler::{Scheduler, SchedulerState, Shutdown};

impl Scheduler {
    /// Starts, and returns once the scheduler has been shut down: by somebody, or, waiting for
    /// live runs, at Ctrl-C or SIGTERM. A second signal ends the waiting.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn run(&self) -> Result<(), Error> {
        Handle::try_current().map_err(|_| Error::NoRuntime)?;
        // Before anything has begun that a signal could cut short.
        let mut signals = Signals::listen();
        self.start().await?;
        let mut status = self.inner.status.subscribe();
        let stopped = async {
            // An error would say that the scheduler is gone; this handle holds it.
            let _ = status.wait_for(|state| *state == SchedulerState::Stopped).await;
        };
        tokio::select! {
            () = stopped => return Ok(()),
            () = signals.next() => {}
        }
        let ended = tokio::select! {
            ended = self.shutdown(Shutdown::Wait) => ended,
            () = signals.next() => self.shutdown(Shutdown::WaitAtMost(Duration::ZERO)).await,
        };
        match ended {
            // Somebody else was faster.
            Err(Error::NotRunning) => Ok(()),
            other => other,
        }
    }
}

#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;
#[cfg(windows)]
type Signal = tokio::signal::windows::CtrlC;

/// Ctrl-C and SIGTERM, from the moment at which it is made; the latter on Unix only.
struct Signals(Vec<Signal>);

impl Signals {
    /// Must be called inside a tokio runtime.
    #[cfg(unix)]
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [("SIGINT", SignalKind::interrupt()), ("SIGTERM", SignalKind::terminate())];
        let heard = kinds.map(|(name, kind)| hearable(name, signal(kind)));
        Signals(heard.into_iter().flatten().collect())
    }

    /// Must be called inside a tokio runtime.
    #[cfg(windows)]
    fn listen() -> Self {
        Signals(hearable("Ctrl-C", tokio::signal::windows::ctrl_c()).into_iter().collect())
    }

    /// Returns when one has come since the last time.
    async fn next(&mut self) {
        std::future::poll_fn(|cx| {
            let mut came = self.0.iter_mut().map(|signal| signal.poll_recv(cx));
            if came.any(|came| came.is_ready()) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

fn hearable<S>(name: &str, signal: std::io::Result<S>) -> Option<S> {
    signal.inspect_err(|error| tracing::error!(%error, name, "a signal cannot be heard")).ok()
}
