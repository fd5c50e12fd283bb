//! The loop: one driver for each store.
//!
//! It notes what has ended, claims what is due, and sleeps until something is due or somebody
//! says that something has changed. It never waits for a task, a listener or an executor.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use hashbrown::HashMap;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tracing::Instrument;

use crate::event::ParkReason;
use crate::executor::Ended;
use crate::job::{JobId, JobSpec, LiveBody, Schedule};
use crate::observe::span;
use crate::scheduler::Inner;
use crate::scheduler::appetite::Appetite;
use crate::scheduler::look::{Agenda, Look, Woken};
use crate::scheduler::outage::Down;
use crate::scheduler::slot::{Mode, StoreSlot};
use crate::store::Hint;
use crate::task::Task;
use crate::time::Timestamp;

/// The most ends taken up at once.
const ENDS: usize = 4_096;
/// The most hints heard at once.
const HEARD: usize = 10_000;
/// How soon a store is asked for hints again that told that there are no more.
const REOPEN: Duration = Duration::from_secs(1);
/// The longest sleep, so that no timer is asked for more than it can do.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A job with a live run of this scheduler, as it was when last written or read: saves a read
/// when the run ends, and a conditional write finds out if it is stale.
pub(super) struct Known {
    pub(super) revision: u64,
    pub(super) live: LiveBody,
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
    /// When there will be something to claim.
    pub(super) agenda: Agenda,
    /// How much to claim at once.
    pub(super) appetite: Appetite,
    pub(super) down: Option<Down>,
    /// How many times the store has failed.
    pub(super) faults: u64,
    /// Jobs that were reported as parked, to report each once.
    pub(super) parked: HashSet<JobId>,
    /// Jobs that no run can be noted in, for want of room; to be parked by the next claim.
    pub(super) too_large: HashSet<JobId>,
    /// Whether there are jobs for executors that this scheduler lacks.
    pub(super) strays: bool,
    /// When to look for such again, by the steady clock.
    pub(super) strays_at: Duration,
    pub(super) hints: Option<BoxStream<'static, Hint>>,
    /// By the steady clock: when to open the store (again), for its time and its hints.
    pub(super) reopen_at: Option<Duration>,
    /// By the steady clock: when to read the store's clock again.
    pub(super) clock_at: Duration,
}

impl Driver {
    pub(super) fn new(inner: Arc<Inner>, slot: Arc<StoreSlot>) -> Self {
        let (ends, ended) = unbounded_channel();
        Driver {
            agenda: Agenda::new(inner.id),
            appetite: Appetite::new(slot.is_volatile()),
            inner,
            slot,
            ends,
            ended,
            owed: Vec::new(),
            known: HashMap::new(),
            down: None,
            faults: 0,
            parked: HashSet::new(),
            too_large: HashSet::new(),
            strays: false,
            strays_at: Duration::ZERO,
            hints: None,
            // Also the first time: the driver before this one may have closed it.
            reopen_at: Some(Duration::ZERO),
            clock_at: Duration::ZERO,
        }
    }

    /// Drives the store until it is told to end, and nothing is live any more.
    pub(super) async fn run(self) {
        let (inner, slot) = (self.inner.clone(), self.slot.clone());
        tokio::select! {
            () = self.turn() => {}
            never = inner.fence(&slot) => match never {},
        }
    }

    async fn turn(mut self) {
        let mut mode = self.slot.mode.subscribe();
        let mut look = Look::Claim;
        loop {
            // From here on whoever writes wakes us: we may have looked already.
            self.slot.looks();
            let now_mode = *mode.borrow_and_update();
            let (tries, faults) = (self.may_try(), self.faults);
            if tries && self.reopen_at.is_some_and(|at| at <= self.inner.clock.steady()) {
                self.open().await;
                if look == Look::Away {
                    // What was written while there were no hints was not told.
                    look = Look::Ask;
                }
            }
            if self.may_try() {
                self.keep_time().await;
            }
            if now_mode == Mode::Drain {
                self.give_back();
            }
            if self.may_try() {
                self.settle().await;
                self.renew().await;
            }
            if now_mode == Mode::Run && self.may_try() {
                let span = tracing::debug_span!(span::SCAN, store = %self.slot.alias);
                self.look(look).instrument(span).await;
            }
            if tries && self.faults == faults {
                self.answered();
            }
            if now_mode == Mode::Drain && self.is_drained() && self.end().await {
                return;
            }
            let until = self.next_look(now_mode);
            self.slot.sleeps_until(until);
            let woken = self.sleep(until, &mut mode).await;
            look = self.what_to_look_for(woken);
        }
    }

