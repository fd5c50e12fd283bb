//! The builder behind adding and modifying jobs: every option once.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::blocking;
use crate::error::Error;
use crate::job::{
    Conflict, Job, JobId, JobKey, JobSettings, OnCrash, Overlap, Retry, TriggerSource,
};
use crate::scheduler::{PreparedJob, Scheduler};
use crate::task::IntoInvocation;
use crate::trigger::{Cron, Date, Interval, IntoTrigger, When};

/// A job to be added or modified: say what is wanted, then await it.
///
/// [`Scheduler::add`] and [`Scheduler::modify_job`] make one that is awaited;
/// [`JobRequest::new`] makes one for [`Scheduler::add_all`]. What is not said keeps its default
/// when a job is added, and its value when one is modified. Nothing happens before it is awaited,
/// and errors come then.
#[must_use = "nothing happens before it is awaited or submitted"]
pub struct JobRequest<T: Target = Unbound> {
    /// Boxed, since every word that is said moves the request.
    settings: Box<JobSettings>,
    target: T,
}

mod sealed {
    pub trait Target {}
}

/// What becomes of a [`JobRequest`]: [`Unbound`], [`Adding`] or [`Modifying`], or their twins for
/// callers that cannot await, [`blocking::Adding`] and [`blocking::Modifying`].
pub trait Target: sealed::Target {}

/// Not yet given to a scheduler.
#[derive(Debug)]
pub struct Unbound {}

/// Awaited, the job is added.
#[derive(Debug)]
pub struct Adding {
    scheduler: Scheduler,
}

/// Awaited, the job is modified.
#[derive(Debug)]
pub struct Modifying {
    scheduler: Scheduler,
    key: JobKey,
}

impl sealed::Target for Unbound {}
impl sealed::Target for Adding {}
impl sealed::Target for Modifying {}
impl sealed::Target for blocking::Adding {}
impl sealed::Target for blocking::Modifying {}
impl<T: sealed::Target> Target for T {}

impl JobRequest {
    /// A job that calls `task`: the result of a task's `call`, or an async closure.
    pub fn new<M>(task: impl IntoInvocation<M>) -> Self {
        let mut settings = Box::<JobSettings>::default();
        settings.options.invocation = Some(task.into_invocation());
        JobRequest { settings, target: Unbound {} }
    }

    pub(crate) fn adding(self, scheduler: Scheduler) -> JobRequest<Adding> {
        self.aim(Adding { scheduler })
    }

    pub(crate) fn modifying(scheduler: Scheduler, key: JobKey) -> JobRequest<Modifying> {
        JobRequest::nothing_said(Modifying { scheduler, key })
    }

    pub(crate) fn into_settings(self) -> JobSettings {
        *self.settings
    }
}

/// How it gets where it is to go.
impl<T: Target> JobRequest<T> {
    /// A request that says nothing so far.
    pub(crate) fn nothing_said(target: T) -> Self {
        JobRequest { settings: Box::default(), target }
    }

    /// The same request with another target.
    pub(crate) fn aim<U: Target>(self, target: U) -> JobRequest<U> {
        JobRequest { settings: self.settings, target }
    }

    pub(crate) fn into_parts(self) -> (Box<JobSettings>, T) {
        (self.settings, self.target)
    }
}

/// What can be said of a job, new or old.
impl<T: Target> JobRequest<T> {
    fn with(mut self, say: impl FnOnce(&mut JobSettings)) -> Self {
        say(&mut self.settings);
        self
    }

    /// When to run: any trigger, or its description. Left open for a new job, it runs once, now.
    /// For an old one the next run time stays as it is; to have it set anew, use
    /// [`Scheduler::reschedule_job`].
    pub fn trigger(self, trigger: impl IntoTrigger + Send + 'static) -> Self {
        self.with(|s| s.trigger = Some(TriggerSource::new(trigger)))
    }

