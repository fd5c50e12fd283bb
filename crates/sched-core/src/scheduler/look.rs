//! When to look into a store, and how closely.
//!
//! Of many schedulers that wait for the same fire one is enough. Whoever comes too late for it
//! lets the others go first from then on: it wakes a little after the fire is due, and asks for no
//! more than the next due time. If the fire is still there, it claims, and is among the first
//! again.
//!
//! Of many that wait for nothing one is enough, too: whoever looks since it has not for long tells
//! the others, where the store passes that on, and they do not look for as long.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::event::ParkReason;
use crate::scheduler::run::Driver;
use crate::scheduler::slot::{ExecutorSlot, Mode};
use crate::store::{Hint, StoreError};
use crate::time::Timestamp;

/// How long, in microseconds, a scheduler that came too late lets others go first.
const COURTESY: std::ops::Range<i64> = 20_000..100_000;
/// How long, in microseconds, what is due is left alone after a claim that did not get it.
const REST: std::ops::Range<u64> = 20_000..100_000;
/// Hints that come closer upon one another count as one.
const HINTS: Duration = Duration::from_millis(50);
/// How much longer, in tenths, whoever was told that nothing is due waits than who told it: the
/// same one is first again.
const LONGER: std::ops::RangeInclusive<u32> = 11..=15;
/// How many times `poll_interval` lies between two looks for jobs that nobody here can run, as long
/// as there are none.
const STRAYS_EVERY: u32 = 6;
/// The most jobs without an executor that are reported at once.
const STRAYS: usize = 100;

/// Why the driver woke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// Runs have ended.
    Ended,
    /// Somebody in this process changed a job, or what the scheduler is to do.
    Called,
    /// Somebody wrote to the store.
    Hint,
    Timer,
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing that is due can have changed.
    Away,
    /// Asks when something is due, and claims if that is now.
    Ask,
    /// The same, since nobody has for long; the others are told what it says.
    Poll,
    /// What was due at this moment should be there to be claimed.
    Expect,
    Claim,
}

/// When there will be something to claim.
pub(super) struct Agenda {
    /// What the store last said, and what was written since: when the next record is due.
    due: Option<Timestamp>,
    /// Whether the record that is due then may have been written since.
    stale: bool,
    /// For how many microseconds others go first.
    courtesy: i64,
    /// Until when to leave alone what is due, and cannot be had: somebody holds it, or was faster.
    rests_until: Option<Timestamp>,
    /// When to ask again, whatever is known.
    poll_at: Option<Timestamp>,
    /// Which lanes are served here, as a number; none while one of them has no room.
    lanes: Option<u64>,
    /// Whether somebody may have written anything.
    unsure: bool,
    /// By the steady clock: until when hints wait.
    deaf_until: Duration,
    chance: fastrand::Rng,
}

impl Agenda {
    pub(super) fn new(seed: u64) -> Self {
        Agenda {
            due: None,
            stale: false,
            courtesy: 0,
            rests_until: None,
            poll_at: None,
            lanes: None,
            unsure: false,
            deaf_until: Duration::ZERO,
            chance: fastrand::Rng::with_seed(seed),
        }
    }

    /// Notes that a record was written: when it was due, and when it is.
    pub(super) fn wrote(&mut self, was: Option<Timestamp>, is: Option<Timestamp>) {
        self.stale |= was == self.due;
        self.is_due(is);
    }

    /// Takes up what somebody else did; `poll`: how often to ask, whatever is known.
    pub(super) fn heard(&mut self, hint: Hint, now: Timestamp, poll: Duration) {
        match hint {
            Hint::Anything => self.unsure = true,
            Hint::Due(at) => self.is_due(Some(at)),
            Hint::Quiet { lanes, due } if self.lanes == Some(lanes) => {
                self.is_due(due);
                self.poll_at = Some(now + poll * self.chance.u32(LONGER) / 10);
            }
            Hint::Quiet { .. } => {}
        }
    }

    fn is_due(&mut self, at: Option<Timestamp>) {
        self.due = self.due.into_iter().chain(at).min();
    }

    pub(super) fn listens(&self, steady: Duration) -> bool {
        self.deaf_until <= steady
    }

