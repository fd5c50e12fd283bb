//! Jobs as tasks of the tokio runtime that the scheduler was started in.
//!
//! For programs whose jobs mostly wait: for a database, for a server, for each other. An async
//! task costs no thread. One that blocks is kept off the async threads: it runs on those that
//! tokio keeps for such, at most [`max_blocking_threads`] of them at once for the whole runtime.
//!
//! ```
//! use sched_core::{EventMask, Scheduler};
//! use sched_exec_tokio::TokioExecutor;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), sched_core::Error> {
//!     let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
//!     let mut ends = scheduler.events(EventMask::JOB_EXECUTED);
//!     scheduler.start().await?;
//!     // Without a trigger: once, now.
//!     scheduler.add(|| async { println!("hello") }).await?;
//!     ends.next().await;
//!     scheduler.shutdown(sched_core::Shutdown::Wait).await
//! }
//! ```
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
