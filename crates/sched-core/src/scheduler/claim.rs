//! Claiming what is due in a store: planned by [`plan`](crate::plan), decided by the store, and
//! then handed to an executor.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hashbrown::HashSet;
use tracing::Instrument;

use crate::event::{EventKind, EventMask, JobRef, ParkReason, RunInfo};
use crate::executor::{Run, panic_text};
use crate::job::{JobId, JobSpec, LiveBody, OnCrash, Phase, Schedule};
use crate::observe::span;
use crate::plan::{Claim, Facts, Plan, Start, plan};
use crate::scheduler::Inner;
use crate::scheduler::look::{Failed, Found};
use crate::scheduler::run::Driver;
use crate::scheduler::slot::{ExecutorSlot, Mode, StoreSlot};
use crate::store::{Change, Claimed, NewState, Record, StoreError};
use crate::task::{RunShared, Signals, Task};
use crate::time::Timestamp;

/// The most runs handed to an executor at once.
const HANDED: usize = 1_024;
/// How long a record that cannot be dealt with here is left alone.
const PARKED: Duration = Duration::from_secs(60);

/// What is to be done once a change has been won.
#[allow(clippy::large_enum_variant, reason = "nearly all are the large one, none lives long")]
enum Intent {
    Carry { spec: Arc<JobSpec>, plan: Plan, token: u64, removed: bool, task: Option<Arc<Task>> },
    Park { id: JobId, reason: ParkReason },
    Nothing,
}

/// A run that is live and has not been handed to its executor.
struct Begun {
    shared: Arc<RunShared>,
    task: Arc<Task>,
    start: Start,
    /// Whether it is the job's last.
    removed: bool,
}

/// What one claim has brought.
struct Asked {
    /// For each record that was to be changed.
    intents: Vec<Intent>,
    claimed: Claimed,
    /// When it was asked for.
    at: Timestamp,
    /// Whether a job was left alone that is due.
    waits: bool,
    /// How much its bodies came to.
    bytes: usize,
}

/// A claim that is under way: as long as it lives, whoever waits for runs to end goes on waiting.
/// Begun before the driver looks whether it may claim at all: so nobody who said stop before that
/// misses a run.
struct Claiming {
    slot: Arc<StoreSlot>,
    inner: Arc<Inner>,
}

impl Claiming {
    fn begin(driver: &Driver) -> Self {
        driver.slot.claiming.store(true, Ordering::SeqCst);
        Claiming { slot: driver.slot.clone(), inner: driver.inner.clone() }
    }
}

impl Drop for Claiming {
    fn drop(&mut self) {
        self.slot.claiming.store(false, Ordering::SeqCst);
        self.inner.quieter();
    }
}

impl Driver {
    /// Claims and starts everything that is due and has room.
    pub(super) async fn scan(&mut self) -> Result<Found, Failed> {
        let (mut starved, mut any) = (Vec::new(), false);
        let executors = self.inner.executors();
        for executor in executors.values() {
            // Won, and not yet with the executor.
            let mut begun = Vec::new();
            loop {
                let places = executor.reserve(self.appetite.batch());
                if places == 0 {
                    starved.push(executor.alias.clone());
                    break;
                }
                let claiming = Claiming::begin(self);
                if !self.may_claim(executor) {
                    self.vacate(executor, places, 0);
                    break;
                }
                // Meanwhile what was claimed before goes to the executor, and the ends of earlier
                // runs are written.
                let asked = self.ask_to_claim(executor, places);
                let (asked, ()) = tokio::join!(asked, async {
                    self.hand_over_all(executor, std::mem::take(&mut begun)).await;
                    self.settle().await;
                });
                let Asked { intents, mut claimed, at, waits, bytes } = match asked {
                    Ok(asked) => asked,
                    Err(error) => {
                        self.vacate(executor, places, 0);
                        if self.is_too_large(&error) {
                            self.take_ends();
                            self.renew().await;
                            continue;
                        }
                        self.appetite.choked(places);
                        return Err(("claim", error));
                    }
                };
                let seen = claimed.seen;
                self.appetite.ate(places, seen, bytes);
                // What is still owed could not be written: the store is not well, whatever it says.
                let well = self.owed.is_empty();
                if well && claimed.failed.is_none() && claimed.won.contains(&true) {
                    self.wrote();
                }
                let won;
                (begun, won) = self.carry_out_all(intents, &claimed, executor, at);
                any |= won > 0;
                // Whoever waits for runs to end sees these now.
                drop(claiming);
                self.vacate(executor, places, begun.len());
                if claimed.failed.is_none() {
                    // Those that are too large are parked, or somebody else's.
                    self.too_large.clear();
                }
                if let Some(error) = claimed.failed.take()
                    && !self.is_too_large(&error)
                {
                    self.hand_over_all(executor, begun).await;
                    return Err(("claim", error));
                }
                if !well || (seen < places && !waits) {
                    break;
                }
                if self.slot.is_volatile() {
                    // Nothing would be gained by asking first.
                    self.hand_over_all(executor, std::mem::take(&mut begun)).await;
                }
                // Other tasks of a single-threaded runtime have their turn between batches.
                tokio::task::yield_now().await;
                // A long backlog would else be live all at once, however fast its runs end.
                self.take_ends();
                if self.slot.is_volatile() {
                    self.settle().await;
                }
                // It may also take longer than a lease.
                self.renew().await;
                if !self.may_try() {
                    break;
                }
            }
            self.hand_over_all(executor, begun).await;
        }
        if self.may_try() {
            self.settle().await;
        }
        let found = match (any, starved.is_empty()) {
            (true, _) => Found::Work,
            (false, false) => Found::NoRoom,
            (false, true) => Found::Nothing,
        };
        *self.slot.starved() = starved;
        Ok(found)
    }

