//! Where time comes from. Nothing else in the workspace reads the system's clock.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::time::Timestamp;

/// A source of time: the system's, or a test's.
///
/// The wall clock says what is due; it may jump. The steady clock never does, and shows how far
/// the wall clock has jumped.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never goes back, and stands still while the machine is
    /// suspended or goes on: either is fine.
    fn steady(&self) -> Duration;

    /// Returns once the steady clock shows `moment`, never earlier.
    ///
    /// Dropping the future ends the wait.
    async fn sleep_until(&self, moment: Duration);

    /// Returns once the steady clock has advanced by `span`, never earlier.
    async fn sleep(&self, span: Duration) {
        self.sleep_until(self.steady().saturating_add(span)).await;
    }

    /// Returns once the wall clock is found to have moved against the steady clock: somebody set
    /// it, or the machine was suspended. By how many microseconds; negative: back.
    ///
    /// Unless overridden, compares the two every three seconds, and overlooks less than a tenth of
    /// one.
    async fn jumped(&self) -> i64 {
        let apart = || {
            let steady = i64::try_from(self.steady().as_micros()).unwrap_or(i64::MAX);
            self.now().as_micros().saturating_sub(steady)
        };
        let before = apart();
        loop {
            self.sleep(Duration::from_secs(3)).await;
            let by = apart() - before;
            if by.abs() >= 100_000 {
                return by;
            }
        }
    }
}

/// The system's clock, with tokio's timer for waiting.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
impl SystemClock {
    /// The system's clock.
    pub fn new() -> Self {
        SystemClock { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        };
        Timestamp::from_micros(micros)
    }

    fn steady(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        match self.origin.checked_add(moment) {
            Some(moment) => tokio::time::sleep_until(moment.into()).await,
            // Later than the system can say.
            None => std::future::pending().await,
        }
    }
}
