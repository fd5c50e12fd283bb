//! What jobs will do: every fire between two moments, and where fires pile up. Nothing is run.

mod fires;
mod peaks;

use std::time::Duration;

pub use fires::{Fires, PlannedFire};
pub use peaks::{Peak, Peaks};

use sched_core::trigger::{Defaults, IntoTrigger, Trigger, TriggerError};
use sched_core::{Job, JobId, Timestamp, Zone};

use crate::moment;

/// The fires of some jobs between two moments, as a scheduler would find them that is never late
/// and whose runs take no time. Jitter is included.
///
/// ```
/// use std::time::Duration;
///
/// use sched_core::trigger::Cron;
/// use sched_testkit::Simulation;
///
/// # fn main() -> Result<(), sched_core::trigger::TriggerError> {
/// let january = Simulation::between("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
///     .trigger("backup", Cron::from_crontab("0 3 * * *"))?
///     .trigger("report", Cron::from_crontab("0 3 1 * *"))?;
/// assert_eq!(january.fires().count(), 32);
///
/// let fullest = january.peaks(Duration::from_secs(60), 1);
/// assert_eq!(fullest.peaks()[0].from.to_string(), "2026-01-01T03:00:00Z");
/// assert_eq!(fullest.peaks()[0].fires, 2);
/// println!("{fullest}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Simulation {
    from: Timestamp,
    until: Timestamp,
    zone: Zone,
    jobs: Vec<Simulated>,
}

/// A job, as far as its fires go.
#[derive(Debug, Clone)]
struct Simulated {
    id: JobId,
    trigger: Trigger,
    /// As the trigger names it.
    first: Option<Timestamp>,
    /// How many of its fires are run at most.
    most: u64,
}

impl Simulation {
    /// From the first moment on, and before the second. Triggers that name no zone have UTC.
    ///
    /// # Panics
    /// If one is not a date of RFC 3339.
    pub fn between(from: &str, until: &str) -> Self {
        let (from, until) = (moment(from), moment(until));
        Simulation { from, until, zone: Zone::UTC, jobs: Vec::new() }
    }

    /// The zone of triggers that are added from now on and name none, and of the table.
    pub fn timezone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// A job that is added at the first moment, with this id.
    ///
    /// # Errors
    /// [`TriggerError`] when the description makes no sense.
    pub fn trigger(
        mut self,
        id: impl Into<JobId>,
        trigger: impl IntoTrigger,
    ) -> Result<Self, TriggerError> {
        let trigger = trigger.into_trigger(&Defaults { zone: self.zone, now: self.from })?;
        let first = trigger.next_fire_time(None, self.from);
        self.jobs.push(Simulated { id: id.into(), trigger, first, most: u64::MAX });
        Ok(self)
    }

    /// The jobs of a scheduler, from where they stand. One that is paused or pending has no fires.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sched_core::Error> {
    /// use std::time::Duration;
    ///
    /// use sched_core::JobFilter;
    /// use sched_testkit::{Simulation, TestScheduler};
    ///
    /// let scheduler = TestScheduler::start("2026-01-01T00:00:00Z").await?;
    /// scheduler.add(|| async {}).every(Duration::from_secs(3_600)).max_runs(5).await?;
    /// let day = Simulation::between("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    /// let jobs = scheduler.get_jobs(JobFilter::all()).await?;
    /// assert_eq!(day.jobs(&jobs).fires().count(), 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(mut self, jobs: &[Job]) -> Self {
        for job in jobs {
            let trigger = job.trigger().clone();
            let next = job.next_fire_times(1).first().copied();
            let first = next.and_then(|next| self.reach(&trigger, next));
            let left = |most: u64| most.saturating_sub(job.runs_so_far());
            let most = job.max_runs().map_or(u64::MAX, left);
            self.jobs.push(Simulated { id: job.id().clone(), trigger, first, most });
        }
        self
    }

    /// The first fire from the beginning on, of those that follow `next`.
    fn reach(&self, trigger: &Trigger, next: Timestamp) -> Option<Timestamp> {
        if next >= self.from {
            return Some(next);
        }
        let last = trigger.latest_fire_time(next, self.from);
        if last == self.from { Some(last) } else { following(trigger, last) }
    }

    /// Every fire, the earliest first.
    pub fn fires(&self) -> Fires<'_> {
        Fires::new(&self.jobs, self.from, self.until)
    }

    /// The fullest spans of this length, `most` at most: the fullest first, and of equal ones the
    /// earlier. Spans are counted from 1970 on, so that those of a minute or an hour begin where
    /// the clock shows it. Takes time and memory by the number of spans that have fires.
    ///
    /// # Panics
    /// If `width` is less than a microsecond.
    pub fn peaks(&self, width: Duration, most: usize) -> Peaks {
        Peaks::of(self, width, most)
    }
}

/// The fire after this one, if every run takes no time.
fn following(trigger: &Trigger, fire: Timestamp) -> Option<Timestamp> {
    let next = if trigger.is_fixed_delay() {
        trigger.after_run(fire)
    } else {
        trigger.next_fire_time(Some(fire), fire)
    };
    next.filter(|next| *next > fire)
}