    /// Gives back the places that a claim has kept in vain.
    fn vacate(&self, executor: &ExecutorSlot, places: usize, runs: usize) {
        executor.settle(places, runs);
        if places > runs {
            self.wake_starved(|alias| executor.alias == *alias);
        }
    }

    /// Whether one job has become too large for the store, which the next claim deals with.
    fn is_too_large(&mut self, error: &StoreError) -> bool {
        matches!(error, StoreError::TooLarge { id, .. } if self.too_large.insert(id.clone()))
    }

    /// Whether nobody has said stop, or taken the executor away, since the scan began.
    fn may_claim(&self, executor: &Arc<ExecutorSlot>) -> bool {
        let executors = self.inner.executors();
        let there = executors.get(&executor.alias).is_some_and(|slot| Arc::ptr_eq(slot, executor));
        there && *self.slot.mode.borrow() == Mode::Run
    }

    /// Asks the store for up to `places` records of an executor's lane. Leaves those jobs alone of
    /// which an end is owed: it is being written, and decides what they may do.
    fn ask_to_claim(
        &self,
        executor: &Arc<ExecutorSlot>,
        places: usize,
    ) -> impl Future<Output = Result<Asked, StoreError>> + use<> {
        let (inner, slot) = (self.inner.clone(), self.slot.clone());
        let lane = executor.alias.clone();
        let at = self.now();
        let owed: HashSet<JobId> = self.owed.iter().map(|end| end.shared.spec.id.clone()).collect();
        let too_large = self.too_large.clone();
        async move {
            let (mut intents, mut waits, mut bytes) = (Vec::new(), false, 0);
            let mut decide = |record: &Record| {
                bytes += record.body.size();
                if owed.contains(&record.id) {
                    waits = true;
                    return None;
                }
                // Not the time before the store was asked: its answer may have taken long.
                let now = slot.now(&*inner.clock);
                let (intent, change) = if too_large.contains(&record.id) {
                    let reason = format!("{} bytes, and no room for a run", record.body.size());
                    park(&inner, record, now, ParkReason::TooLarge(reason))
                } else {
                    decide(&inner, &slot, record, now)
                };
                intents.push(intent);
                Some(change)
            };
            let work = slot.store.claim(&lane, at, places, &mut decide);
            let work = work.instrument(tracing::debug_span!(
                span::CLAIM, store = %slot.alias, executor = %lane
            ));
            let claimed = inner.ask(&slot, "claim", work).await?;
            Ok(Asked { intents, claimed, at, waits, bytes })
        }
    }

