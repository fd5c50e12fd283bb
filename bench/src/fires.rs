//! What jobs note when they run, and what it comes to.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sched_core::Timestamp;
use tokio::sync::Notify;

use crate::figure::Figures;

/// In place of a lateness: it has not run.
const NOT_RUN: u32 = u32::MAX;

/// Fires that are expected, each with a number from 0 on.
#[derive(Debug)]
pub(crate) struct Fires {
    /// For each how late it ran, in microseconds. Four bytes each, so that what is measured is
    /// the scheduler's memory and not this.
    late: Vec<AtomicU32>,
    early: AtomicUsize,
    twice: AtomicUsize,
    left: AtomicUsize,
    all_ran: Notify,
}

impl Fires {
    pub(crate) fn expect(count: usize) -> Self {
        Fires {
            late: (0..count).map(|_| AtomicU32::new(NOT_RUN)).collect(),
            early: AtomicUsize::new(0),
            twice: AtomicUsize::new(0),
            left: AtomicUsize::new(count),
            all_ran: Notify::new(),
        }
    }

    /// Fire `number`, due at `scheduled`, runs.
    pub(crate) fn ran(&self, number: usize, scheduled: Timestamp) {
        let late = now().as_micros() - scheduled.as_micros();
        if late < 0 {
            self.early.fetch_add(1, Ordering::Relaxed);
        }
        let late = u32::try_from(late.max(0)).unwrap_or(NOT_RUN - 1);
        if self.late[number].swap(late, Ordering::Relaxed) != NOT_RUN {
            self.twice.fetch_add(1, Ordering::Relaxed);
        } else if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.all_ran.notify_one();
        }
    }

    /// Returns when all have run, or when `limit` has passed.
    pub(crate) async fn wait(&self, limit: Duration) {
        // Those that are missing then are printed as lost.
        let _ = tokio::time::timeout(limit, self.all_ran.notified()).await;
    }

    /// How many ran, and how often something went wrong.
    pub(crate) fn print_counts(&self, figures: &Figures) {
        let ran = self.lateness().count();
        figures.count("fired", ran);
        figures.count("fired_twice", self.twice.load(Ordering::Acquire));
        figures.count("fired_early", self.early.load(Ordering::Acquire));
        figures.count("lost", self.late.len() - ran);
    }

    fn lateness(&self) -> impl Iterator<Item = u32> {
        self.late.iter().map(|late| late.load(Ordering::Acquire)).filter(|late| *late != NOT_RUN)
    }

    /// As well how late they were.
    pub(crate) fn print(&self, figures: &Figures) {
        self.print_counts(figures);
        let mut late: Vec<u32> = self.lateness().collect();
        late.sort_unstable();
        if late.is_empty() {
            return;
        }
        let at = |share: f64| f64::from(late[((late.len() - 1) as f64 * share) as usize]) / 1e3;
        figures.print("late_ms_min", at(0.0));
        figures.print("late_ms_p50", at(0.5));
        figures.print("late_ms_p99", at(0.99));
        figures.print("late_ms_max", at(1.0));
    }
}

/// The wall clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