    /// When to run, by a trigger's plugin name and the reference's arguments for it.
    pub fn trigger_named(
        self,
        name: impl Into<String>,
        arguments: serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let name = name.into();
        self.with(|s| s.trigger = Some(TriggerSource::Named(name, arguments)))
    }

    /// When to run, as a line of a standard crontab such as `0 9 * * mon-fri`, in the scheduler's
    /// time zone. [`Cron`] says what is understood.
    pub fn cron(self, line: impl AsRef<str>) -> Self {
        self.trigger(Cron::standard(line.as_ref()))
    }

    /// Runs again and again, this long after each other, the first time after one such span.
    pub fn every(self, span: Duration) -> Self {
        self.trigger(Interval::every(span))
    }

    /// Runs once, at this moment.
    pub fn at(self, moment: impl Into<When>) -> Self {
        self.trigger(Date::at(moment))
    }

    /// What people call the job; by default the task's name.
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        self.with(|s| s.options.name = Some(name))
    }

    /// What to call, in place of what the job calls now.
    pub fn task<M>(self, task: impl IntoInvocation<M>) -> Self {
        let invocation = task.into_invocation();
        self.with(|s| s.options.invocation = Some(invocation))
    }

    /// The alias of the executor; `default` unless said.
    pub fn executor(self, alias: impl Into<Arc<str>>) -> Self {
        let alias = alias.into();
        self.with(|s| s.options.executor = Some(alias))
    }

    /// How late a run may begin and still be run; none: however late.
    pub fn misfire_grace_time(self, grace: impl Into<Option<Duration>>) -> Self {
        let grace = grace.into();
        self.with(|s| s.options.misfire_grace_time = Some(grace))
    }

    /// Whether several due fires become one run, for the last of them.
    pub fn coalesce(self, coalesce: bool) -> Self {
        self.with(|s| s.options.coalesce = Some(coalesce))
    }

    /// How many runs of the job may go on at once; [`overlap`](Self::overlap) says what becomes of
    /// a fire that finds as many.
    pub fn max_instances(self, limit: u32) -> Self {
        self.with(|s| s.options.max_instances = Some(limit))
    }

    /// What becomes of a fire that finds the job running in as many instances as it may; it is
    /// dropped unless said.
    pub fn overlap(self, policy: Overlap) -> Self {
        self.with(|s| s.options.overlap = Some(policy))
    }

    /// How many fires of the trigger are run at most; the job is removed after the last. What was
    /// missed, dropped or asked for by [`run_job`](crate::Scheduler::run_job) does not count, nor
    /// do further attempts. The count survives a restart where the store does, and a job that
    /// replaces this one goes on counting.
    pub fn max_runs(self, limit: impl Into<Option<u64>>) -> Self {
        let limit = limit.into();
        self.with(|s| s.options.max_runs = Some(limit))
    }

    /// Pauses the job when so many of its runs have failed in a row, each with all its attempts.
    /// It is reported as parked, and runs again when it is resumed.
    pub fn pause_after_failures(self, limit: impl Into<Option<u32>>) -> Self {
        let limit = limit.into();
        self.with(|s| s.options.pause_after_failures = Some(limit))
    }

    /// How long after it was claimed a run must have begun; else it ends in an error, and is tried
    /// again if the job says so. None: whenever its executor can.
    pub fn start_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.with(|s| s.options.start_timeout = Some(limit))
    }

    /// The next run, whatever the trigger says; the one after it is the trigger's again. None
    /// pauses the job. May lie in the past.
    pub fn next_run_time<W: Into<When>>(self, moment: impl Into<Option<W>>) -> Self {
        let moment = moment.into().map(Into::into);
        self.with(|s| s.next_run_time = Some(moment))
    }

    /// How long a run may take; none: as long as it likes. When time is up an async task is
    /// dropped, a blocking one is told through its context; the run ends in an error.
    pub fn timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.with(|s| s.options.timeout = Some(limit))
    }

    /// Whether, and how, a run that failed is tried again; none: not.
    pub fn retry(self, retry: impl Into<Option<Retry>>) -> Self {
        let retry = retry.into();
        self.with(|s| s.options.retry = Some(retry))
    }

    /// What becomes of a run whose scheduler died.
    pub fn on_crash(self, policy: OnCrash) -> Self {
        self.with(|s| s.options.on_crash = Some(policy))
    }

    /// A tag; each call adds one. For an old job, its own tags go at the first.
    pub fn tag(self, tag: impl Into<String>) -> Self {
        let tag = tag.into();
        self.with(|s| {
            s.options.tags.get_or_insert_default().insert(tag);
        })
    }

    /// These tags and no others.
    pub fn tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        let tags = tags.into_iter().map(Into::into).collect();
        self.with(|s| s.options.tags = Some(tags))
    }
}

