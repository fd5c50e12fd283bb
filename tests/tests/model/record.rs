//! A record as the store keeps it, read without the help of the code that wrote it.

use std::fmt;

use sched_core::RunId;
use sched_core::store::Record;
use serde::Deserialize;
use serde_json::Value;

use crate::START;

/// Microseconds since the epoch.
pub(crate) type Micros = i64;

/// What is in the body of a record: JSON, which the model has its schedulers write.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Body {
    pub(crate) job: Job,
    pub(crate) schedule: Schedule,
}

/// What a job is, as far as the promises speak of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Job {
    /// What it calls.
    pub(crate) invocation: Value,
    pub(crate) trigger: Trigger,
    pub(crate) misfire_grace_time: Option<Span>,
    pub(crate) coalesce: bool,
    pub(crate) max_instances: usize,
    pub(crate) retry: Option<Retry>,
    pub(crate) on_crash: OnCrash,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Trigger {
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Interval { interval: Micros, start_date: Micros, end_date: Option<Micros>, fixed_delay: bool },
    Date { run_date: Micros },
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Span {
    secs: i64,
    nanos: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnCrash {
    Rerun,
    Skip,
}

/// Where a job stands.
#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) phase: Phase,
    pub(crate) next: Option<Fire>,
    pub(crate) last: Option<Micros>,
    pub(crate) extras: Vec<Extra>,
    pub(crate) live: Vec<Live>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Phase {
    Scheduled,
    Paused,
    Waiting,
    Finished,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Fire {
    pub(crate) at: Micros,
    pub(crate) scheduled: Micros,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Extra {
    pub(crate) fire: Fire,
    pub(crate) attempt: u32,
    pub(crate) kind: ExtraKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum ExtraKind {
    Retry,
    RunNow,
}

#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct Live {
    pub(crate) run: RunId,
    pub(crate) fires: Fires,
    pub(crate) attempt: u32,
    pub(crate) recoveries: u32,
    pub(crate) claimed_at: Micros,
    pub(crate) lease_until: Micros,
}

#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct Fires {
    first: Fire,
    rest: Vec<Fire>,
}

impl Body {
    /// The body of a record.
    ///
    /// # Panics
    /// If it is not what this file says: then the format has changed, and the model must learn it.
    pub(crate) fn of(record: &Record) -> Self {
        let bytes = record.body.bytes().expect("a store that is not volatile keeps bytes");
        serde_json::from_slice(bytes).expect("a body in JSON, of the fields that the model knows")
    }
}

impl Job {
    pub(crate) fn grace(&self) -> Option<Micros> {
        self.misfire_grace_time.map(|span| span.secs * 1_000_000 + span.nanos / 1_000)
    }
}

impl Live {
    /// Whether its job is gone, and another is there under its id.
    pub(crate) fn is_of_earlier_job(&self) -> bool {
        self.attempt == 0
    }

    /// Whether it is a run for the fire of this moment.
    pub(crate) fn has(&self, scheduled: Micros) -> bool {
        self.fires().iter().any(|fire| fire.scheduled == scheduled)
    }

    pub(crate) fn fires(&self) -> Vec<Fire> {
        std::iter::once(self.fires.first).chain(self.fires.rest.iter().copied()).collect()
    }
}

impl Schedule {
    pub(crate) fn run(&self, run: RunId) -> Option<&Live> {
        self.live.iter().find(|live| live.run == run)
    }
}

/// A moment as people read it: seconds since the model began.
pub(crate) struct Since(pub(crate) Micros);

impl fmt::Display for Since {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3}", (self.0 - START.as_micros()) as f64 / 1e6)
    }
}

impl fmt::Debug for Fire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Since(self.scheduled))?;
        if self.at == self.scheduled { Ok(()) } else { write!(f, " at {}", Since(self.at)) }
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} of {:?}", self.kind, self.attempt, self.fire)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Live { run, attempt, recoveries, lease_until, .. } = self;
        write!(f, "{run} for {:?}, attempt {attempt}", self.fires())?;
        write!(f, ", recovery {recoveries}, until {}", Since(*lease_until))
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.phase)?;
        if let Some(next) = self.next {
            write!(f, ", next {next:?}")?;
        }
        if let Some(last) = self.last {
            write!(f, ", last {}", Since(last))?;
        }
        for extra in &self.extras {
            write!(f, ", {extra:?}")?;
        }
        self.live.iter().try_for_each(|live| write!(f, ", [{live:?}]"))
    }
}