    /// When this scheduler claims what is due next.
    fn turn(&self) -> Option<Timestamp> {
        let polite = |due| due + Duration::from_micros(self.courtesy.unsigned_abs());
        self.due.map(|due| self.rests_until.into_iter().fold(polite(due), Timestamp::max))
    }
}

/// What a look for due records has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// Something, but no executor has room.
    NoRoom,
    Work,
}

impl Driver {
    pub(super) fn what_to_look_for(&mut self, woken: Woken) -> Look {
        let now = self.now();
        if self.down.is_some() {
            return Look::Claim;
        }
        match woken {
            Woken::Called => Look::Claim,
            Woken::Ended if !self.slot.starved().is_empty() => Look::Claim,
            _ if std::mem::take(&mut self.agenda.unsure) => {
                self.agenda.deaf_until = self.inner.clock.steady() + HINTS;
                Look::Ask
            }
            _ if self.agenda.due.is_some() && self.agenda.turn() <= Some(now) => {
                let moved = self.slot.moved.swap(false, Ordering::Relaxed);
                let sure = self.agenda.courtesy == 0 && !self.agenda.stale && !moved;
                if woken == Woken::Hint {
                    self.agenda.deaf_until = self.inner.clock.steady() + HINTS;
                }
                if sure { Look::Expect } else { Look::Ask }
            }
            _ if self.agenda.poll_at.is_some_and(|at| at <= now) => Look::Poll,
            _ => Look::Away,
        }
    }

    /// Looks, claims what is due, and finds out when to look next.
    pub(super) async fn look(&mut self, look: Look) {
        let looked = match look {
            Look::Away => Ok(()),
            Look::Ask => self.ask_then_claim().await,
            Look::Poll => self.poll().await,
            Look::Expect => self.claim_then_ask(true).await,
            Look::Claim => self.claim_then_ask(false).await,
        };
        match looked {
            Err((operation, error)) => self.failed(operation, &error),
            Ok(()) if look == Look::Away => {}
            Ok(()) => self.report_strays().await,
        }
    }

    async fn ask_then_claim(&mut self) -> Result<(), Failed> {
        self.ask_due().await?;
        match self.agenda.turn() {
            Some(turn) if turn <= self.now() => self.claim_then_ask(false).await,
            _ => Ok(()),
        }
    }

    /// Asks, and saves others that trouble if nothing is due.
    async fn poll(&mut self) -> Result<(), Failed> {
        self.ask_then_claim().await?;
        let due = self.agenda.due;
        if let Some(lanes) = self.agenda.lanes
            && due.is_none_or(|due| due > self.now())
            && !self.strays
        {
            let told = self.slot.store.tell(Hint::Quiet { lanes, due });
            if let Err(error) = self.inner.ask(&self.slot, "tell", told).await {
                // They look for themselves, then.
                tracing::debug!(store = %self.slot.alias, %error, "others were not told");
            }
        }
        Ok(())
    }

    /// `expected`: something was due, and if it is not any more, another scheduler was faster.
    async fn claim_then_ask(&mut self, expected: bool) -> Result<(), Failed> {
        let asked = self.now();
        let found = self.scan().await?;
        let full = self.slot.starved().clone();
        match found {
            Found::Work => self.agenda.courtesy = 0,
            Found::Nothing if expected && !self.slot.is_volatile() => {
                self.agenda.courtesy = self.agenda.chance.i64(COURTESY);
            }
            Found::Nothing | Found::NoRoom => {}
        }
        self.ask_due().await?;
        let executors = self.inner.executors();
        let freed = |alias: &Arc<str>| executors.get(alias).is_some_and(|slot| slot.has_room());
        let held = found != Found::Work
            && self.agenda.due.is_some_and(|due| due <= asked)
            && !full.iter().any(freed);
        let rest = held.then(|| Duration::from_micros(self.agenda.chance.u64(REST)));
        self.agenda.rests_until = rest.map(|rest| self.now() + rest);
        Ok(())
    }

