//! Help for tests: a clock that a test moves, and a scheduler under it.
//!
//! A dev-dependency only: for those who test their jobs, and for those who write stores and
//! executors.

mod clock;
mod encoded;
pub mod executor_suite;
mod faulty;
mod scheduler;
pub mod simulate;
pub mod store_suite;

pub use clock::ManualClock;
pub use encoded::EncodedStore;
pub use faulty::{FaultyStore, Held, Verb};
pub use scheduler::{Fired, TestScheduler, moment};
pub use simulate::Simulation;