    /// Does all that was won. Answers with the runs that are live now, each of which keeps its
    /// place, and with how many records were won.
    fn carry_out_all(
        &mut self,
        intents: Vec<Intent>,
        claimed: &Claimed,
        executor: &Arc<ExecutorSlot>,
        at: Timestamp,
    ) -> (Vec<Begun>, u64) {
        let mut begun = Vec::new();
        let (mut won, mut lost) = (0, 0);
        for (intent, took) in intents.into_iter().zip(&claimed.won) {
            if !took {
                lost += 1;
                continue;
            }
            won += 1;
            begun.extend(self.carry_out(intent, executor, at));
        }
        if won + lost > 0 {
            self.slot.meter().claimed(won, lost);
            tracing::trace!(store = %self.slot.alias, won, lost, begun = begun.len(), "claimed");
        }
        (begun, won)
    }

    /// Does what was won. Answers with the run that is live now, if any.
    fn carry_out(
        &mut self,
        intent: Intent,
        executor: &Arc<ExecutorSlot>,
        now: Timestamp,
    ) -> Option<Begun> {
        let (spec, plan, token, removed, task) = match intent {
            Intent::Carry { spec, plan, token, removed, task } => {
                (spec, plan, token, removed, task)
            }
            Intent::Park { id, reason: ParkReason::Moving(to) }
                if self.inner.store(&to).is_some() =>
            {
                let news = self.parked.insert(id.clone());
                self.inner.finish_move(&self.slot, id, &to, news);
                return None;
            }
            Intent::Park { id, reason } => {
                self.park(&id, reason);
                return None;
            }
            Intent::Nothing => return None,
        };
        self.unpark(&spec.id);
        let Plan { schedule, start, missed, refused, lost, poisoned, cancels } = plan;
        let job = || JobRef { job_id: spec.id.clone(), store: Some(self.slot.alias.clone()) };
        for scheduled in missed {
            self.slot.meter().missed_when_claimed();
            let late = now.since(scheduled);
            tracing::warn!(job = %spec.name, job_id = %spec.id, %scheduled, ?late, "run missed");
            self.inner.events.emit(|| EventKind::JobMissed {
                job: job(),
                run_id: None,
                scheduled_run_time: scheduled,
            });
        }
        if !refused.is_empty() {
            self.slot.meter().refused(refused.len());
            let limit = spec.max_instances;
            tracing::warn!(job = %spec.name, job_id = %spec.id, limit, "run skipped: it runs in as many instances as it may");
            self.inner
                .events
                .emit(|| EventKind::JobMaxInstances { job: job(), scheduled_run_times: refused });
        }
        if let Some(dead) = lost {
            self.slot.meter().run_lost();
            let policy = match spec.terms.on_crash {
                _ if dead.is_of_earlier_job() => "replaced",
                OnCrash::Skip => "skip",
                OnCrash::Rerun => "rerun",
            };
            tracing::error!(job = %spec.name, run = %dead.run, policy, "run lost: its scheduler died");
            for (number, fire) in (dead.run.number..).zip(dead.fires.iter()) {
                self.inner.events.emit(|| EventKind::JobLost {
                    run: RunInfo {
                        job_id: spec.id.clone(),
                        store: self.slot.alias.clone(),
                        run_id: crate::job::RunId { number, ..dead.run },
                        scheduled_run_time: fire.scheduled,
                        attempt: dead.attempt.max(1),
                    },
                });
            }
        }
        if poisoned {
            let crashes = self.inner.settings.max_recoveries + 1;
            self.park(&spec.id, ParkReason::Poisoned(crashes));
        }
        if cancels && self.slot.is_volatile() {
            self.slot.stop_oldest(&spec.id);
        } else if cancels {
            self.slot.stop_unwanted(&schedule);
        }
        if start.is_none() && self.slot.is_volatile() && crate::plan::end_matters(&spec) {
            self.slot.live.lock().await_end_of(&spec.id);
        }
        // The driver has deleted a volatile record, though runs of its job may go on.
        let over = self.slot.is_volatile() && schedule.is_over();
        let deleted = over && !crate::plan::end_matters(&spec);
        if deleted && start.is_none() {
            self.slot.live.lock().disown(&spec.id, token - 1);
        }
        if let (Some(start), Some(task)) = (start, task) {
            let shared = self.enlist(&start, &spec, schedule, token, executor, now);
            return Some(Begun { shared, task, start, removed });
        }
        if removed {
            self.inner.tell_removed(&spec, Some(self.slot.alias.clone()));
        }
        None
    }

