//! A job of the ledger: what it is to do, in numbers plain enough to compute with.

use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::{Cron, Date, Interval};
use sched_core::{Conflict, JobRequest, OnCrash, Retry, Timestamp};
use serde::{Deserialize, Serialize};

use super::line::Micros;

/// The task that all jobs call.
pub(crate) const TASK: &str = "work";

/// When a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    pub(crate) first: Micros,
    /// 0: it is due once.
    pub(crate) period: Micros,
    /// It is never due later.
    pub(crate) last: Micros,
    /// Told to the scheduler as a line of cron: `first` and `period` are whole seconds then, and
    /// fit a minute.
    pub(crate) cron: bool,
}

impl Rhythm {
    pub(crate) fn once(at: Micros) -> Self {
        Rhythm { first: at, period: 0, last: at, cron: false }
    }

    /// The moments from `from` on and before `until`, in order.
    pub(crate) fn between(self, from: Micros, until: Micros) -> impl Iterator<Item = Micros> {
        let skipped = match self.period {
            0 => i64::from(from > self.first),
            period => ((from - self.first).max(0) + period - 1) / period,
        };
        let step = self.period.max(1);
        let first = self.first + skipped * step;
        let end = (self.last + 1).min(until);
        let all = (0..).map(move |n| first + n * step).take_while(move |at| *at < end);
        all.take(if self.period == 0 { usize::from(skipped == 0) } else { usize::MAX })
    }

    /// Whether it names this moment.
    pub(crate) fn names(self, at: Micros) -> bool {
        self.between(at, at + 1).next().is_some()
    }
}

/// One job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Duty {
    pub(crate) id: String,
    pub(crate) rhythm: Rhythm,
    /// How long a run takes, in milliseconds.
    pub(crate) work_ms: u64,
    /// How many attempts fail before one succeeds.
    pub(crate) failures: u32,
    /// The most attempts; 0: a run is not tried again.
    pub(crate) attempts: u32,
    pub(crate) max_instances: u32,
    pub(crate) coalesce: bool,
    /// Whether a run whose scheduler died is run again.
    pub(crate) rerun: bool,
    pub(crate) grace_ms: Option<u64>,
}

impl Duty {
    /// A short job that is run again after a crash.
    pub(crate) fn short(id: String, rhythm: Rhythm) -> Self {
        Duty {
            id,
            rhythm,
            work_ms: 50,
            failures: 0,
            attempts: 0,
            max_instances: 3,
            coalesce: true,
            rerun: true,
            grace_ms: None,
        }
    }

    /// The job for a scheduler.
    pub(crate) fn request(&self) -> JobRequest {
        let args = Args::of(&(self.work_ms, self.failures)).expect("numbers are JSON");
        let request = JobRequest::new(Invocation::named(TASK, args))
            .id(self.id.as_str())
            // It may be there already if an earlier attempt to add it failed.
            .on_conflict(Conflict::Keep)
            .max_instances(self.max_instances)
            .coalesce(self.coalesce)
            .misfire_grace_time(self.grace_ms.map(Duration::from_millis))
            .on_crash(if self.rerun { OnCrash::Rerun } else { OnCrash::Skip })
            .retry(
                (self.attempts > 0)
                    .then(|| Retry::new(self.attempts).backoff(Duration::from_millis(500))),
            );
        match self.rhythm {
            Rhythm { first, period: 0, .. } => {
                request.trigger(Date::at(Timestamp::from_micros(first)))
            }
            rhythm if rhythm.cron => request.trigger(rhythm.cron()),
            rhythm => request.trigger(rhythm.interval()),
        }
    }
}

impl Rhythm {
    /// As an interval.
    pub(crate) fn interval(self) -> Interval {
        Interval::every(Duration::from_micros(self.period.unsigned_abs()))
            .start_date(Timestamp::from_micros(self.first))
            .end_date(Timestamp::from_micros(self.last))
    }

    fn cron(self) -> Cron {
        let period = self.period / 1_000_000;
        let offset = (self.first / 1_000_000).rem_euclid(period);
        Cron::new()
            .second(format!("{offset}-59/{period}"))
            .timezone(sched_core::Zone::UTC)
            .start_date(Timestamp::from_micros(self.first))
            .end_date(Timestamp::from_micros(self.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_names_its_first_moment_and_no_later_one_than_its_last() {
        let rhythm = Rhythm { first: 10, period: 5, last: 25, cron: false };
        let between = |from, until| rhythm.between(from, until).collect::<Vec<_>>();
        assert_eq!(between(0, 100), [10, 15, 20, 25]);
        assert_eq!(between(11, 20), [15]);
        assert_eq!(between(15, 15), [0; 0]);
        assert_eq!(between(26, 100), [0; 0]);
        assert!(rhythm.names(10) && rhythm.names(25) && !rhythm.names(30) && !rhythm.names(12));
        let once = Rhythm::once(7);
        assert_eq!(once.between(0, 100).collect::<Vec<_>>(), [7]);
        assert!(once.names(7) && !once.names(8) && !once.names(6));
    }
}
