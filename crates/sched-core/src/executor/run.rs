//! One submission on its way through an executor: the harness around every task.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{Instrument, Span};

use crate::event::{EventKind, JobRef, RunInfo};
use crate::executor::panic_text;
use crate::job::{Fire, Fires, JobId, OutcomeKind, RunId};
use crate::observe::{outcome, span};
use crate::task::{
    Args, Awaited, Call, CancelReason, Context, RunError, RunErrorKind, RunShared, Task, TaskResult,
};
use crate::time::Timestamp;

tokio::task_local! {
    /// The run that the present code is part of, if any.
    pub(crate) static CURRENT_RUN: RunId;
}

/// How one fire of a submission ended, as far as the schedule must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndKind {
    Success,
    Failure(RunErrorKind),
    /// As failure, and another attempt would not change it.
    Permanent(RunErrorKind),
    Missed,
    /// Stopped because this scheduler goes, or has lost its lease.
    Interrupted,
    /// Taken back before it had begun, because this scheduler goes.
    TakenBack,
}

/// Told to the driver for every fire of a submission.
pub(crate) struct Ended {
    pub(crate) shared: Arc<RunShared>,
    pub(crate) run: RunId,
    pub(crate) fire: Fire,
    pub(crate) kind: EndKind,
    pub(crate) at: Timestamp,
    /// Whether the whole submission has ended with it.
    pub(crate) last: bool,
    /// For whoever asks later; none: nothing came of it that is worth it.
    pub(crate) outcome: Option<OutcomeKind>,
}

/// A job's task, ready to be run for one fire, or for several, one after the other.
///
/// The executor calls [`execute`](Self::execute) or [`execute_blocking`](Self::execute_blocking),
/// which never panic. A run that is dropped instead ends in an error that says so.
pub struct Run {
    pub(super) shared: Arc<RunShared>,
    task: Arc<Task>,
    /// Those that have not ended.
    fires: std::vec::IntoIter<Fire>,
    pub(super) current: Option<Fire>,
    pub(super) run: RunId,
    driver: UnboundedSender<Ended>,
    /// Whether the current fire was told to stop before its task was called.
    never_began: bool,
    /// Whether it is counted among those that its executor has not begun.
    is_queued: bool,
    /// That of the current fire, from its start to its end.
    pub(super) span: Span,
}

impl Run {
    pub(crate) fn new(
        shared: Arc<RunShared>,
        task: Arc<Task>,
        fires: Fires,
        driver: UnboundedSender<Ended>,
    ) -> Self {
        let (run, current) = (shared.run, Some(fires.first));
        let fires = fires.rest.into_iter();
        let (never_began, is_queued, span) = (true, false, Span::none());
        Run { shared, task, fires, current, run, driver, never_began, is_queued, span }
    }

    /// One that is about to be handed to its executor, and waits there until it begins.
    pub(crate) fn queued(
        shared: Arc<RunShared>,
        task: Arc<Task>,
        fires: Fires,
        driver: UnboundedSender<Ended>,
    ) -> Self {
        let mut run = Run::new(shared, task, fires, driver);
        run.shared.executor.meter().run_queued();
        run.is_queued = true;
        run
    }

    fn leave_queue(&mut self) {
        if std::mem::take(&mut self.is_queued) {
            self.shared.executor.meter().run_left_queue();
        }
    }

    /// The job's id.
    pub fn job_id(&self) -> &JobId {
        &self.shared.spec.id
    }

    /// The run's id.
    pub fn run_id(&self) -> RunId {
        self.run
    }

    /// The name that the task is registered under.
    pub fn task_name(&self) -> &str {
        self.task.name()
    }

    /// The task's arguments.
    pub fn args(&self) -> &Args {
        self.shared.spec.invocation.args()
    }

    /// Whether the task may block its thread.
    pub fn is_blocking(&self) -> bool {
        self.task.is_blocking()
    }

    /// Runs it; a task that may block on a thread that tokio keeps for such.
    pub async fn execute(mut self) {
        while let Some(fire) = self.current {
            let cx = Context::new(self.shared.clone(), self.run, fire);
            if let Some(started) = self.begin(&cx, fire) {
                let result = self.call(&cx).await;
                self.finish(&cx, fire, started, result);
            }
        }
    }

