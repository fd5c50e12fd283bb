#![doc = include_str!("../README.md")]
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