    /// The time by which this store's leases and fires are judged.
    pub(super) fn now(&self) -> Timestamp {
        self.slot.now(&*self.inner.clock)
    }

    /// Sleeps until the moment, or until there is something to do.
    async fn sleep(&mut self, until: Option<Timestamp>, mode: &mut watch::Receiver<Mode>) -> Woken {
        let clock = self.inner.clock.clone();
        // The steady clock first: if time passes between the two, we wake early and not late.
        let steady = clock.steady();
        let span = until.map_or(LONGEST, |until| until.since(self.now())).min(LONGEST);
        let slot = self.slot.clone();
        let last = std::future::poll_fn(|_| {
            slot.falls_asleep();
            std::task::Poll::<()>::Pending
        });
        let listens = self.agenda.listens(steady);
        let hint = async {
            match &mut self.hints {
                Some(hints) if listens => hints.next().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            count = self.ended.recv_many(&mut self.owed, ENDS) => {
                let from = self.owed.len() - count;
                self.note_ends(from);
                Woken::Ended
            }
            () = self.slot.woken() => Woken::Called,
            changed = mode.changed() => {
                // The sender is in the slot that we hold.
                debug_assert!(changed.is_ok());
                Woken::Called
            }
            hint = hint => {
                self.hear_all(hint);
                Woken::Hint
            }
            () = clock.sleep_until(steady + span) => Woken::Timer,
            // Polled after the others: whoever sees us asleep finds the timer set.
            () = last => Woken::Timer,
        }
    }

    /// Takes up a hint, and all others that are there by now: one look is the answer to all. None:
    /// there will be no more, and some may have been missed.
    fn hear_all(&mut self, first: Option<Hint>) {
        let (now, poll) = (self.now(), self.inner.settings.poll_interval);
        let mut heard = Some(first);
        let mut left = HEARD;
        while let Some(hint) = heard {
            match hint {
                Some(hint) => self.agenda.heard(hint, now, poll),
                None => {
                    self.hints = None;
                    self.reopen_at = Some(self.inner.clock.steady() + REOPEN);
                    self.agenda.heard(Hint::Anything, now, poll);
                }
            }
            left -= 1;
            let hints = self.hints.as_mut().filter(|_| left > 0);
            heard = hints.and_then(|hints| hints.next().now_or_never());
        }
    }

    /// Takes up what has ended by now.
    pub(super) fn take_ends(&mut self) {
        let from = self.owed.len();
        while self.owed.len() - from < ENDS
            && let Ok(end) = self.ended.try_recv()
        {
            self.owed.push(end);
        }
        if self.owed.len() > from {
            self.note_ends(from);
        }
    }

    /// Frees what the runs that ended held: their places, and the limit of their jobs.
    pub(super) fn note_ends(&mut self, from: usize) {
        // Before the runs vanish from view: what they left is still to be done.
        self.slot.looks();
        let ended = || self.owed[from..].iter().filter(|end| end.last).map(|end| &end.shared);
        {
            let mut live = self.slot.live.lock();
            for run in ended() {
                live.remove(run);
                run.executor.release();
            }
        }
        self.inner.quieter();
        self.wake_starved(|alias| ended().any(|run| run.executor.alias == *alias));
    }

    /// Lets other stores that wait for it know that an executor has room again.
    pub(super) fn wake_starved(&self, has_room: impl Fn(&Arc<str>) -> bool) {
        for slot in self.inner.stores().iter() {
            if !Arc::ptr_eq(slot, &self.slot) && slot.starved().iter().any(&has_room) {
                slot.wake();
            }
        }
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
        let gave_up = self.gave_up();
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

    pub(super) fn remember(&mut self, spec: &Arc<JobSpec>, schedule: Schedule, revision: u64) {
        let live = LiveBody { spec: spec.clone(), schedule };
        self.known.insert(spec.id.clone(), Known { revision, live });
    }
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

    /// A job as it was read, its trigger brought to life where that can be done here.
    pub(super) fn revive(&self, live: LiveBody) -> LiveBody {
        match self.resolve_trigger(live.spec.clone()) {
            Ok(spec) => LiveBody { spec, ..live },
            Err(_) => live,
        }
    }
}
