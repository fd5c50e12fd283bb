//! A wall clock that is wrong, and then wrong in another way.

use std::time::Duration;

use async_trait::async_trait;
use sched_core::{Clock, SystemClock, Timestamp};

/// The system's clock, ahead of itself by a fixed span, and from one moment on by another.
#[derive(Debug)]
pub(crate) struct SkewedClock {
    true_clock: SystemClock,
    /// In microseconds, as all here.
    ahead: i64,
    jump: i64,
    jumps_at: Duration,
}

impl SkewedClock {
    /// A clock that is `ahead_ms` ahead, and `jump_ms` more when it has run for `jumps_after`.
    pub(crate) fn new(ahead_ms: i64, jump_ms: i64, jumps_after: Duration) -> Self {
        let true_clock = SystemClock::new();
        let jumps_at = true_clock.steady() + jumps_after;
        SkewedClock { true_clock, ahead: ahead_ms * 1_000, jump: jump_ms * 1_000, jumps_at }
    }
}

#[async_trait]
impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let has_jumped = self.steady() >= self.jumps_at;
        let wrong_by = self.ahead + if has_jumped { self.jump } else { 0 };
        Timestamp::from_micros(self.true_clock.now().as_micros() + wrong_by)
    }

    fn steady(&self) -> Duration {
        self.true_clock.steady()
    }

    async fn sleep_until(&self, moment: Duration) {
        self.true_clock.sleep_until(moment).await;
    }
}
