//! What a task may know of the run it is in.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

use crate::event::EventKind;
use crate::job::{Fire, JobId, JobSpec, RunId};
use crate::scheduler::{ExecutorSlot, Inner, Scheduler, StoreSlot};
use crate::task::ArgsError;
use crate::time::Timestamp;

/// Why a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelReason {
    /// Somebody cancelled it.
    Requested,
    /// It took longer than its time-out.
    TimedOut,
    /// The scheduler is shutting down and waits no longer.
    Shutdown,
    /// The scheduler lost its lease: the run may already have been started elsewhere.
    LeaseLost,
}

impl CancelReason {
    fn from_code(code: u8) -> Option<Self> {
        use CancelReason::{LeaseLost, Requested, Shutdown, TimedOut};
        [Requested, TimedOut, Shutdown, LeaseLost].into_iter().find(|r| *r as u8 + 1 == code)
    }
}

/// What all fires of one submission share, held by the driver, the executor and every [`Context`].
pub(crate) struct RunShared {
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) slot: Arc<StoreSlot>,
    /// The run id of the first fire; the others' numbers follow it.
    pub(crate) run: RunId,
    pub(crate) fires: usize,
    pub(crate) attempt: u32,
    pub(crate) recoveries: u32,
    /// The record's revision as this claim left it.
    pub(crate) token: u64,
    pub(crate) claimed_at: Timestamp,
    /// On a volatile store: whether there may be a record that its end belongs to. One of a later
    /// job of the same id is none.
    pub(crate) has_record: AtomicBool,
    pub(crate) executor: Arc<ExecutorSlot>,
    pub(crate) scheduler: Arc<Inner>,
    pub(crate) signals: Signals,
}

/// The run has begun: it cannot be given back any more. Beside the reason to stop, in one number,
/// so that of two that happen at once one is first.
const BEGUN: u8 = 0x80;
/// The run was taken away from its executor before it had begun.
const TAKEN_BACK: u8 = 0x7f;

type TellProgress = dyn Fn(&Value) + Send + Sync;

/// What is said to a run, and what it says.
pub(crate) struct Signals {
    /// Why it is to stop, as a code; 0: it is not. And [`BEGUN`].
    cancelled: AtomicU8,
    /// In microseconds since 1970; the end of time where there are no leases.
    lease_until: AtomicI64,
    cancel: Notify,
    report: Mutex<Report>,
    /// The moment of the steady clock, in microseconds, that the task sleeps to; 0: it does not.
    sleeps_to: AtomicU64,
    /// Who else hears of progress: the process that the run's scheduler is in.
    progress_to: OnceLock<Box<TellProgress>>,
}

impl Signals {
    pub(crate) fn new(lease_until: Option<Timestamp>) -> Self {
        let until = lease_until.map_or(i64::MAX, Timestamp::as_micros);
        Signals {
            cancelled: AtomicU8::new(0),
            lease_until: AtomicI64::new(until),
            cancel: Notify::new(),
            report: Mutex::default(),
            sleeps_to: AtomicU64::new(0),
            progress_to: OnceLock::new(),
        }
    }

    /// As [`new`](Self::new), for a run without a lease of its own, in another process than its
    /// scheduler.
    pub(crate) fn reporting_to(progress: impl Fn(&Value) + Send + Sync + 'static) -> Self {
        let tell: Box<TellProgress> = Box::new(progress);
        Signals { progress_to: OnceLock::from(tell), ..Signals::new(None) }
    }
}

/// What the task said of itself.
#[derive(Default)]
struct Report {
    progress: Option<Value>,
    result: Option<Value>,
}

impl RunShared {
    /// Whether this is one of the submission's runs.
    pub(crate) fn has(&self, run: RunId) -> bool {
        let first = self.run.number;
        let numbers = first..first + self.fires as u64;
        run.scheduler == self.run.scheduler && numbers.contains(&run.number)
    }

    /// Tells the task to stop; the first reason stands. Whether this was the first.
    pub(crate) fn cancel(&self, reason: CancelReason) -> bool {
        let code = reason as u8 + 1;
        let first = self.turn(|now| (now & !BEGUN == 0).then_some(now | code));
        if first {
            self.signals.cancel.notify_waiters();
        }
        first
    }