    /// Runs it here and now, as far as it goes without waiting. None: it has ended; else what is
    /// left of [`execute`](Self::execute), to be spawned or awaited.
    ///
    /// For executors to which most runs are short: one that ends at once costs no task.
    pub fn execute_now(self) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
        let mut run: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(self.execute());
        // Whoever goes on with it says who is to be woken.
        let mut nobody = std::task::Context::from_waker(Waker::noop());
        run.as_mut().poll(&mut nobody).is_pending().then_some(run)
    }

    /// Calls the task and sees it to its end.
    pub(super) async fn call(&self, cx: &Context) -> Result<Value, RunError> {
        let span = self.span.clone();
        match self.make_call(cx)? {
            Call::Async(task) => {
                let task = CURRENT_RUN.scope(self.run, self.attend(task));
                task.instrument(span).await
            }
            Call::Blocking(task) => {
                let run = self.run;
                let call = move || {
                    let _entered = span.enter();
                    CURRENT_RUN.sync_scope(run, task)
                };
                let watch = self.watch(&Handle::current());
                let joined = tokio::task::spawn_blocking(call).await;
                drop(watch);
                match joined {
                    Ok(result) => self.judge(result),
                    Err(gone) if gone.is_panic() => Err(panicked(&*gone.into_panic())),
                    Err(gone) => Err(RunError::new(RunErrorKind::Executor, gone)),
                }
            }
        }
    }

    /// Runs it on this thread, which must not be one that drives async tasks. An async task is
    /// awaited here. Either kind finds itself in the context of the scheduler's runtime, as it
    /// does with [`execute`](Self::execute).
    pub fn execute_blocking(mut self) {
        let runtime = self.shared.scheduler.runtime();
        let _entered = runtime.enter();
        while let Some(fire) = self.current {
            let cx = Context::new(self.shared.clone(), self.run, fire);
            if let Some(started) = self.begin(&cx, fire) {
                let result = self.call_blocking(&cx, &runtime);
                self.finish(&cx, fire, started, result);
            }
        }
    }

    fn call_blocking(&self, cx: &Context, runtime: &Handle) -> Result<Value, RunError> {
        let span = self.span.clone();
        match self.make_call(cx)? {
            Call::Async(task) => {
                let task = CURRENT_RUN.scope(self.run, self.attend(task));
                runtime.block_on(task.instrument(span))
            }
            Call::Blocking(task) => {
                let watch = self.watch(runtime);
                let _entered = span.enter();
                let call = || CURRENT_RUN.sync_scope(self.run, task);
                let result = catch_unwind(AssertUnwindSafe(call));
                drop(watch);
                result.map_or_else(|panic| Err(panicked(&*panic)), |r| self.judge(r))
            }
        }
    }

    /// Ends it without running it.
    pub fn fail(mut self, error: impl Into<crate::store::BoxError>) {
        let error = RunError::new(RunErrorKind::Executor, error);
        self.fail_rest(&error);
    }

    fn fail_rest(&mut self, error: &RunError) {
        if self.shared.is_taken_back() {
            self.current = None;
        }
        while let Some(fire) = self.current {
            let cx = Context::new(self.shared.clone(), self.run, fire);
            let now = cx.now();
            self.finish(&cx, fire, now, Err(error.clone()));
        }
    }

    /// Checks what must be checked at the last moment, and tells of the start: its moment. None:
    /// the fire is over.
    pub(super) fn begin(&mut self, cx: &Context, fire: Fire) -> Option<Timestamp> {
        self.shared.begin();
        self.leave_queue();
        if self.shared.is_taken_back() {
            self.current = None;
            return None;
        }
        let now = cx.now();
        let spec = self.shared.spec.clone();
        let late = now.since(fire.at);
        if spec.misfire_grace_time.is_some_and(|grace| late > grace) {
            self.miss(cx, fire, now);
            return None;
        }
        // The process may have stood still, and whoever watches over leases not have woken yet.
        self.shared.scheduler.stop_if_too_late(&self.shared, now);
        if let Some(reason) = cx.cancel_reason() {
            self.never_began = true;
            self.finish(cx, fire, now, Err(cancelled(reason)));
            return None;
        }
        self.never_began = false;
        let queued = now.since(self.shared.claimed_at);
        if self.shared.fires == 1 && spec.terms.start_timeout.is_some_and(|limit| queued > limit) {
            let error = format!("it had not begun {queued:?} after it was claimed");
            self.finish(cx, fire, now, Err(RunError::new(RunErrorKind::TimedOut, error)));
            return None;
        }
        self.shared.executor.meter().run_started(late);
        self.shared.scheduler.events().emit(|| EventKind::JobStarted { run: cx.info() });
        let (job, job_id, scheduled) = (&spec.name, &spec.id, fire.scheduled);
        tracing::debug!(%job, %job_id, %scheduled, ?late, "run begins");
        self.span = self.span_of(fire);
        Some(now)
    }

    fn make_call(&self, cx: &Context) -> Result<Call, RunError> {
        let call = || self.task.call(cx.clone(), self.shared.spec.invocation.args());
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(Ok(call)) => Ok(call),
            Ok(Err(misfit)) => Err(RunError::new(RunErrorKind::BadArguments, misfit)),
            Err(panic) => Err(panicked(&*panic)),
        }
    }

    /// Awaits an async task until it ends, panics or is told to stop. When told, it is polled
    /// once more before it is dropped.
    async fn attend(&self, mut task: Awaited) -> Result<Value, RunError> {
        let shared = &self.shared;
        let timeout = async {
            match shared.spec.terms.timeout {
                Some(span) => shared.scheduler.clock().sleep(span).await,
                None => std::future::pending().await,
            }
            shared.cancel(CancelReason::TimedOut);
            std::future::pending::<Infallible>().await
        };
        let ended = tokio::select! {
            biased;
            result = AssertUnwindSafe(task.as_mut()).catch_unwind() => match result {
                Ok(result) => self.judge(result),
                Err(panic) => Err(panicked(&*panic)),
            },
            reason = shared.cancelled() => Err(cancelled(reason)),
            never = timeout => match never {},
        };
        // What the task held may panic when it goes: that, too, is the task's affair.
        match (ended, catch_unwind(AssertUnwindSafe(|| drop(task)))) {
            (Ok(_), Err(panic)) => Err(panicked(&*panic)),
            (ended, _) => ended,
        }
    }

    /// Tells a blocking task when its time is up; it is up to the task to look. Ends when dropped.
    pub(super) fn watch(&self, runtime: &Handle) -> Option<AbortOnDrop> {
        let span = self.shared.spec.terms.timeout?;
        let shared = self.shared.clone();
        let watch = runtime.spawn(async move {
            shared.scheduler.clock().sleep(span).await;
            shared.cancel(CancelReason::TimedOut);
        });
        Some(AbortOnDrop(watch))
    }

    /// A task may come back because it was told to stop: then that is how it ended.
    fn judge(&self, result: TaskResult) -> Result<Value, RunError> {
        self.judge_end(result.map_err(RunError::failed))
    }

    pub(super) fn judge_end(&self, end: Result<Value, RunError>) -> Result<Value, RunError> {
        match (self.shared.cancel_reason(), end) {
            (Some(reason), Err(_)) => Err(cancelled(reason)),
            (Some(CancelReason::TimedOut), Ok(_)) => Err(cancelled(CancelReason::TimedOut)),
            (_, end) => end,
        }
    }

    pub(super) fn span_of(&self, fire: Fire) -> Span {
        let RunShared { spec, slot, attempt, .. } = &*self.shared;
        tracing::info_span!(
            span::RUN,
            job_id = %spec.id,
            job = %spec.name,
            task = %self.task.name(),
            store = %slot.alias,
            executor = %spec.executor,
            run_id = %self.run,
            scheduled = %fire.scheduled,
            attempt,
            outcome = tracing::field::Empty,
            // What OpenTelemetry reads, so that a trace shows which runs failed.
            otel.status_code = tracing::field::Empty,
        )
    }

    fn close_span(&mut self, error: Option<RunErrorKind>) {
        let span = std::mem::replace(&mut self.span, Span::none());
        span.record("outcome", outcome(error));
        if error.is_some() {
            span.record("otel.status_code", "ERROR");
        }
    }

    fn miss(&mut self, cx: &Context, fire: Fire, now: Timestamp) {
        let RunInfo { job_id, store, run_id, scheduled_run_time, .. } = cx.info();
        self.shared.slot.meter().missed_when_started();
        let (job, scheduled, late) = (&self.shared.spec.name, fire.scheduled, now.since(fire.at));
        tracing::warn!(%job, %job_id, %scheduled, ?late, "run missed");
        self.shared.scheduler.events().emit(|| EventKind::JobMissed {
            job: JobRef { job_id, store: Some(store) },
            run_id: Some(run_id),
            scheduled_run_time,
        });
        self.advance(fire, EndKind::Missed, now, OutcomeKind::Missed);
    }

    /// Tells how a fire ended, and goes on to the next.
    pub(super) fn finish(
        &mut self,
        cx: &Context,
        fire: Fire,
        started: Timestamp,
        result: Result<Value, RunError>,
    ) {
        let ended = cx.now();
        let (late, took) = (started.since(fire.at), ended.since(started));
        let reported = self.shared.take_result();
        let failed = result.as_ref().err().map(RunError::kind);
        self.close_span(failed);
        self.shared.executor.meter().run_ended(failed, took);
        let (job, job_id) = (&self.shared.spec.name, &self.shared.spec.id);
        let scheduled = fire.scheduled;
        let events = self.shared.scheduler.events();
        let outcome;
        let kind = match result {
            Ok(returned) => {
                tracing::info!(%job, %job_id, %scheduled, ?late, ?took, "run succeeded");
                let retval = reported.unwrap_or(returned);
                outcome = OutcomeKind::success(&retval);
                events.emit(|| EventKind::JobExecuted { run: cx.info(), started, ended, retval });
                EndKind::Success
            }
            Err(error) => {
                tracing::error!(%job, %job_id, %scheduled, ?late, ?took, %error, "run ended in an error");
                let interrupted = error.kind() == RunErrorKind::Cancelled
                    && matches!(
                        self.shared.cancel_reason(),
                        Some(CancelReason::Shutdown | CancelReason::LeaseLost)
                    );
                outcome = OutcomeKind::error(error.kind(), error.to_string());
                let kind = if interrupted && self.never_began {
                    EndKind::TakenBack
                } else if interrupted {
                    EndKind::Interrupted
                } else if error.is_permanent() {
                    EndKind::Permanent(error.kind())
                } else {
                    EndKind::Failure(error.kind())
                };
                events.emit(|| EventKind::JobError { run: cx.info(), started, ended, error });
                kind
            }
        };
        self.advance(fire, kind, ended, outcome);
    }

    fn advance(&mut self, fire: Fire, kind: EndKind, at: Timestamp, outcome: OutcomeKind) {
        self.current = self.fires.next();
        let last = self.current.is_none();
        let (shared, run, outcome) = (self.shared.clone(), self.run, Some(outcome));
        let ended = Ended { shared, run, fire, kind, at, last, outcome };
        self.run.number += 1;
        self.shared.forgive_timeout();
        self.shared.is_awake();
        // An error says that the scheduler's runtime is gone, and with it all that could be told.
        let _ = self.driver.send(ended);
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run({} of job {:?})", self.run, self.shared.spec.id)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.leave_queue();
        if self.current.is_some() {
            let error = RunError::new(RunErrorKind::Executor, "the executor dropped the run");
            self.fail_rest(&error);
        }
    }
}

pub(super) struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> RunError {
    RunError::new(RunErrorKind::Panicked, panic_text(panic))
}

fn cancelled(reason: CancelReason) -> RunError {
    let (kind, text) = match reason {
        CancelReason::TimedOut => (RunErrorKind::TimedOut, "its time was up"),
        CancelReason::Requested => (RunErrorKind::Cancelled, "somebody asked for it"),
        CancelReason::Shutdown => (RunErrorKind::Cancelled, "the scheduler shut down"),
        CancelReason::LeaseLost => (RunErrorKind::Cancelled, "the scheduler lost its lease"),
    };
    RunError::new(kind, text)
}