    /// Makes a run live.
    fn enlist(
        &mut self,
        start: &Start,
        spec: &Arc<JobSpec>,
        schedule: Schedule,
        token: u64,
        executor: &Arc<ExecutorSlot>,
        now: Timestamp,
    ) -> Arc<RunShared> {
        let fires = start.fires.count();
        let run = match schedule.live.last() {
            Some(live) => live.run,
            None => self.inner.next_run(fires),
        };
        let shared = Arc::new(RunShared {
            spec: spec.clone(),
            slot: self.slot.clone(),
            run,
            fires,
            attempt: start.attempt,
            recoveries: start.recoveries,
            token,
            claimed_at: now,
            has_record: AtomicBool::new(!schedule.is_over() || crate::plan::end_matters(spec)),
            executor: executor.clone(),
            scheduler: self.inner.clone(),
            signals: Signals::new(schedule.live.last().map(|live| live.lease_until)),
        });
        // The answer may have taken so long that another may have the run by now.
        self.inner.stop_if_too_late(&shared, self.now());
        {
            let mut live = self.slot.live.lock();
            if live.insert(shared.clone()) > 1 && !shared.has_record.load(Ordering::Relaxed) {
                live.disown(&spec.id, token - 1);
            }
        }
        if !self.slot.is_volatile() {
            self.remember(spec, schedule, token);
        }
        shared
    }

    /// Hands live runs to their executor, some at a time: other tasks of a single-threaded runtime
    /// have their turn in between.
    async fn hand_over_all(&mut self, executor: &ExecutorSlot, mut begun: Vec<Begun>) {
        while begun.len() > HANDED {
            let rest = begun.split_off(HANDED);
            self.hand_over(executor, begun);
            begun = rest;
            tokio::task::yield_now().await;
        }
        self.hand_over(executor, begun);
    }

    /// Hands live runs to their executor.
    fn hand_over(&self, executor: &ExecutorSlot, begun: Vec<Begun>) {
        let mut runs = HandOver { driver: self, begun: begun.into_iter(), removed: None };
        loop {
            let left = runs.begun.len();
            if left == 0 {
                return;
            }
            let submit = || executor.executor.submit_all(&mut runs);
            // An executor that panics has dropped the run, which tells of its end.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(submit)) {
                let (executor, message) = (&executor.alias, panic_text(&*panic));
                tracing::error!(%executor, message, "an executor panicked when it was given a run");
            }
            if runs.begun.len() == left {
                // It takes none. Dropped, each tells of its end.
                runs.for_each(drop);
                return;
            }
        }
    }

    /// A live run on its way to its executor.
    fn submission(&self, begun: Begun) -> Run {
        let Begun { shared, task, start, removed: _ } = begun;
        let Start { fires, attempt, recovers, recoveries: _ } = start;
        let (spec, events) = (&shared.spec, &self.inner.events);
        if let Some(lost_run_id) = recovers {
            self.slot.meter().run_recovered();
            tracing::warn!(job = %spec.name, run = %lost_run_id, "run of a dead scheduler is run again");
            let run = RunInfo {
                job_id: spec.id.clone(),
                store: self.slot.alias.clone(),
                run_id: shared.run,
                scheduled_run_time: fires.first.scheduled,
                attempt,
            };
            events.emit(|| EventKind::JobRecovered { run, lost_run_id });
        }
        if events.wants(EventMask::JOB_SUBMITTED) {
            let store = Some(self.slot.alias.clone());
            let job = JobRef { job_id: spec.id.clone(), store };
            let (run_id, scheduled_run_times) = (shared.run, fires.scheduled());
            events.emit(|| EventKind::JobSubmitted { job, run_id, scheduled_run_times });
        }
        if attempt == 1 {
            self.slot.meter().fired(fires.count());
        }
        Run::queued(shared, task, fires, self.ends.clone())
    }
}

/// Runs that are submitted as the executor takes them.
struct HandOver<'a> {
    driver: &'a Driver,
    begun: std::vec::IntoIter<Begun>,
    /// The job of the run before, if that was its last: it is told of after the submission.
    removed: Option<Arc<JobSpec>>,
}

impl HandOver<'_> {
    fn tell_removed(&mut self) {
        if let Some(spec) = self.removed.take() {
            self.driver.inner.tell_removed(&spec, Some(self.driver.slot.alias.clone()));
        }
    }
}

impl Iterator for HandOver<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        self.tell_removed();
        let begun = self.begun.next()?;
        self.removed = begun.removed.then(|| begun.shared.spec.clone());
        Some(self.driver.submission(begun))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.begun.size_hint()
    }
}

