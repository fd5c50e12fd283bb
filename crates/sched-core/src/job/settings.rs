//! What a caller may say of a job, each thing said or left open.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::job::{JobId, JobSpec, OnCrash, Overlap, Retry, Terms};
use crate::task::Invocation;
use crate::trigger::{Date, Defaults, IntoTrigger, Trigger, TriggerError, TriggerRegistry, When};

/// What to do when a job is added whose id is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Conflict {
    /// Refuse the new one.
    #[default]
    Refuse,
    /// The new one takes the old one's place, its next run time included.
    Replace,
    /// The old one stays as it is; adding succeeds.
    Keep,
    /// The new one takes the old one's place but for the next run time: a job that is added again
    /// at every start of a program does not begin its wait anew, and one that is paused stays so.
    /// If the trigger's text form has changed, the next run is the new trigger's.
    ReplaceKeepNext,
}

/// What jobs take for what they leave open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobDefaults {
    /// How late a run may begin; none: however late. The default, unlike the reference's one
    /// second, which silently drops runs of a busy program.
    pub misfire_grace_time: Option<Duration>,
    /// Whether several due fires become one run, for the last of them.
    pub coalesce: bool,
    /// How many runs of a job may go on at once.
    pub max_instances: u32,
}

impl Default for JobDefaults {
    fn default() -> Self {
        JobDefaults { misfire_grace_time: None, coalesce: true, max_instances: 1 }
    }
}

impl JobDefaults {
    /// # Errors
    /// [`Error::InvalidJob`] when a limit is zero.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_grace(self.misfire_grace_time)?;
        check_instances(self.max_instances)
    }
}

/// The executor and the store that a job goes to when it names none. One text for all jobs.
pub(crate) fn default_alias() -> Arc<str> {
    static ALIAS: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("default"));
    ALIAS.clone()
}

type Maker = Box<dyn FnOnce(&Defaults) -> Result<Trigger, TriggerError> + Send>;

/// A trigger still to be made, when the time zone and the present moment are known.
pub(crate) enum TriggerSource {
    Made(Maker),
    Named(String, serde_json::Map<String, serde_json::Value>),
}

impl TriggerSource {
    pub(crate) fn new(trigger: impl IntoTrigger + Send + 'static) -> Self {
        TriggerSource::Made(Box::new(move |defaults| trigger.into_trigger(defaults)))
    }

    pub(crate) fn make(
        self,
        registry: &TriggerRegistry,
        defaults: &Defaults,
    ) -> Result<Trigger, TriggerError> {
        match self {
            TriggerSource::Made(make) => make(defaults),
            TriggerSource::Named(name, arguments) => registry.build(&name, &arguments, defaults),
        }
    }
}

/// What a caller said of a job to be added or modified.
#[derive(Default)]
pub(crate) struct JobSettings {
    pub(crate) id: Option<JobId>,
    pub(crate) store: Option<Arc<str>>,
    pub(crate) conflict: Conflict,
    pub(crate) trigger: Option<TriggerSource>,
    /// Said: the moment, or none for paused. Not said: the trigger's first.
    pub(crate) next_run_time: Option<Option<When>>,
    pub(crate) options: JobOptions,
}

/// What can be said of a job at any time.
#[derive(Default)]
pub(crate) struct JobOptions {
    pub(crate) invocation: Option<Invocation>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) executor: Option<Arc<str>>,
    pub(crate) misfire_grace_time: Option<Option<Duration>>,
    pub(crate) coalesce: Option<bool>,
    pub(crate) max_instances: Option<u32>,
    pub(crate) overlap: Option<Overlap>,
    pub(crate) max_runs: Option<Option<u64>>,
    pub(crate) pause_after_failures: Option<Option<u32>>,
    pub(crate) start_timeout: Option<Option<Duration>>,
    pub(crate) timeout: Option<Option<Duration>>,
    pub(crate) retry: Option<Option<Retry>>,
    pub(crate) on_crash: Option<OnCrash>,
    pub(crate) tags: Option<BTreeSet<String>>,
}