/// What can be said of a new job only.
macro_rules! adds {
    ($target:ty) => {
        impl JobRequest<$target> {
            /// The job's id, at most 255 bytes; random unless said.
            pub fn id(self, id: impl Into<JobId>) -> Self {
                let id = id.into();
                self.with(|s| s.id = Some(id))
            }

            /// The alias of the job store; `default` unless said.
            pub fn store(self, alias: impl Into<Arc<str>>) -> Self {
                let alias = alias.into();
                self.with(|s| s.store = Some(alias))
            }

            /// What to do if the id is taken; refuse unless said.
            pub fn on_conflict(self, policy: Conflict) -> Self {
                self.with(|s| s.conflict = policy)
            }

            /// Takes the place of a job with the same id: [`Conflict::Replace`].
            pub fn replace_existing(self) -> Self {
                self.on_conflict(Conflict::Replace)
            }

            /// Added paused: it waits to be resumed.
            pub fn paused(self) -> Self {
                self.with(|s| s.next_run_time = Some(None))
            }
        }
    };
}

adds!(Unbound);
adds!(Adding);
adds!(blocking::Adding);

impl JobRequest<Adding> {
    /// In place of awaiting it: checks the job and finds its first fire, and leaves writing it to
    /// the caller, who does so in a transaction of its own. The job is there when that is committed,
    /// with whatever else was written in it, or not at all.
    ///
    /// Waits for nothing. Of what can be said of a conflict, only refusing is left: whoever writes
    /// the job is told that its id is taken.
    ///
    /// # Errors
    /// Those of [`Scheduler::add`] that need no answer of a store; [`Error::NotStorable`] for a
    /// closure; [`Error::InvalidJob`] for a store in memory, which has no transactions, and for
    /// another [`on_conflict`](Self::on_conflict) than to refuse; [`Error::UnknownStore`].
    pub fn prepare(self) -> Result<PreparedJob, Error> {
        let JobRequest { settings, target: Adding { scheduler } } = self;
        scheduler.prepare(*settings)
    }
}

type Pending = Pin<Box<dyn Future<Output = Result<Job, Error>> + Send>>;

impl IntoFuture for JobRequest<Adding> {
    type Output = Result<Job, Error>;
    type IntoFuture = Pending;

    fn into_future(self) -> Pending {
        let JobRequest { settings, target: Adding { scheduler } } = self;
        Box::pin(async move { scheduler.add_one(settings).await })
    }
}

impl IntoFuture for JobRequest<Modifying> {
    type Output = Result<Job, Error>;
    type IntoFuture = Pending;

    fn into_future(self) -> Pending {
        let Modifying { scheduler, key } = self.target;
        Box::pin(async move { scheduler.modify(key, *self.settings).await })
    }
}

impl<T: Target> std::fmt::Debug for JobRequest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobRequest")
            .field("id", &self.settings.id)
            .field("task", &self.settings.options.invocation)
            .finish_non_exhaustive()
    }
}
