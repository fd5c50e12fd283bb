//! Jobs as APScheduler 3.x keeps them.
//!
//! Every one of its stores keeps the same three things of a job: its id, when it is due next as
//! seconds since 1970, and its state as a pickle. [`source`](crate::source) gets them out of a store,
//! or a program does that itself and makes [`StoredJob`]s.

mod arguments;
mod cron;
mod job;
mod moment;
mod trigger;

use crate::job::Refusal;

pub(crate) use job::read;

/// A job as it lies in a store of APScheduler 3.x.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredJob {
    /// Its key there.
    pub id: String,
    /// When the store says that it is due next, in seconds since 1970; none if it is paused.
    pub next_run_time: Option<f64>,
    /// The pickle. Empty if the store holds none of it.
    pub state: Vec<u8>,
}

/// Something in a job that should have been something else.
fn unexpected(what: &'static str, expected: &'static str) -> Refusal {
    Refusal::Unexpected { what, expected }
}
