//! One job as people read it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ImportError;
use super::text::{Moment, Span};
use super::trigger;
use crate::job::{
    Extra, ExtraKind, Fire, JobId, JobSpec, LiveBody, OnCrash, Outcome, OutcomeKind, Overlap,
    Phase, Retry, RunId, Schedule, Terms, UNTIL_A_RUN_ENDS, default_alias,
};
use crate::task::{Args, Invocation, RunErrorKind};
use crate::zone::Zone;

const VERSION: u32 = 1;

/// The whole text, when it is written.
#[derive(Serialize)]
pub(crate) struct Document {
    version: u32,
    jobs: Vec<Entry>,
}

impl Document {
    pub(crate) fn of(jobs: Vec<Entry>) -> Self {
        Document { version: VERSION, jobs }
    }
}

/// The entries of a text, each still to be read.
pub(crate) fn read_document(text: &str) -> Result<Vec<&RawValue>, ImportError> {
    // First by itself: all else may look different in another version.
    #[derive(Deserialize)]
    struct Head {
        version: Value,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole<'a> {
        #[serde(rename = "version")]
        _version: u32,
        #[serde(borrow)]
        jobs: Vec<&'a RawValue>,
    }
    let head: Head = serde_json::from_str(text).map_err(ImportError::Document)?;
    if head.version != VERSION {
        return Err(ImportError::Version { found: head.version.to_string() });
    }
    let whole: Whole<'_> = serde_json::from_str(text).map_err(ImportError::Document)?;
    Ok(whole.jobs)
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn none_failed(count: &u32) -> bool {
    *count == 0
}

/// A job: what it is, then where it stands.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<Arc<str>>,
    pub(crate) id: JobId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    task: Arc<str>,
    #[serde(default = "no_args")]
    args: Args,
    trigger: Value,
    #[serde(default = "default_alias")]
    executor: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    misfire_grace_time: Option<Span>,
    #[serde(default = "yes")]
    coalesce: bool,
    #[serde(default = "one")]
    max_instances: u32,
    #[serde(default)]
    overlap: Overlap,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_runs: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause_after_failures: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<RetryForm>,
    #[serde(default)]
    on_crash: OnCrash,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    tags: BTreeSet<String>,

    /// None: by the trigger, from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_run_time: Option<Moment>,
    /// The moment that the trigger named, where jitter puts the run later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_fire_time: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_fire_time: Option<Moment>,
    #[serde(default, skip_serializing_if = "is_zero")]
    runs_so_far: u64,
    #[serde(default, skip_serializing_if = "none_failed")]
    failures_in_a_row: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_outcome: Option<OutcomeForm>,
    /// Fires beside the trigger's next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also_due: Vec<ExtraForm>,
}