    /// Asks when the next record is due for which there is room.
    async fn ask_due(&mut self) -> Result<(), Failed> {
        let mut lanes: Vec<Arc<str>> = Vec::new();
        let mut has_room = true;
        for executor in self.inner.executors().values() {
            if !executor.is_full() || self.waits_for_room_in(executor) {
                lanes.push(executor.alias.clone());
            } else {
                has_room = false;
            }
        }
        // What is written while the store answers is told of after this.
        self.agenda.unsure = false;
        let due = self.inner.ask(&self.slot, "next_due", self.slot.store.next_due(&lanes)).await;
        self.agenda.due = due.map_err(|error| ("next_due", error))?;
        self.agenda.stale = false;
        if self.agenda.due.is_none_or(|due| due > self.now()) {
            // Nobody need tell us of room for which we have no use.
            self.slot.starved().retain(|alias| !lanes.contains(alias));
        }
        self.agenda.lanes = (has_room && self.hints.is_some()).then(|| number(lanes));
        // A store that others write to is asked from time to time; and nothing else wakes us when a
        // stray falls due.
        let polls = !self.slot.is_volatile() || self.strays;
        self.agenda.poll_at = polls.then(|| self.now() + self.inner.settings.poll_interval);
        Ok(())
    }

    /// Notes that an executor is full. True: by now it is not.
    fn waits_for_room_in(&self, executor: &ExecutorSlot) -> bool {
        let mut starved = self.slot.starved();
        if !starved.contains(&executor.alias) {
            starved.push(executor.alias.clone());
        }
        drop(starved);
        // Whoever makes room after this sees that we wait for it.
        !executor.is_full()
    }

    /// When to look next, if nothing happens before.
    pub(super) fn next_look(&self, mode: Mode) -> Option<Timestamp> {
        let steady = self.inner.clock.steady();
        let at = |moment: Duration| self.now() + moment.saturating_sub(steady);
        if let Some(down) = self.down.as_ref().filter(|_| !self.may_try()) {
            return Some(at(down.retry_at));
        }
        let deaf = self.agenda.deaf_until;
        let hints = (deaf > steady && self.hints.is_some()).then(|| at(deaf));
        let upkeep =
            self.next_renewal().into_iter().chain(self.reopen_at.map(at)).chain(hints).min();
        if mode != Mode::Run {
            return upkeep;
        }
        [self.agenda.turn(), self.agenda.poll_at, upkeep].into_iter().flatten().min()
    }

    /// Reports jobs that are due and whose executor this scheduler lacks, where that costs a round
    /// trip not too often. They stay as they are.
    async fn report_strays(&mut self) {
        let steady = self.inner.clock.steady();
        if !self.slot.is_volatile() && steady < self.strays_at {
            return;
        }
        let every = if self.strays { 1 } else { STRAYS_EVERY };
        self.strays_at = steady + self.inner.settings.poll_interval * every;
        match self.find_strays().await {
            Ok(found) => {
                if found && !self.strays {
                    self.agenda.poll_at = Some(self.now() + self.inner.settings.poll_interval);
                }
                self.strays = found;
            }
            Err(error) => self.failed("lanes", &error),
        }
    }

    /// Whether there are any, due or not.
    async fn find_strays(&mut self) -> Result<bool, StoreError> {
        let executors = self.inner.executors();
        let mut found = false;
        for lane in self.inner.ask(&self.slot, "lanes", self.slot.store.lanes()).await? {
            if executors.contains_key(&lane) {
                continue;
            }
            found = true;
            // Those that were reported are still due, and come first.
            let limit = STRAYS + self.parked.len();
            for record in self
                .inner
                .ask(&self.slot, "due", self.slot.store.due(&lane, self.now(), limit))
                .await?
            {
                self.park(&record.id, ParkReason::UnknownExecutor(lane.clone()));
            }
        }
        Ok(found)
    }
}

/// A number that stands for these lanes among the schedulers that share a store. Versions of which
/// the numbers differ look for themselves.
fn number(mut lanes: Vec<Arc<str>>) -> u64 {
    lanes.sort_unstable();
    let mut hasher = DefaultHasher::new();
    lanes.hash(&mut hasher);
    hasher.finish()
}

/// A verb of the store, and what came of it.
pub(super) type Failed = (&'static str, StoreError);
