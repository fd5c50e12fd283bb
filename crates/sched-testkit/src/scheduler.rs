//! A scheduler whose time a test moves.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::{
    Error, Event, EventMask, InlineExecutor, JobId, Scheduler, SchedulerBuilder, Timestamp, Zone,
};

use crate::clock::ManualClock;

/// How long everything may take to settle, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A fire that was run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fired {
    /// The job.
    pub job_id: JobId,
    /// The moment that its trigger named.
    pub scheduled: Timestamp,
}

/// A scheduler under a [`ManualClock`], with everything that it tells.
///
/// Needs a single-threaded tokio runtime, which is what `#[tokio::test]` makes. Derefs to the
/// [`Scheduler`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sched_core::Error> {
/// use std::time::Duration;
/// use sched_core::EventMask;
/// use sched_testkit::TestScheduler;
///
/// let mut test = TestScheduler::start("2026-01-01T00:00:00Z").await?;
/// test.add(|| async {}).cron("0 9 * * *").await?;
/// test.advance(Duration::from_secs(365 * 86_400)).await;
/// assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 365);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestScheduler {
    scheduler: Scheduler,
    clock: ManualClock,
    events: EventStream,
    told: Vec<Arc<Event>>,
}

impl TestScheduler {
    /// A started scheduler, in UTC, with the inline executor and a memory store, at this moment.
    ///
    /// # Errors
    /// As [`Scheduler::start`].
    ///
    /// # Panics
    /// If `now` is not a date of RFC 3339.
    pub async fn start(now: &str) -> Result<Self, Error> {
        Self::start_hearing(EventMask::all(), now).await
    }

    /// As [`start`](Self::start), but hears only the kinds in `mask`, and the others are not even
    /// made: a year of many jobs passes in less time and memory.
    ///
    /// # Errors
    /// As [`Scheduler::start`].
    ///
    /// # Panics
    /// If `now` is not a date of RFC 3339.
    pub async fn start_hearing(mask: EventMask, now: &str) -> Result<Self, Error> {
        let clock = ManualClock::at(moment(now));
        let with_executor =
            |builder: SchedulerBuilder| builder.executor("default", InlineExecutor::new());
        let test = Self::make(clock, mask, with_executor)?;
        test.scheduler.start().await?;
        Ok(test)
    }

    /// A scheduler that is not started, in UTC unless `describe` says otherwise, at this moment.
    ///
    /// # Errors
    /// As [`SchedulerBuilder::build`].
    ///
    /// # Panics
    /// If `now` is not a date of RFC 3339.
    pub fn build(
        now: &str,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Result<Self, Error> {
        Self::under(ManualClock::at(moment(now)), describe)
    }

    /// As [`build`](Self::build), under a clock that others may share: other schedulers, or the
    /// jobs themselves.
    ///
    /// # Errors
    /// As [`SchedulerBuilder::build`].
    pub fn under(
        clock: ManualClock,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Result<Self, Error> {
        Self::make(clock, EventMask::all(), describe)
    }

    fn make(
        clock: ManualClock,
        mask: EventMask,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Result<Self, Error> {
        let builder = Scheduler::builder().timezone(Zone::UTC).clock(Arc::new(clock.clone()));
        let scheduler = describe(builder).build()?;
        let events = scheduler.events(mask);
        Ok(TestScheduler { scheduler, clock, events, told: Vec::new() })
    }

    /// The clock, to be moved by itself.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Lets time pass: step by step, from one sleeper to the next, letting everything settle at
    /// each step.
    pub async fn advance(&mut self, span: Duration) {
        let mut left = span;
        loop {
            self.settle().await;
            let step = self.clock.until_next_sleeper().filter(|step| *step <= left);
            self.clock.advance(step.unwrap_or(left));
            left -= step.unwrap_or(left);
            if step.is_none() {
                return self.settle().await;
            }
        }
    }

    /// Lets time pass until the wall clock shows this moment; at once if it already does.
    ///
    /// # Panics
    /// If `to` is not a date of RFC 3339.
    pub async fn advance_to(&mut self, to: &str) {
        let span = moment(to).since(self.scheduler.now());
        self.advance(span).await;
    }

    /// Waits until there is nothing to do at the present moment.
    ///
    /// # Panics
    /// When that takes half a minute of real time: a run waits for something other than
    /// [`Context::sleep`](sched_core::Context::sleep), or something goes round in circles.
    pub async fn settle(&mut self) {
        // Nearly always a few turns are enough, and no timer is needed.
        for _ in 0..100 {
            if self.is_settled() {
                return;
            }
            tokio::task::yield_now().await;
        }
        let settled = async {
            while !self.is_settled() {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(PATIENCE, settled).await.is_err() {
            panic!("not settled after {PATIENCE:?}; live runs: {:#?}", self.scheduler.local_runs());
        }
    }

    fn is_settled(&mut self) -> bool {
        let settled = self.scheduler.is_idle() && self.clock.is_settled();
        self.hear();
        settled
    }

    /// Takes what has been told since the last time, of the kinds in `mask`; the other kinds go.
    pub fn take(&mut self, mask: EventMask) -> Vec<Arc<Event>> {
        self.hear();
        let told = std::mem::take(&mut self.told);
        told.into_iter().filter(|event| mask.contains(event.code())).collect()
    }

    /// Takes the fires whose runs have succeeded or failed since the last time, in the order in
    /// which they ended; everything else that was told goes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sched_core::Error> {
    /// use sched_testkit::{Fired, TestScheduler, moment};
    ///
    /// let mut test = TestScheduler::start("2026-01-01T00:00:00Z").await?;
    /// test.add(|| async {}).id("report").cron("0 9 1 * *").await?;
    /// test.advance_to("2026-03-15T00:00:00Z").await;
    /// let on = |date| Fired { job_id: "report".into(), scheduled: moment(date) };
    /// let months = ["2026-01-01T09:00:00Z", "2026-02-01T09:00:00Z", "2026-03-01T09:00:00Z"];
    /// assert_eq!(test.take_fired(), months.map(on));
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_fired(&mut self) -> Vec<Fired> {
        self.hear();
        let ends = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR;
        let told = self.told.drain(..).filter(|event| ends.contains(event.code()));
        let fired = told.filter_map(|event| {
            let run = event.run()?;
            Some(Fired { job_id: run.job_id.clone(), scheduled: run.scheduled_run_time })
        });
        fired.collect()
    }

    /// Hears what has been told, before the stream forgets it.
    fn hear(&mut self) {
        while let Some(item) = self.events.try_next() {
            match item {
                StreamItem::Event(event) => self.told.push(event),
                other => panic!("events were lost: {other:?}"),
            }
        }
    }
}

impl Deref for TestScheduler {
    type Target = Scheduler;

    fn deref(&self) -> &Scheduler {
        &self.scheduler
    }
}

/// The moment that a text of RFC 3339 names.
///
/// # Panics
/// If it does not name one.
pub fn moment(text: &str) -> Timestamp {
    let date = chrono::DateTime::parse_from_rfc3339(text);
    date.unwrap_or_else(|error| panic!("{text:?}: {error}")).into()
}