fn no_args() -> Args {
    Args::NONE
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Scheduled,
    Paused,
    /// For a run to end.
    Waiting,
    /// Nothing is left but what is in `also_due`.
    Finished,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryForm {
    max_attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backoff: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_backoff: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Vec<RunErrorKind>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeForm {
    scheduled_run_time: Moment,
    at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    attempt: u32,
    outcome: OutcomeKind,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraForm {
    kind: ExtraFormKind,
    fire_time: Moment,
    /// None: when a run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Moment>,
    attempt: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExtraFormKind {
    Retry,
    RunNow,
    Queued,
}

impl Entry {
    /// A job of the store of this alias. `zone` is for moments of a trigger that has none.
    ///
    /// # Errors
    /// What cannot be written.
    pub(crate) fn of(job: &LiveBody, store: &Arc<str>, zone: Zone) -> Result<Self, String> {
        let LiveBody { spec, schedule } = job;
        let shown = |at| Moment(at, spec.trigger.zone_at(at).unwrap_or(zone));
        let state = match schedule.phase {
            Phase::Scheduled => State::Scheduled,
            Phase::Paused => State::Paused,
            Phase::Waiting => State::Waiting,
            Phase::Finished => State::Finished,
        };
        let next = schedule.next;
        let jittered = next.filter(|fire| fire.at != fire.scheduled);
        Ok(Entry {
            store: Some(store.clone()),
            id: spec.id.clone(),
            name: Some(spec.name.clone()),
            task: spec.invocation.task().clone(),
            args: spec.invocation.args().clone(),
            trigger: trigger::written(&spec.trigger)?,
            executor: spec.executor.clone(),
            misfire_grace_time: spec.misfire_grace_time.map(Span),
            coalesce: spec.coalesce,
            max_instances: spec.max_instances,
            overlap: spec.terms.overlap,
            max_runs: spec.terms.max_runs,
            pause_after_failures: spec.terms.pause_after_failures,
            start_timeout: spec.terms.start_timeout.map(Span),
            timeout: spec.terms.timeout.map(Span),
            retry: spec.terms.retry.as_ref().map(RetryForm::of),
            on_crash: spec.terms.on_crash,
            tags: spec.terms.tags.clone(),
            state: Some(state),
            next_run_time: next.map(|fire| shown(fire.at)),
            next_fire_time: jittered.map(|fire| shown(fire.scheduled)),
            last_fire_time: schedule.last.map(shown),
            runs_so_far: schedule.runs,
            failures_in_a_row: schedule.failures,
            last_outcome: schedule.outcome.as_deref().map(|outcome| OutcomeForm {
                scheduled_run_time: shown(outcome.scheduled_run_time),
                at: shown(outcome.at),
                run_id: outcome.run_id.map(|run| run.to_string()),
                attempt: outcome.attempt,
                outcome: outcome.kind.clone(),
            }),
            also_due: schedule
                .extras
                .iter()
                .map(|extra| ExtraForm {
                    kind: extra.kind.into(),
                    fire_time: shown(extra.fire.scheduled),
                    due: (extra.fire.at != UNTIL_A_RUN_ENDS).then(|| shown(extra.fire.at)),
                    attempt: extra.attempt,
                })
                .collect(),
        })
    }

    /// The job, and where it stands if the entry says so. Its trigger is not resolved.
    ///
    /// # Errors
    /// What makes no sense.
    pub(crate) fn into_job(self) -> Result<(JobSpec, Option<Schedule>), String> {
        let at = |moment: Moment| moment.0;
        let schedule = match (self.state, self.next_run_time) {
            (None, None) => None,
            (None | Some(State::Scheduled), Some(moment)) => {
                let scheduled = self.next_fire_time.map_or(moment.0, at);
                if scheduled > moment.0 {
                    return Err("next_fire_time is after next_run_time".to_owned());
                }
                Some(Schedule::new(Some(Fire { at: moment.0, scheduled })))
            }
            (Some(State::Scheduled), None) => {
                return Err("the state is scheduled, and next_run_time is missing".to_owned());
            }
            (Some(_), Some(_)) => {
                return Err("there is a next_run_time, and the state is not scheduled".to_owned());
            }
            (Some(State::Paused), None) => Some(Schedule::new(None)),
            (Some(State::Waiting), None) => {
                Some(Schedule { phase: Phase::Waiting, ..Schedule::new(None) })
            }
            (Some(State::Finished), None) => {
                Some(Schedule { phase: Phase::Finished, ..Schedule::new(None) })
            }
        };
        let extras = self.also_due.into_iter().map(Extra::from).collect();
        let outcome = self.last_outcome.map(OutcomeForm::read).transpose()?.map(Arc::new);
        let schedule = schedule.map(|schedule| Schedule {
            last: self.last_fire_time.map(at),
            extras,
            runs: self.runs_so_far,
            failures: self.failures_in_a_row,
            outcome,
            ..schedule
        });
        let trigger = trigger::read(self.trigger).map_err(|error| format!("trigger: {error}"))?;
        let terms = Terms {
            overlap: self.overlap,
            max_runs: self.max_runs,
            pause_after_failures: self.pause_after_failures,
            start_timeout: self.start_timeout.map(|span| span.0),
            timeout: self.timeout.map(|span| span.0),
            retry: self.retry.map(RetryForm::read),
            on_crash: self.on_crash,
            tags: self.tags,
        };
        let spec = JobSpec {
            id: self.id,
            // Empty: the task's own, once that is known.
            name: self.name.unwrap_or_default(),
            invocation: Invocation::named(self.task, self.args),
            trigger,
            executor: self.executor,
            misfire_grace_time: self.misfire_grace_time.map(|span| span.0),
            coalesce: self.coalesce,
            max_instances: self.max_instances,
            terms: terms.shared(),
        };
        Ok((spec, schedule))
    }
}

impl RetryForm {
    fn of(retry: &Retry) -> Self {
        let (backoff, max_backoff) = retry.waits();
        RetryForm {
            max_attempts: retry.max_attempts(),
            backoff: Some(Span(backoff)),
            max_backoff: Some(Span(max_backoff)),
            after: Some(retry.kinds()),
        }
    }

    fn read(self) -> Retry {
        let mut retry = Retry::new(self.max_attempts);
        if let Some(Span(wait)) = self.backoff {
            retry = retry.backoff(wait);
        }
        if let Some(Span(wait)) = self.max_backoff {
            retry = retry.max_backoff(wait);
        }
        self.after.map_or(retry, |kinds| retry.only_after(&kinds))
    }
}

impl OutcomeForm {
    fn read(self) -> Result<Outcome, String> {
        let run_id = |text: String| {
            let parts = text.split_once('-').and_then(|(scheduler, number)| {
                let scheduler = u64::from_str_radix(scheduler, 16).ok()?;
                Some(RunId { scheduler, number: number.parse().ok()? })
            });
            parts.ok_or_else(|| format!("last_outcome: {text:?} is no run's id"))
        };
        Ok(Outcome {
            scheduled_run_time: self.scheduled_run_time.0,
            at: self.at.0,
            run_id: self.run_id.map(run_id).transpose()?,
            attempt: self.attempt,
            kind: self.outcome,
        })
    }
}

impl From<ExtraKind> for ExtraFormKind {
    fn from(kind: ExtraKind) -> Self {
        match kind {
            ExtraKind::Retry => ExtraFormKind::Retry,
            ExtraKind::RunNow => ExtraFormKind::RunNow,
            ExtraKind::Queued => ExtraFormKind::Queued,
        }
    }
}

impl From<ExtraForm> for Extra {
    fn from(form: ExtraForm) -> Self {
        let kind = match form.kind {
            ExtraFormKind::Retry => ExtraKind::Retry,
            ExtraFormKind::RunNow => ExtraKind::RunNow,
            ExtraFormKind::Queued => ExtraKind::Queued,
        };
        let at = form.due.map_or(UNTIL_A_RUN_ENDS, |due| due.0);
        Extra { fire: Fire { at, scheduled: form.fire_time.0 }, attempt: form.attempt, kind }
    }
}
