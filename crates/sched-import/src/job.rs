//! A job that can be taken, wherever it comes from; and why one cannot.

use std::fmt;
use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::{Trigger, TriggerError};
use sched_core::{JobRequest, Timestamp};

use crate::pickle::PickleError;

/// A job that can be taken: what it was, as one of ours.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ImportedJob {
    /// Its id, which it keeps.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it called there: `module:function`, or a command.
    pub origin: String,
    /// The name of the task that it calls here.
    pub task: String,
    /// The task's arguments.
    pub args: Args,
    /// When it runs.
    pub trigger: Trigger,
    /// When it runs next.
    pub next: NextRun,
    /// The alias of its executor.
    pub executor: String,
    /// How late a run may begin; none: however late.
    pub misfire_grace_time: Option<Duration>,
    /// Whether several due fires become one run.
    pub coalesce: bool,
    /// How many runs may go on at once.
    pub max_instances: u32,
    /// What is not quite as it was.
    pub notes: Vec<Note>,
}

/// When an imported job runs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextRun {
    /// When its trigger says, counted from the moment at which it is added.
    Trigger,
    /// At this moment, which may have passed.
    At(Timestamp),
    /// Not before it is resumed.
    Paused,
}

impl ImportedJob {
    /// What [`Scheduler::add`](sched_core::Scheduler::add) would be told of it, but for the store
    /// and for what to do if its id is taken.
    pub fn request(&self) -> JobRequest {
        let request = JobRequest::new(Invocation::named(self.task.as_str(), self.args.clone()))
            .id(self.id.as_str())
            .name(self.name.as_str())
            .trigger(self.trigger.clone())
            .executor(self.executor.as_str())
            .misfire_grace_time(self.misfire_grace_time)
            .coalesce(self.coalesce)
            .max_instances(self.max_instances);
        match self.next {
            NextRun::Trigger => request,
            NextRun::At(moment) => request.next_run_time(moment),
            NextRun::Paused => request.paused(),
        }
    }
}

/// `morning: report(["a"]) on cron[hour='9'], next run at 2035-01-01T09:00:00Z`, and its notes on
/// lines of their own.
impl fmt::Display for ImportedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImportedJob { id, task, args, trigger, .. } = self;
        write!(f, "{id}: {task}({}) on {trigger}", args.as_json())?;
        match self.next {
            NextRun::Trigger => {}
            NextRun::At(moment) => write!(f, ", next run at {moment}")?,
            NextRun::Paused => f.write_str(", paused")?,
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n    note: {note}"))
    }
}

/// Something about a job that is not quite as it was, or that its owner should know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// An argument has another form in JSON.
    Argument {
        /// What it was.
        what: &'static str,
        /// What it is.
        as_what: &'static str,
    },
    /// Weekdays are numbers, which in the reference count from Monday. They are kept, and mean the
    /// same here; a crontab of Unix would mean other days.
    WeekdayNumbers {
        /// The expression.
        expression: String,
    },
    /// It means wall times, in a zone whose clock is put forward and back.
    ClockChanges {
        /// The zone.
        zone: String,
    },
    /// Its fires are delayed at random.
    Jitter,
    /// It fires where any of several triggers does.
    Or,
    /// Its next run is later than it may be, and will be missed.
    Overdue {
        /// When it was due.
        due: Timestamp,
    },
    /// The store and the job's state did not agree on the next run. The store's number is taken, as
    /// the reference does when it looks for what is due.
    StateDiffers {
        /// What the state says.
        state: Option<Timestamp>,
    },
    /// A setting that was told, but does nothing here.
    Ignored {
        /// The setting, and what it would have done.
        what: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Argument { what, as_what } => {
                write!(f, "{what} among the arguments became {as_what}")
            }
            Note::WeekdayNumbers { expression } => {
                write!(f, "weekdays {expression} still count from 0 = Monday")
            }
            Note::ClockChanges { zone } => write!(
                f,
                "a wall time that the clock of {zone} shows twice runs once, the first time, and \
                 one that it skips runs later by as much"
            ),
            Note::Jitter => f.write_str("random delays no longer add up from fire to fire"),
            Note::Or => f.write_str("each of the triggers now counts by itself, whichever fired"),
            Note::Overdue { due } => {
                write!(f, "due at {due}, later than its misfire_grace_time: that run is missed")
            }
            Note::StateDiffers { state: None } => {
                f.write_str("its pickled state says that it is paused; the store's time is taken")
            }
            Note::StateDiffers { state: Some(state) } => {
                write!(f, "its pickled state says {state}; the store's time is taken")
            }
            Note::Ignored { what } => f.write_str(what),
        }
    }
}

/// A job that cannot be taken.
#[derive(Debug)]
pub struct Refused {
    /// Its id, or where it stands.
    pub id: String,
    /// Why.
    pub reason: Refusal,
}

/// `morning: no task is named for the function shop:report`
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.reason)
    }
}

/// Why a job cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its pickle cannot be read, or asks for more than is read.
    #[error("pickle: {0}")]
    Pickle(#[from] PickleError),
    /// It was written by a later version.
    #[error("{what} is of version {version}; what is known ends with {newest}")]
    Version {
        /// The job or its trigger.
        what: &'static str,
        /// Its version.
        version: i128,
        /// The latest that can be read.
        newest: i128,
    },
    /// Something in its state is missing or of another kind.
    #[error("{what} is not {expected}")]
    Unexpected {
        /// What.
        what: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// The mapping says nothing of its function.
    #[error("no task is named for the function {function}")]
    Unmapped {
        /// The function, as `module:name`.
        function: String,
    },
    /// It has positional and named arguments, or more positional ones than the mapping has names.
    #[error("of {given} positional arguments {named} have a name in the mapping")]
    Positions {
        /// How many there are.
        given: usize,
        /// How many names there are.
        named: usize,
    },
    /// A name in the mapping is that of a named argument as well.
    #[error("the argument {name} is given by position and by name")]
    Twice {
        /// The name.
        name: String,
    },
    /// An argument has no form in JSON.
    #[error("{what} among the arguments has no form in JSON")]
    NoJson {
        /// What it is.
        what: &'static str,
    },
    /// A dictionary among the arguments has a key that is no text.
    #[error("a dict among the arguments has a key that is no text")]
    Key,
    /// Its trigger is of the user's own class.
    #[error("its trigger {reference} is none of the reference's")]
    OwnTrigger {
        /// The class, as `module:name`.
        reference: String,
    },
    /// Its trigger means something that ours cannot be told.
    #[error("trigger: {0}")]
    Trigger(#[from] TriggerError),
    /// A time zone that is not in the IANA database.
    #[error("unknown time zone {name:?}")]
    Zone {
        /// Its name.
        name: String,
    },
    /// A place in a file that cannot be read.
    #[error("line {line}, column {column}: {reason}")]
    Text {
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A timer that never elapses.
    #[error("no setting says when it elapses")]
    NoTimer,
    /// Its state is not there, or is nothing that the reference would have written.
    #[error("the store holds no state of it")]
    NoState,
    /// The scheduler did not take it.
    #[error(transparent)]
    Scheduler(#[from] sched_core::Error),
}
