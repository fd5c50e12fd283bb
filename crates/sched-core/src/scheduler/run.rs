//! The loop: one driver for each store.
//!
//! It notes what has ended, claims what is due, and sleeps until something is due or somebody
//! says that something has changed. It never waits for a task, a listener or an executor.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tracing::Instrument;

use crate::event::{EventKind, ParkReason};
use crate::executor::Ended;
use crate::job::{JobId, JobSpec, LiveBody, Schedule};
use crate::scheduler::Inner;
use crate::scheduler::slot::{Mode, StoreSlot};
use crate::store::StoreError;
use crate::task::Task;
use crate::time::Timestamp;

/// The most ends taken up at once.
const ENDS: usize = 4_096;
/// The first wait after a store has failed; it doubles up to the retry interval.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// How soon a store is asked for hints again that told that there are no more.
const REOPEN: Duration = Duration::from_secs(1);
/// The longest sleep, so that no timer is asked for more than it can do.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The most jobs without an executor that are reported at once.
const STRAYS: usize = 100;

/// A job with a live run of this scheduler, as it was when last written or read: saves a read
/// when the run ends, and a conditional write finds out if it is stale.
pub(super) struct Known {
    pub(super) revision: u64,
    pub(super) live: LiveBody,
}

/// The store does not answer.
struct Down {
    wait: Duration,
    /// By the steady clock.
    retry_at: Duration,
    /// Failures in a row.
    failures: u32,
}

/// The loop of one store.
pub(super) struct Driver {
    pub(super) inner: Arc<Inner>,
    pub(super) slot: Arc<StoreSlot>,
    /// Given to every run, to tell of its end.
    pub(super) ends: UnboundedSender<Ended>,
    ended: UnboundedReceiver<Ended>,
    /// Ends that are not yet written: fresh ones, and those owed to a store that failed.
    pub(super) owed: Vec<Ended>,
    pub(super) known: HashMap<JobId, Known>,
    down: Option<Down>,
    /// The store's clock less ours, in microseconds.
    pub(super) offset: i64,
    /// Jobs that were reported as parked, to report each once.
    parked: HashSet<JobId>,
    /// Whether there are jobs for executors that this scheduler lacks.
    strays: bool,
    /// When to look for such again, by the steady clock.
    strays_at: Duration,
    hints: Option<BoxStream<'static, ()>>,
    /// By the steady clock: when to open the store (again), for its time and its hints.
    reopen_at: Option<Duration>,
}

impl Driver {
    pub(super) fn new(inner: Arc<Inner>, slot: Arc<StoreSlot>) -> Self {
        let (ends, ended) = unbounded_channel();
        Driver {
            inner,
            slot,
            ends,
            ended,
            owed: Vec::new(),
            known: HashMap::new(),
            down: None,
            offset: 0,
            parked: HashSet::new(),
            strays: false,
            strays_at: Duration::ZERO,
            hints: None,
            // Also the first time: the driver before this one may have closed it.
            reopen_at: Some(Duration::ZERO),
        }
    }

    pub(super) async fn run(mut self) {
        let mut mode = self.slot.mode.subscribe();
        loop {
            // From here on whoever writes wakes us: we may have looked already.
            self.slot.looks();
            let now_mode = *mode.borrow_and_update();
            if self.may_try() && self.reopen_at.is_some_and(|at| at <= self.inner.clock.steady()) {
                self.open().await;
            }
            if self.may_try() {
                self.settle().await;
                self.renew().await;
            }
            if now_mode == Mode::Run && self.may_try() {
                let span = tracing::debug_span!("scan", store = %self.slot.alias);
                self.scan().instrument(span).await;
                self.report_strays().await;
            }
            if now_mode == Mode::Drain && self.is_drained() && self.end().await {
                return;
            }
            let until = self.next_look(now_mode).await;
            self.slot.sleeps_until(until);
            self.sleep(until, &mut mode).await;
        }
    }

    /// The time by which this store's leases and fires are judged.
    pub(super) fn now(&self) -> Timestamp {
        let ours = self.inner.clock.now();
        Timestamp::from_micros(ours.as_micros().saturating_add(self.offset))
    }

