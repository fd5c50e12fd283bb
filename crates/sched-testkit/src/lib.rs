//! Help for tests: a clock that a test moves, and a scheduler under it.
//!
//! A dev-dependency only: for those who test their jobs, and for those who write stores and
//! executors.

mod clock;
pub mod executor_suite;
mod scheduler;

pub use clock::ManualClock;
pub use scheduler::{TestScheduler, moment};
