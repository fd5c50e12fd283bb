//! Jobs on a pool of threads, for tasks that block: files, computation, client libraries that
//! are not async.
//!
//! ```
//! use sched_core::task::blocking;
//! use sched_core::{EventMask, Scheduler};
//! use sched_exec_thread::ThreadPoolExecutor;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), sched_core::Error> {
//!     let scheduler = Scheduler::builder().executor("default", ThreadPoolExecutor::new()).build()?;
//!     let mut ends = scheduler.events(EventMask::JOB_EXECUTED);
//!     scheduler.start().await?;
//!     // Without a trigger: once, now.
//!     scheduler.add(blocking(|_cx| println!("hello"))).await?;
//!     ends.next().await;
//!     scheduler.shutdown(sched_core::Shutdown::Wait).await
//! }
//! ```

mod options;
mod pool;

pub use options::register;
pub use pool::ThreadPoolExecutor;
