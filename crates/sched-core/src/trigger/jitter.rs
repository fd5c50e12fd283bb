//! Jitter: a pseudo-random delay on top of the fire times that a trigger names.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Defaults, IntoTrigger, Trigger, TriggerError};
use crate::time::Timestamp;

/// How much a trigger's fires are delayed, and the seed that the delays are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jitter {
    /// In microseconds.
    most: NonZeroU64,
    seed: u64,
}

impl Jitter {
    /// None when `most` is shorter than a microsecond.
    pub(crate) fn new(most: Duration, seed: u64) -> Option<Jitter> {
        let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        NonZeroU64::new(micros).map(|most| Jitter { most, seed })
    }

    /// The longest delay.
    pub fn most(&self) -> Duration {
        Duration::from_micros(self.most.get())
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// `nominal` plus a delay of at most [`most`](Self::most), and at most `room` microseconds.
    ///
    /// Where there is less room the delay is drawn from what there is, rather than cut off: fires
    /// should not gather at the end date.
    pub(crate) fn delay(&self, salt: u64, nominal: Timestamp, room: u64) -> Timestamp {
        let choices = u128::from(self.most.get().min(room)) + 1;
        let random = mix(mix(self.seed ^ mix(salt)) ^ nominal.as_micros().cast_unsigned());
        let delay = (u128::from(random) * choices) >> 64;
        nominal + Duration::from_micros(u64::try_from(delay).unwrap_or(u64::MAX))
    }
}

/// The finalizer of SplitMix64: every bit of the result depends on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A trigger description with jitter; made by [`IntoTrigger::jitter`].
#[derive(Debug, Clone)]
pub struct Jittered<T> {
    inner: T,
    most: Duration,
    seed: u64,
}

impl<T> Jittered<T> {
    pub(super) fn new(inner: T, most: Duration) -> Self {
        Jittered { inner, most, seed: 0 }
    }

    /// The seed that the delays are drawn from, 0 if none is given.
    ///
    /// The scheduler adds a salt of each job's own, so jobs with the same trigger and seed are
    /// still spread.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl<T: IntoTrigger> IntoTrigger for Jittered<T> {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        let trigger = self.inner.into_trigger(defaults)?;
        Ok(trigger.with_jitter(Jitter::new(self.most, self.seed)))
    }
}