    /// Takes the run away from its executor, unless it has begun or was told to stop.
    pub(crate) fn take_back(&self) -> bool {
        self.turn(|now| (now == 0).then_some(TAKEN_BACK))
    }

    pub(crate) fn is_taken_back(&self) -> bool {
        self.signals.cancelled.load(Ordering::Acquire) == TAKEN_BACK
    }

    /// Notes that the executor has begun with it.
    pub(crate) fn begin(&self) {
        self.turn(|now| (now != TAKEN_BACK).then_some(now | BEGUN));
    }

    /// The next fire of the submission has its own time-out.
    pub(crate) fn forgive_timeout(&self) {
        let timed_out = CancelReason::TimedOut as u8 + 1;
        self.turn(|now| (now & !BEGUN == timed_out).then_some(now & BEGUN));
    }

    fn turn(&self, to: impl FnMut(u8) -> Option<u8>) -> bool {
        self.signals.cancelled.fetch_update(Ordering::AcqRel, Ordering::Acquire, to).is_ok()
    }

    pub(crate) fn cancel_reason(&self) -> Option<CancelReason> {
        CancelReason::from_code(self.signals.cancelled.load(Ordering::Acquire) & !BEGUN)
    }

    /// Until when nobody else may start it, by the store's clock; none where nobody else can.
    pub(crate) fn lease_until(&self) -> Option<Timestamp> {
        let until = self.signals.lease_until.load(Ordering::Acquire);
        (until != i64::MAX).then(|| Timestamp::from_micros(until))
    }

    pub(crate) fn renewed(&self, until: Timestamp) {
        self.signals.lease_until.store(until.as_micros(), Ordering::Release);
    }

    pub(crate) async fn cancelled(&self) -> CancelReason {
        loop {
            let told = self.signals.cancel.notified();
            if let Some(reason) = self.cancel_reason() {
                return reason;
            }
            told.await;
        }
    }

    /// Whether the task sleeps until after this moment of the steady clock, and nothing wakes it
    /// before.
    pub(crate) fn sleeps_past(&self, steady: Duration) -> bool {
        if self.cancel_reason().is_some() {
            return false;
        }
        u128::from(self.signals.sleeps_to.load(Ordering::SeqCst)) > steady.as_micros()
    }

    pub(crate) fn is_awake(&self) {
        self.signals.sleeps_to.store(0, Ordering::SeqCst);
    }

    pub(crate) fn take_result(&self) -> Option<Value> {
        self.signals.report.lock().unwrap_or_else(PoisonError::into_inner).result.take()
    }

    pub(crate) fn progress(&self) -> Option<Value> {
        self.signals.report.lock().unwrap_or_else(PoisonError::into_inner).progress.clone()
    }
}

/// The run that a task is in: which job, which fire, which attempt, and the way to the scheduler,
/// to shared state and to the request to stop. Cheap to clone; may outlive the run.
#[derive(Clone)]
pub struct Context {
    shared: Arc<RunShared>,
    run: RunId,
    fire: Fire,
}

impl Context {
    pub(crate) fn new(shared: Arc<RunShared>, run: RunId, fire: Fire) -> Self {
        Context { shared, run, fire }
    }

    /// The id of the job.
    pub fn job_id(&self) -> &JobId {
        &self.shared.spec.id
    }

    /// The name of the job.
    pub fn job_name(&self) -> &str {
        &self.shared.spec.name
    }

    /// The alias of the store that the job is in.
    pub fn store(&self) -> &str {
        &self.shared.slot.alias
    }

    /// The alias of the executor that runs it.
    pub fn executor(&self) -> &str {
        &self.shared.spec.executor
    }

    /// The tags of the job.
    pub fn tags(&self) -> &BTreeSet<String> {
        &self.shared.spec.terms.tags
    }

    /// The id of this run.
    pub fn run_id(&self) -> RunId {
        self.run
    }

    /// The moment that the trigger named; jitter and lateness come on top. The same in every
    /// attempt: together with the job's id a key to make effects idempotent with.
    pub fn scheduled_time(&self) -> Timestamp {
        self.fire.scheduled
    }