impl JobSettings {
    /// The job that a new one with these settings is.
    pub(crate) fn into_spec(
        self,
        defaults: &JobDefaults,
        triggers: &TriggerRegistry,
        at: &Defaults,
    ) -> Result<JobSpec, Error> {
        let said = self.options;
        let invocation = said.invocation.ok_or_else(|| Error::invalid("task", "none was given"))?;
        let source = self.trigger.unwrap_or_else(|| TriggerSource::new(Date::now()));
        let shown = invocation.resolved().map_or(invocation.task(), |task| task.display()).clone();
        let id = self.id.filter(|id| !id.is_empty()).unwrap_or_else(JobId::unique);
        let terms = Terms {
            overlap: said.overlap.unwrap_or_default(),
            max_runs: said.max_runs.flatten(),
            pause_after_failures: said.pause_after_failures.flatten(),
            start_timeout: said.start_timeout.flatten(),
            timeout: said.timeout.flatten(),
            retry: said.retry.flatten(),
            on_crash: said.on_crash.unwrap_or_default(),
            tags: said.tags.unwrap_or_default(),
        };
        let spec = JobSpec {
            id,
            name: said.name.unwrap_or(shown),
            trigger: source.make(triggers, at)?,
            invocation,
            executor: said.executor.unwrap_or_else(default_alias),
            misfire_grace_time: said.misfire_grace_time.unwrap_or(defaults.misfire_grace_time),
            coalesce: said.coalesce.unwrap_or(defaults.coalesce),
            max_instances: said.max_instances.unwrap_or(defaults.max_instances),
            terms: terms.shared(),
        };
        spec.check()?;
        Ok(spec)
    }
}

impl JobOptions {
    /// `spec` with these settings in place of its own. Everything is checked before anything is
    /// taken over.
    pub(crate) fn change(
        &self,
        spec: &JobSpec,
        trigger: Option<&Trigger>,
    ) -> Result<JobSpec, Error> {
        let was = &*spec.terms;
        let terms = Terms {
            overlap: self.overlap.unwrap_or(was.overlap),
            max_runs: self.max_runs.unwrap_or(was.max_runs),
            pause_after_failures: self.pause_after_failures.unwrap_or(was.pause_after_failures),
            start_timeout: self.start_timeout.unwrap_or(was.start_timeout),
            timeout: self.timeout.unwrap_or(was.timeout),
            retry: self.retry.unwrap_or(was.retry),
            on_crash: self.on_crash.unwrap_or(was.on_crash),
            tags: self.tags.as_ref().unwrap_or(&was.tags).clone(),
        };
        let changed = JobSpec {
            id: spec.id.clone(),
            name: self.name.as_ref().unwrap_or(&spec.name).clone(),
            trigger: trigger.unwrap_or(&spec.trigger).clone(),
            invocation: self.invocation.as_ref().unwrap_or(&spec.invocation).clone(),
            executor: self.executor.as_ref().unwrap_or(&spec.executor).clone(),
            misfire_grace_time: self.misfire_grace_time.unwrap_or(spec.misfire_grace_time),
            coalesce: self.coalesce.unwrap_or(spec.coalesce),
            max_instances: self.max_instances.unwrap_or(spec.max_instances),
            terms: terms.shared(),
        };
        changed.check()?;
        Ok(changed)
    }
}

impl JobSpec {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.name.is_empty() {
            return Err(Error::invalid("name", "it is empty"));
        }
        check_grace(self.misfire_grace_time)?;
        check_instances(self.max_instances)?;
        let terms = &self.terms;
        let zeros = [
            ("timeout", terms.timeout == Some(Duration::ZERO)),
            ("start_timeout", terms.start_timeout == Some(Duration::ZERO)),
            ("max_runs", terms.max_runs == Some(0)),
            ("pause_after_failures", terms.pause_after_failures == Some(0)),
            ("overlap", terms.overlap == Overlap::Queue { limit: 0 }),
        ];
        if let Some((option, _)) = zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(Error::invalid(option, "it is zero"));
        }
        if terms.retry.as_ref().is_some_and(|retry| retry.max_attempts() == 0) {
            return Err(Error::invalid("retry", "it allows no attempt at all"));
        }
        Ok(())
    }
}

fn check_grace(grace: Option<Duration>) -> Result<(), Error> {
    match grace {
        Some(Duration::ZERO) => Err(Error::invalid(
            "misfire_grace_time",
            "it is zero: every run begins a little late; none means however late",
        )),
        _ => Ok(()),
    }
}

fn check_instances(limit: u32) -> Result<(), Error> {
    match limit {
        0 => Err(Error::invalid("max_instances", "it is zero: the job could never run")),
        _ => Ok(()),
    }
}
