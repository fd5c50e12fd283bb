//! Running until somebody, or the operating system, says stop.

use std::time::Duration;

use crate::error::Error;
use crate::scheduler::{Scheduler, SchedulerState, Shutdown};

impl Scheduler {
    /// Starts, and returns once the scheduler has been shut down: by somebody, or, waiting for
    /// live runs, at Ctrl-C or SIGTERM. A second signal ends the waiting.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn run(&self) -> Result<(), Error> {
        self.start().await?;
        let mut status = self.inner.status.subscribe();
        let stopped = async {
            // An error would say that the scheduler is gone; this handle holds it.
            let _ = status.wait_for(|state| *state == SchedulerState::Stopped).await;
        };
        tokio::select! {
            () = stopped => return Ok(()),
            () = asked_to_end() => {}
        }
        let ended = tokio::select! {
            ended = self.shutdown(Shutdown::Wait) => ended,
            () = asked_to_end() => self.shutdown(Shutdown::WaitAtMost(Duration::ZERO)).await,
        };
        match ended {
            // Somebody else was faster.
            Err(Error::NotRunning) => Ok(()),
            other => other,
        }
    }
}

/// Returns at Ctrl-C or SIGTERM.
async fn asked_to_end() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