    /// 1 the first time, one more with every retry and every recovery.
    pub fn attempt(&self) -> u32 {
        self.shared.attempt
    }

    /// A number that grows with every claim of this job, on whichever machine: a resource that
    /// remembers the highest it has seen can refuse a scheduler that lost its lease unawares.
    pub fn fencing_token(&self) -> u64 {
        self.shared.token
    }

    /// Whether the run is to stop, and why. A blocking task looks here from time to time.
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.shared.cancel_reason()
    }

    /// Whether the run is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel_reason().is_some()
    }

    /// Waits until the run is to stop. An async task that is told to stop is polled once more,
    /// so that it can tidy up without waiting, and then dropped.
    pub async fn cancelled(&self) -> CancelReason {
        self.shared.cancelled().await
    }

    /// The value of this type that the scheduler was given.
    ///
    /// # Errors
    /// [`NoSuchState`] when it was given none.
    pub fn state<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, NoSuchState> {
        let missing = NoSuchState { wanted: std::any::type_name::<T>() };
        self.shared.scheduler.shared_state().get().ok_or(missing)
    }

    /// The scheduler: add, change or remove jobs, shut down; every call is safe from a task.
    ///
    /// In a worker process there is none: what is asked of the handle there is answered with
    /// [`Error::Elsewhere`](crate::Error::Elsewhere).
    pub fn scheduler(&self) -> Scheduler {
        Scheduler::from_inner(self.shared.scheduler.clone())
    }

    /// The present moment, by the clock that fires are judged by: the job store's, or the
    /// scheduler's wall clock where the store has none.
    pub fn now(&self) -> Timestamp {
        self.shared.slot.now(self.shared.scheduler.clock())
    }

    /// Waits by the scheduler's clock: real time in production, a test's own under a manual
    /// clock.
    pub async fn sleep(&self, span: Duration) {
        let clock = self.shared.scheduler.clock();
        let to = clock.steady().saturating_add(span).as_micros();
        let to = u64::try_from(to).unwrap_or(u64::MAX);
        self.shared.signals.sleeps_to.store(to, Ordering::SeqCst);
        clock.sleep(span).await;
        self.shared.is_awake();
    }

    /// Says how far the run is: any value, readable through
    /// [`Scheduler::runs`](crate::Scheduler::local_runs) and as an event.
    ///
    /// # Errors
    /// [`ArgsError`] when `value` cannot be written as JSON.
    pub fn report_progress(&self, value: impl Serialize) -> Result<(), ArgsError> {
        let value = serde_json::to_value(value).map_err(ArgsError::new)?;
        let mut report = self.shared.signals.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.progress = Some(value.clone());
        drop(report);
        if let Some(tell) = self.shared.signals.progress_to.get() {
            tell(&value);
        }
        let run = self.info();
        self.shared.scheduler.events().emit(|| EventKind::JobProgress { run, progress: value });
        Ok(())
    }

    /// Sets the run's result, in place of what the task returns if that is a success.
    ///
    /// # Errors
    /// [`ArgsError`] when `value` cannot be written as JSON.
    pub fn set_result(&self, value: impl Serialize) -> Result<(), ArgsError> {
        let value = serde_json::to_value(value).map_err(ArgsError::new)?;
        self.shared.signals.report.lock().unwrap_or_else(PoisonError::into_inner).result =
            Some(value);
        Ok(())
    }

    pub(crate) fn info(&self) -> crate::event::RunInfo {
        crate::event::RunInfo {
            job_id: self.shared.spec.id.clone(),
            store: self.shared.slot.alias.clone(),
            run_id: self.run,
            scheduled_run_time: self.fire.scheduled,
            attempt: self.shared.attempt,
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("job_id", self.job_id())
            .field("run_id", &self.run)
            .field("scheduled_time", &self.fire.scheduled)
            .field("attempt", &self.shared.attempt)
            .finish_non_exhaustive()
    }
}

/// No value of this type was given to the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scheduler was given no shared state of type {wanted}")]
pub struct NoSuchState {
    wanted: &'static str,
}