impl Drop for HandOver<'_> {
    fn drop(&mut self) {
        self.tell_removed();
    }
}

/// Runs that go on here are not dead, whatever their leases say: nobody has taken them over, and
/// nobody is to run them again beside themselves.
fn keep_own(slot: &StoreSlot, schedule: &mut Schedule, now: Timestamp, until: Timestamp) {
    let live = slot.live.lock();
    for run in schedule.live.iter_mut().filter(|run| run.lease_until <= now) {
        // Whether the run may go on is for the fence to say.
        if live.contains(run.run) {
            run.lease_until = until;
        }
    }
}

/// Leaves a record as it is, and alone for a while.
fn park(inner: &Inner, record: &Record, now: Timestamp, reason: ParkReason) -> (Intent, Change) {
    // What is on its way should be seen by somebody who has the other store too.
    let is_moving = matches!(reason, ParkReason::Moving(_));
    let due_at = Some(now + if is_moving { inner.settings.lease } else { PARKED });
    let (lane, body) = (record.lane.clone(), record.body.clone());
    let to = Some(NewState { lane, due_at, body });
    let change = Change { id: record.id.clone(), revision: record.revision, to };
    (Intent::Park { id: record.id.clone(), reason }, change)
}

/// What becomes of a due record, and what is to be done if that is so.
fn decide(inner: &Inner, slot: &StoreSlot, record: &Record, now: Timestamp) -> (Intent, Change) {
    let change = |to| Change { id: record.id.clone(), revision: record.revision, to };
    let park = |reason| park(inner, record, now, reason);
    let LiveBody { spec, mut schedule } = match slot.read(record) {
        Ok(live) => live,
        Err(error) => {
            return park(match slot.transit(record) {
                Ok(Some(transit)) => ParkReason::Moving(transit.other.clone()),
                _ => ParkReason::Undecodable(error.to_string()),
            });
        }
    };
    let spec = match inner.resolve_trigger(spec) {
        Ok(spec) => spec,
        Err(reason) => return park(reason),
    };
    let Some(task) = inner.task(&spec) else {
        return park(ParkReason::UnknownTask(spec.invocation.task().clone()));
    };
    if !slot.is_volatile() {
        keep_own(slot, &mut schedule, now, now + inner.settings.lease);
    }
    let running = slot.live.lock().of_job(&spec.id);
    let facts = Facts {
        now,
        running,
        claim: (!slot.is_volatile()).then(|| Claim {
            run: inner.next_run(1),
            scheduler: inner.settings.name.clone(),
            lease: inner.settings.lease,
            max_recoveries: inner.settings.max_recoveries,
        }),
    };
    let was_finished = schedule.phase == Phase::Finished;
    // A trigger of the user's own may panic; that is no reason for the others not to run.
    let planned = match catch_unwind(AssertUnwindSafe(|| plan(&spec, &schedule, facts))) {
        Ok(planned) => planned,
        Err(panic) => return park(ParkReason::TriggerPanicked(panic_text(&*panic))),
    };
    let (intent, schedule) = match planned {
        // The column and the job disagree: the job is right.
        None => (None, schedule),
        Some(mut plan) => {
            if let (Some(start), Some(run)) = (&plan.start, plan.schedule.live.last_mut())
                && start.fires.count() > 1
            {
                // One id was set aside, and each fire has one.
                run.run = inner.next_run(start.fires.count());
            }
            let schedule = plan.schedule.clone();
            (Some(plan), schedule)
        }
    };
    // A volatile record does not say what runs, and may be wanted by its end.
    let runs = slot.is_volatile() && running > 0;
    let begins = intent.as_ref().is_some_and(|plan| plan.start.is_some());
    let waits = (begins || runs) && crate::plan::end_matters(&spec);
    let removed = schedule.phase == Phase::Finished && !was_finished;
    let to = if schedule.is_over() && !waits {
        None
    } else {
        let due_at = schedule.due_at();
        match slot.state(&spec, schedule, due_at) {
            Ok(state) => Some(state),
            Err(error) => return park(ParkReason::Undecodable(error.to_string())),
        }
    };
    let token = record.revision + 1;
    let intent = intent.map_or(Intent::Nothing, |plan| {
        let task = plan.start.is_some().then_some(task);
        Intent::Carry { spec, plan, token, removed, task }
    });
    (intent, change(to))
}
