//! Running again what failed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::RunErrorKind::{self, Executor, Failed, Panicked, TimedOut};
use crate::time::Timestamp;

/// How often, and after how long, a run that failed is run again.
///
/// The wait doubles from `backoff` with every attempt, up to `max_backoff`, and is then shortened
/// by up to half, by chance, so that jobs that failed together do not return together. The chance
/// is a function of job and attempt. A waiting attempt is part of the stored job, and survives a
/// restart where the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    max_attempts: u32,
    backoff: Duration,
    max_backoff: Duration,
    /// The kinds of errors that are tried again, a bit for each.
    kinds: u8,
}

impl Retry {
    /// Up to `max_attempts` attempts in all, the first included; one second before the second,
    /// at most an hour before any.
    pub fn new(max_attempts: u32) -> Self {
        Retry {
            max_attempts,
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(3600),
            kinds: bits(&[Failed, Panicked, TimedOut, Executor]),
        }
    }

    /// The wait before the second attempt.
    pub fn backoff(mut self, wait: Duration) -> Self {
        self.backoff = wait;
        self
    }

    /// The longest wait before any attempt.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// Tries again only after errors of these kinds. Unless said, after all but
    /// [`BadArguments`](RunErrorKind::BadArguments), which stay bad. A run that somebody cancelled
    /// is never tried again, nor is one whose task returned [`Permanent`](crate::task::Permanent).
    pub fn only_after(mut self, kinds: &[RunErrorKind]) -> Self {
        self.kinds = bits(kinds);
        self
    }

    /// Whether an error of this kind is tried again.
    pub fn allows(&self, kind: RunErrorKind) -> bool {
        kind != RunErrorKind::Cancelled && self.kinds & bits(&[kind]) != 0
    }

    /// The most attempts in all.
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The wait before the second attempt, and the longest before any.
    pub(crate) fn waits(&self) -> (Duration, Duration) {
        (self.backoff, self.max_backoff)
    }

    /// The kinds of errors that are tried again.
    pub(crate) fn kinds(&self) -> Vec<RunErrorKind> {
        let all = [
            Failed,
            Panicked,
            TimedOut,
            RunErrorKind::Cancelled,
            RunErrorKind::BadArguments,
            Executor,
        ];
        all.into_iter().filter(|kind| self.kinds & bits(&[*kind]) != 0).collect()
    }

    /// When to try again after the given attempt (the first is 1) failed at `now`; none: no more.
    pub(crate) fn after(&self, attempt: u32, now: Timestamp, salt: u64) -> Option<Timestamp> {
        if attempt >= self.max_attempts {
            return None;
        }
        let doubled = self.backoff.saturating_mul(1 << (attempt - 1).min(30));
        let wait = doubled.min(self.max_backoff);
        let mut chance = fastrand::Rng::with_seed(salt ^ u64::from(attempt).rotate_left(32));
        Some(now + wait.mul_f64(1.0 - chance.f64() / 2.0))
    }
}

fn bits(kinds: &[RunErrorKind]) -> u8 {
    kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_their_bounds_and_end() {
        let retry =
            Retry::new(5).backoff(Duration::from_secs(2)).max_backoff(Duration::from_secs(5));
        let now = Timestamp::from_secs(1_000);
        for (attempt, longest) in [(1, 2), (2, 4), (3, 5), (4, 5)] {
            let wait = retry.after(attempt, now, 7).unwrap().since(now);
            let longest = Duration::from_secs(longest);
            assert!(wait <= longest && wait >= longest / 2, "{attempt}: {wait:?}");
        }
        assert_eq!(retry.after(5, now, 7), None);
    }

    #[test]
    fn some_errors_are_not_worth_another_attempt() {
        let usual = Retry::new(2);
        let only = Retry::new(2).only_after(&[TimedOut, RunErrorKind::Cancelled]);
        for (kind, usually, now) in [
            (Failed, true, false),
            (Panicked, true, false),
            (TimedOut, true, true),
            (RunErrorKind::Cancelled, false, false),
            (RunErrorKind::BadArguments, false, false),
            (Executor, true, false),
        ] {
            assert_eq!((usual.allows(kind), only.allows(kind)), (usually, now), "{kind:?}");
        }
    }

    #[test]
    fn jobs_that_failed_together_return_apart() {
        let retry = Retry::new(2).backoff(Duration::from_secs(100));
        let returns: std::collections::BTreeSet<_> =
            (0..50).map(|salt| retry.after(1, Timestamp::from_secs(0), salt)).collect();
        assert!(returns.len() > 45);
    }
}