    /// Opens the store, and asks it for its time and for hints: at first, after it failed, and when
    /// its hints have ended.
    async fn open(&mut self) {
        let store = self.slot.store.clone();
        let opened = async {
            store.open().await?;
            let before = self.inner.clock.now().as_micros();
            let theirs = store.now().await?.map(Timestamp::as_micros);
            let after = self.inner.clock.now().as_micros();
            Ok((
                theirs.map_or(0, |theirs| theirs - (before + (after - before) / 2)),
                store.changes().await?,
            ))
        };
        match opened.await {
            Ok((offset, hints)) => {
                (self.offset, self.hints, self.reopen_at) = (offset, hints, None);
                self.answered();
            }
            Err(error) => self.failed("open", &error),
        }
    }

    /// Sleeps until the moment, or until there is something to do.
    async fn sleep(&mut self, until: Option<Timestamp>, mode: &mut watch::Receiver<Mode>) {
        let clock = self.inner.clock.clone();
        // The steady clock first: if time passes between the two, we wake early and not late.
        let steady = clock.steady();
        let span = until.map_or(LONGEST, |until| until.since(self.now())).min(LONGEST);
        let slot = self.slot.clone();
        let last = std::future::poll_fn(|_| {
            slot.falls_asleep();
            std::task::Poll::<()>::Pending
        });
        let hint = async {
            match &mut self.hints {
                Some(hints) => hints.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            count = self.ended.recv_many(&mut self.owed, ENDS) => {
                let from = self.owed.len() - count;
                self.note_ends(from);
            }
            () = self.slot.woken() => {}
            changed = mode.changed() => {
                // The sender is in the slot that we hold.
                debug_assert!(changed.is_ok());
            }
            hint = hint => {
                if hint.is_none() {
                    self.hints = None;
                    self.reopen_at = Some(clock.steady() + REOPEN);
                }
            }
            () = clock.sleep_until(steady + span) => {}
            // Polled after the others: whoever sees us asleep finds the timer set.
            () = last => {}
        }
    }

    /// Frees what the runs that ended held: their places, and the limit of their jobs.
    fn note_ends(&mut self, from: usize) {
        // Before the runs vanish from view: what they left is still to be done.
        self.slot.looks();
        {
            let mut live = self.slot.live.lock();
            for end in self.owed[from..].iter().filter(|end| end.last) {
                live.remove(&end.shared);
                end.shared.executor.release(1);
            }
        }
        self.inner.quieter();
        for slot in self.inner.stores().iter() {
            if slot.starved.load(Ordering::Relaxed) && !Arc::ptr_eq(slot, &self.slot) {
                slot.wake();
            }
        }
    }

    /// When to look next, if nothing happens before.
    async fn next_look(&mut self, mode: Mode) -> Option<Timestamp> {
        if let Some(down) = self.down.as_ref().filter(|_| !self.may_try()) {
            return Some(self.now() + down.retry_at.saturating_sub(self.inner.clock.steady()));
        }
        let reopen =
            self.reopen_at.map(|at| self.now() + at.saturating_sub(self.inner.clock.steady()));
        let renewal = self.next_renewal().into_iter().chain(reopen).min();
        if mode != Mode::Run {
            return renewal;
        }
        let executors = self.inner.executors();
        let has_room =
            |slot: &&Arc<super::ExecutorSlot>| slot.in_flight() < slot.executor.capacity();
        let lanes: Vec<Arc<str>> =
            executors.values().filter(has_room).map(|slot| slot.alias.clone()).collect();
        match self.slot.store.next_due(&lanes).await {
            Ok(due) => {
                self.answered();
                // Nothing else wakes us when a stray falls due.
                let poll = (!self.slot.is_volatile() || self.strays)
                    .then(|| self.now() + self.inner.settings.poll_interval);
                [due, renewal, poll].into_iter().flatten().min()
            }
            Err(error) => {
                self.failed("next_due", &error);
                self.down.as_ref().map(|down| self.now() + down.wait)
            }
        }
    }

    /// Reports jobs that are due and whose executor this scheduler lacks, where that costs a round
    /// trip not too often. They stay as they are.
    async fn report_strays(&mut self) {
        let steady = self.inner.clock.steady();
        if !self.slot.is_volatile() && steady < self.strays_at {
            return;
        }
        self.strays_at = steady + self.inner.settings.poll_interval;
        match self.find_strays().await {
            Ok(found) => self.strays = found,
            Err(error) => self.failed("lanes", &error),
        }
    }

    /// Whether there are any, due or not.
    async fn find_strays(&mut self) -> Result<bool, StoreError> {
        let executors = self.inner.executors();
        let mut found = false;
        for lane in self.slot.store.lanes().await? {
            if executors.contains_key(&lane) {
                continue;
            }
            found = true;
            // Those that were reported are still due, and come first.
            let limit = STRAYS + self.parked.len();
            for record in self.slot.store.due(&lane, self.now(), limit).await? {
                self.park(&record.id, ParkReason::UnknownExecutor(lane.clone()));
            }
        }
        Ok(found)
    }

    /// Notes that a job can be run: if ever it cannot be again, that is worth a report.
    pub(super) fn unpark(&mut self, id: &JobId) {
        if !self.parked.is_empty() {
            self.parked.remove(id);
        }
    }

    pub(super) fn park(&mut self, id: &JobId, reason: ParkReason) {
        if self.parked.insert(id.clone()) {
            self.inner.tell_parked(&self.slot, id, reason);
        }
    }

    /// Whether everything has ended and been written, as far as it can be.
    fn is_drained(&self) -> bool {
        let gave_up =
            self.down.as_ref().is_some_and(|down| down.wait >= self.inner.settings.retry_interval);
        if gave_up && !self.owed.is_empty() {
            tracing::error!(store = %self.slot.alias, runs = self.owed.len(),
                "the job store does not answer: ends of runs are not written, and leases will expire");
        }
        self.slot.live.lock().is_empty() && (self.owed.is_empty() || gave_up)
    }

    /// Closes the store; false if the scheduler was started again meanwhile.
    async fn end(&mut self) -> bool {
        self.hints = None;
        self.inner.close(&self.slot).await;
        let restarted = {
            let mut driver = self.slot.driver();
            let restarted = *self.slot.mode.borrow() != Mode::Drain;
            if !restarted {
                *driver = None;
            }
            restarted
        };
        self.reopen_at = Some(Duration::ZERO);
        !restarted
    }

    /// Whether the store answers, or it is time to try again.
    fn may_try(&self) -> bool {
        self.down.as_ref().is_none_or(|down| down.retry_at <= self.inner.clock.steady())
    }

    /// Notes that the store failed, and says so the first time.
    pub(super) fn failed(&mut self, operation: &'static str, error: &StoreError) {
        metrics::counter!("sched_store_errors_total").increment(1);
        let longest = self.inner.settings.retry_interval;
        let (wait, failures) = match &self.down {
            Some(down) => ((down.wait * 2).min(longest), down.failures + 1),
            None => (FIRST_RETRY.min(longest), 1),
        };
        let retry_at = self.inner.clock.steady() + wait;
        self.reopen_at = Some(retry_at);
        let alias = &self.slot.alias;
        if failures == 1 {
            let error = chain(error);
            tracing::error!(store = %alias, operation, %error, "the job store does not answer");
            self.inner.events.emit(|| EventKind::StoreDown { alias: alias.clone(), error });
        } else {
            tracing::warn!(store = %alias, operation, %error, failures, ?wait, "still no answer");
        }
        self.down = Some(Down { wait, retry_at, failures });
    }

    /// Notes that the store answers.
    pub(super) fn answered(&mut self) {
        if self.down.take().is_some() {
            let alias = &self.slot.alias;
            tracing::info!(store = %alias, "the job store answers again");
            self.inner.events.emit(|| EventKind::StoreUp { alias: alias.clone() });
        }
    }

    pub(super) fn remember(&mut self, spec: &Arc<JobSpec>, schedule: Schedule, revision: u64) {
        let live = LiveBody { spec: spec.clone(), schedule };
        self.known.insert(spec.id.clone(), Known { revision, live });
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Inner {
    /// The task that a job calls, if anybody registered it.
    pub(super) fn task(&self, spec: &JobSpec) -> Option<Arc<Task>> {
        if let Some(task) = spec.invocation.resolved() {
            return Some(task.clone());
        }
        let task = self.tasks.get(spec.invocation.task())?.clone();
        spec.invocation.resolve(task.clone());
        Some(task)
    }

    /// The job with a trigger that can be asked: one of the user's own comes back from a store
    /// as a name and a state.
    pub(super) fn resolve_trigger(&self, spec: Arc<JobSpec>) -> Result<Arc<JobSpec>, ParkReason> {
        if spec.trigger.unresolved().is_none() {
            return Ok(spec);
        }
        let trigger = spec.trigger.clone().resolve(&self.triggers);
        let trigger = trigger.map_err(|error| ParkReason::UnknownTrigger(error.to_string()))?;
        Ok(Arc::new(JobSpec { trigger, ..(*spec).clone() }))
    }
}
