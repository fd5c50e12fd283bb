#![doc = include_str!("../README.md")]
//!
//! Of tasks that block, at most [`max_blocking_threads`] run at once, for the whole runtime.
//!
//! To hold back some jobs and not others, give the scheduler two executors, and name one of them
//! in the job:
//!
//! ```
//! # fn main() -> Result<(), sched_core::Error> {
//! use sched_core::Scheduler;
//! use sched_exec_tokio::TokioExecutor;
//!
//! let scheduler = Scheduler::builder()
//!     .executor("default", TokioExecutor::new())
//!     .executor("downloads", TokioExecutor::new().limit(4)?)
//!     .build()?;
//! # let _ = scheduler;
//! # Ok(())
//! # }
//! ```
//!
//! [`max_blocking_threads`]: https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html#method.max_blocking_threads

mod crowd;
mod executor;
mod options;

pub use executor::TokioExecutor;
pub use options::register;
