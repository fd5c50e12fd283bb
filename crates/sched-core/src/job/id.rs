//! Names of jobs and of runs.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of a job, unique within one store. Any text; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Arc<str>);

impl JobId {
    /// An id unlike any other: a UUID of version 7 (RFC 9562) as 32 lower-case hexadecimal digits.
    ///
    /// Those made by one process sort in the order in which they were made, so that what a store
    /// writes together lies together in its index of ids.
    pub fn unique() -> Self {
        let mut digits = [0; 32];
        JobId(Arc::from(&*uuid::Uuid::now_v7().as_simple().encode_lower(&mut digits)))
    }

    /// The number that makes this job's jitter and back-off its own, the same on every machine:
    /// what [`Trigger::jittered`](crate::trigger::Trigger::jittered) takes.
    pub fn salt(&self) -> u64 {
        // FNV-1a: the standard library's hashers do not promise a result across versions.
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.0.bytes().fold(0xcbf2_9ce4_8422_2325, fold)
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for JobId {
    fn from(text: T) -> Self {
        JobId(text.into())
    }
}

impl Deref for JobId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for JobId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// The id of one run, unique over all processes that share a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    /// The scheduler that started the run: random, drawn anew whenever one is made.
    pub scheduler: u64,
    /// The scheduler's own count.
    pub number: u64,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.scheduler, self.number)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
