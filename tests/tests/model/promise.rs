//! What is promised, and how a broken promise is told.

use std::fmt;

/// A promise of the protocol, each as it can be seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// A fire is claimed by one scheduler, and a run begins once.
    ClaimedOnce,
    /// Every fire is run, or there is a reason why not.
    NothingLost,
    /// Nothing begins before its time by the store's clock, and no lease ends before it.
    NeverEarly,
    /// What is due is dealt with soon, as long as one scheduler is well.
    Prompt,
    /// A job runs in no more instances than it may, all schedulers counted.
    MaxInstances,
    /// A run is repeated only if its scheduler was in trouble, and only so often; never if the job
    /// says so.
    OnCrash,
    /// Whoever lost the lease of a run stops it, and changes nothing about it.
    Fenced,
    /// What somebody asks for is what is done, and nobody else changes a job.
    AsAsked,
    /// A record makes sense by itself, and its revision grows by one.
    SoundRecord,
    /// Whatever is wanted of the store at one moment comes to an end.
    ComesToRest,
}

/// A broken promise, and what was seen.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) promise: Promise,
    pub(crate) seen: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.promise, self.seen)
    }
}

impl Promise {
    /// Broken, unless it holds.
    pub(crate) fn holds(self, holds: bool, seen: impl FnOnce() -> String) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(self.broken(seen())) }
    }

    pub(crate) fn broken(self, seen: impl Into<String>) -> Broken {
        Broken { promise: self, seen: seen.into() }
    }
}
