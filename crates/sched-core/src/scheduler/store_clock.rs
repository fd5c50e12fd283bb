//! What time it is in a store: the time by which its fires and leases are judged, whatever the
//! wall clocks of the schedulers that share it say.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::time::Timestamp;

/// How far, in microseconds, a wall clock may move from the store's without a word.
const NOTABLE: u64 = 1_000_000;
/// The store's clock has not been read, or it has none.
const NONE: i64 = i64::MIN;

/// The store's clock, carried on by the steady clock of this process between two looks at it: a
/// wall clock that is wrong, or is set, changes nothing.
#[derive(Debug)]
pub(crate) struct StoreClock {
    /// The store's time less the steady clock, in microseconds.
    ahead: AtomicI64,
    /// Whether the machine may have been suspended since the store's clock was read.
    doubted: AtomicBool,
    /// The skew that was last told of.
    told: AtomicI64,
}

impl Default for StoreClock {
    fn default() -> Self {
        StoreClock {
            ahead: AtomicI64::new(NONE),
            doubted: AtomicBool::new(false),
            told: AtomicI64::new(0),
        }
    }
}

impl StoreClock {
    /// The store's time; the wall clock's where the store has none.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        match self.ahead.load(Ordering::Acquire) {
            NONE => clock.now(),
            ahead => Timestamp::from_micros(micros(clock.steady()).saturating_add(ahead)),
        }
    }

    /// Takes up what the store's clock said between two moments of the steady clock.
    ///
    /// Of the times that it may be now, the earliest is taken, so that no fire is early. What was
    /// found before stands as long as it may be true: it is later, and so nearer.
    pub(crate) fn read(&self, theirs: Option<Timestamp>, asked: Duration, answered: Duration) {
        self.doubted.store(false, Ordering::Release);
        let Some(theirs) = theirs.map(Timestamp::as_micros) else {
            return self.ahead.store(NONE, Ordering::Release);
        };
        let earliest = theirs.saturating_sub(micros(answered));
        let latest = theirs.saturating_sub(micros(asked));
        let before = self.ahead.load(Ordering::Acquire);
        if !(earliest..=latest).contains(&before) {
            self.ahead.store(earliest, Ordering::Release);
        }
    }

    /// By how many microseconds the wall clock is ahead of the store's, if that has changed enough
    /// since it was last told to be worth a word.
    pub(crate) fn news_of_skew(&self, clock: &dyn Clock) -> Option<i64> {
        let skew = self.skew(clock);
        let is_news = skew.abs_diff(self.told.load(Ordering::Relaxed)) >= NOTABLE;
        is_news.then(|| {
            self.told.store(skew, Ordering::Relaxed);
            skew
        })
    }

    /// By how many microseconds the wall clock is ahead of the store's.
    pub(crate) fn skew(&self, clock: &dyn Clock) -> i64 {
        clock.now().as_micros().saturating_sub(self.now(clock).as_micros())
    }

    pub(crate) fn is_known(&self) -> bool {
        self.ahead.load(Ordering::Acquire) != NONE
    }

    /// The steady clock may have stood still: the store's is to be read again.
    pub(crate) fn doubt(&self) {
        self.doubted.store(true, Ordering::Release);
    }

    pub(crate) fn is_doubted(&self) -> bool {
        self.doubted.load(Ordering::Acquire)
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct At(i64, Duration);

    #[async_trait::async_trait]
    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0)
        }
        fn steady(&self) -> Duration {
            self.1
        }
        async fn sleep_until(&self, _: Duration) {}
    }

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn at(wall_ms: i64, steady: Duration) -> At {
        At(wall_ms * 1_000, steady)
    }

    fn millis(count: i64) -> Option<Timestamp> {
        Some(Timestamp::from_micros(count * 1_000))
    }

    #[test]
    fn a_store_without_a_clock_has_that_of_the_wall() {
        let clock = StoreClock::default();
        assert_eq!(clock.now(&at(70, ms(5))).as_micros(), 70_000);
        clock.read(None, ms(1), ms(2));
        assert_eq!(clock.now(&at(71, ms(6))).as_micros(), 71_000);
        assert!(!clock.is_known());
    }

    #[test]
    fn the_wall_clock_does_not_matter_where_the_store_has_one() {
        let clock = StoreClock::default();
        clock.read(millis(1_000), ms(10), ms(10));
        assert_eq!(clock.now(&at(-600_000, ms(15))).as_micros(), 1_005_000);
        assert_eq!(clock.now(&at(600_000, ms(15))).as_micros(), 1_005_000);
        assert_eq!(clock.news_of_skew(&at(2_004, ms(15))), None);
        assert_eq!(clock.news_of_skew(&at(2_005, ms(15))), Some(1_000_000));
        assert_eq!(clock.news_of_skew(&at(2_904, ms(15))), None);
        assert_eq!(clock.news_of_skew(&at(5, ms(15))), Some(-1_000_000));
    }

    #[test]
    fn it_is_never_ahead_and_a_quicker_answer_brings_it_nearer() {
        let clock = StoreClock::default();
        // Asked at 0, answered at 80: the store's clock said 1,000 at some time between.
        clock.read(millis(1_000), ms(0), ms(80));
        assert_eq!(clock.now(&at(0, ms(80))).as_micros(), 1_000_000);
        clock.read(millis(1_150), ms(100), ms(102));
        assert_eq!(clock.now(&at(0, ms(102))).as_micros(), 1_150_000);
        // A slow answer that may mean the same takes nothing away.
        clock.read(millis(1_250), ms(180), ms(300));
        assert_eq!(clock.now(&at(0, ms(300))).as_micros(), 1_348_000);
        // The store's clock was set back: it is believed.
        clock.read(millis(900), ms(400), ms(402));
        assert_eq!(clock.now(&at(0, ms(402))).as_micros(), 900_000);
    }
}
