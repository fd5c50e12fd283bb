//! When a store does not answer: it is asked again, less and less often, and nothing that it is
//! owed is forgotten. And what must be asked of it whenever it comes back.

use std::future::Future;
use std::time::Duration;

use crate::event::EventKind;
use crate::scheduler::Inner;
use crate::scheduler::run::Driver;
use crate::scheduler::slot::StoreSlot;
use crate::store::StoreError;

/// The first wait after a store has failed; it doubles up to the retry interval.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// How often a store's clock is read again: two clocks may drift apart by a few milliseconds
/// meanwhile.
const CLOCK_EVERY: Duration = Duration::from_secs(30);

/// The store does not answer.
pub(super) struct Down {
    wait: Duration,
    /// By the steady clock.
    pub(super) retry_at: Duration,
    /// Failures in a row.
    failures: u32,
    /// What failed last.
    operation: &'static str,
}

/// A call took longer than the scheduler's patience.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
struct NoAnswer(Duration);

impl Inner {
    /// Makes a call to the store, but does not wait for ever: a connection may hang.
    pub(super) async fn ask<T>(
        &self,
        slot: &StoreSlot,
        operation: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if slot.is_volatile() {
            return call.await;
        }
        let patience = self.settings.store_timeout;
        let answer = async {
            tokio::select! {
                biased;
                answer = call => answer,
                () = self.clock.sleep(patience) => {
                    Err(StoreError::Unavailable { operation, source: NoAnswer(patience).into() })
                }
            }
        };
        self.timed(slot, operation, answer).await
    }

    /// Makes a call to the store, for as long as it takes, and notes how long that was.
    pub(super) async fn timed<T>(
        &self,
        slot: &StoreSlot,
        operation: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if slot.is_volatile() {
            return call.await;
        }
        let asked = self.clock.steady();
        let answer = call.await;
        let took = self.clock.steady().saturating_sub(asked);
        slot.meter().answered(operation, took, answer.is_ok());
        answer
    }
}

impl Driver {
    /// Opens the store, and asks it for its time and for hints: at first, after it failed, and when
    /// its hints have ended.
    pub(super) async fn open(&mut self) {
        let (slot, clock) = (self.slot.clone(), self.inner.clock.clone());
        let opened = async {
            slot.open(&*clock).await?;
            slot.store.changes().await
        };
        match self.inner.ask(&self.slot, "open", opened).await {
            Ok(hints) => {
                (self.hints, self.reopen_at) = (hints, None);
                self.clock_at = clock.steady() + CLOCK_EVERY;
                self.report_skew();
                if self.down.is_none() {
                    self.slot.meter().is_up(true);
                }
            }
            Err(error) => self.failed("open", &error),
        }
    }

    /// Reads the store's clock anew when it is time to, or when the machine may have slept.
    pub(super) async fn keep_time(&mut self) {
        let steady = self.inner.clock.steady();
        if !self.slot.clock.is_known() || (steady < self.clock_at && !self.slot.clock.is_doubted())
        {
            return;
        }
        self.clock_at = steady + CLOCK_EVERY;
        match self.inner.ask(&self.slot, "now", self.slot.read_clock(&*self.inner.clock)).await {
            Ok(()) => self.report_skew(),
            Err(error) => self.failed("now", &error),
        }
    }

    /// Says how far the wall clock is from the store's, when that is news.
    fn report_skew(&mut self) {
        if !self.slot.clock.is_known() {
            return;
        }
        let (alias, clock) = (&self.slot.alias, &*self.inner.clock);
        #[allow(clippy::cast_precision_loss, reason = "a gauge, not a time")]
        let seconds = self.slot.clock.skew(clock) as f64 / 1e6;
        self.slot.meter().skew(seconds);
        let Some(micros) = self.slot.clock.news_of_skew(clock) else { return };
        tracing::warn!(store = %alias, seconds,
            "the wall clock is ahead of the job store's, which is the one that counts");
        self.inner.events.emit(|| EventKind::ClockSkewed { alias: alias.clone(), micros });
    }

    /// Whether the store answers, or it is time to try again.
    pub(super) fn may_try(&self) -> bool {
        self.down.as_ref().is_none_or(|down| down.retry_at <= self.inner.clock.steady())
    }

    /// Whether it has failed for so long that nobody waits for it who wants to go home.
    pub(super) fn gave_up(&self) -> bool {
        self.down.as_ref().is_some_and(|down| down.wait >= self.inner.settings.retry_interval)
    }

    /// Notes that the store failed, and says so the first time.
    pub(super) fn failed(&mut self, operation: &'static str, error: &StoreError) {
        let longest = self.inner.settings.retry_interval;
        let (wait, failures) = match &self.down {
            Some(down) => ((down.wait * 2).min(longest), down.failures + 1),
            None => (FIRST_RETRY.min(longest), 1),
        };
        let retry_at = self.inner.clock.steady() + wait;
        self.reopen_at = Some(retry_at);
        let alias = &self.slot.alias;
        if failures == 1 {
            self.slot.meter().is_up(false);
            let error = chain(error);
            tracing::error!(store = %alias, operation, %error, "the job store does not answer");
            self.inner.events.emit(|| EventKind::StoreDown { alias: alias.clone(), error });
        } else {
            tracing::warn!(store = %alias, operation, %error, failures, ?wait, "still no answer");
        }
        self.down = Some(Down { wait, retry_at, failures, operation });
        self.faults += 1;
    }

    /// Notes that the store has been read and written, which is an answer if that was what failed.
    pub(super) fn wrote(&mut self) {
        let down = self.down.as_ref();
        if down.is_some_and(|down| matches!(down.operation, "open" | "now" | "claim" | "swap")) {
            self.answered();
        }
    }

    /// Notes that the store has answered all that it was asked in a turn: one that does this and not
    /// that is not well.
    pub(super) fn answered(&mut self) {
        if self.down.take().is_some() {
            let alias = &self.slot.alias;
            self.slot.meter().is_up(true);
            tracing::info!(store = %alias, "the job store answers again");
            self.inner.events.emit(|| EventKind::StoreUp { alias: alias.clone() });
        }
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
