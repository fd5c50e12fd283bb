//! Jobs in worker processes, for tasks that may crash, leak, hang or be killed: what they do to
//! their process, they do not do to the scheduler's.
//!
//! ```standalone_crate
//! use sched_core::{Context, EventKind, EventMask, Scheduler, Shutdown, task};
//! use sched_core::event::StreamItem;
//! use sched_exec_process::ProcessPoolExecutor;
//!
//! #[task]
//! fn crash() {
//!     std::process::abort();
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), sched_core::Error> {
//!     // The workers are this program, started once more: here is where they are told apart.
//!     sched_exec_process::worker();
//!
//!     let scheduler = Scheduler::builder().executor("default", ProcessPoolExecutor::new()).build()?;
//!     let mut ends = scheduler.events(EventMask::JOB_ERROR);
//!     scheduler.start().await?;
//!     scheduler.add(crash.call()).await?;
//!     let Some(StreamItem::Event(end)) = ends.next().await else { panic!("the job has an end") };
//!     let EventKind::JobError { error, .. } = &end.kind else { panic!("and not a good one") };
//!     assert!(error.to_string().contains("SIGABRT"), "{error}");
//!     scheduler.shutdown(Shutdown::Wait).await
//! }
//! ```
//!
//! Pool and worker talk through a socket, in JSON. For Unix only: groups of processes, limits and
//! passed sockets have no counterpart elsewhere that would do.

#[cfg(not(unix))]
compile_error!("sched-exec-process is for Unix only");

mod executor;
mod fault;
mod last_words;
mod limits;
mod mark;
mod options;
mod pool;
mod process;
mod wire;
mod worker;

pub use executor::ProcessPoolExecutor;
pub use fault::WorkerFault;
pub use options::register;
pub use worker::{Worker, worker};
