#![doc = include_str!("../README.md")]

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
