//! Jobs on an event loop that is not tokio's: that of a GUI, of a game, of another runtime.
//!
//! All that a loop must offer is a way to have a closure called on its own thread. Most have one:
//!
//! | Loop | Its way |
//! | --- | --- |
//! | GLib, GTK | `glib::idle_add_once` |
//! | Qt | `QMetaObject::invokeMethod(app, f, Qt::QueuedConnection)` |
//! | winit | `EventLoopProxy::send_event` |
//! | calloop | `calloop::channel::Sender::send` |
//! | smol | `Executor::spawn` |
//! | actix | `ArbiterHandle::spawn_fn` |
//! | green threads of `may` | `go!` |
//! | one of your own | an [`Inbox`] |
//!
//! Here the loop is a channel that the main thread takes closures from:
//!
//! ```
//! use std::sync::mpsc;
//! use std::thread;
//!
//! use sched_core::{Context, Scheduler, Shutdown};
//! use sched_exec_loop::{Closed, LoopExecutor};
//!
//! # fn main() -> Result<(), sched_core::Error> {
//! let (sender, turns) = mpsc::channel();
//! let executor = LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed));
//!
//! // The scheduler has threads of its own; its jobs come here.
//! let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
//! scheduler.start()?;
//! let here = thread::current().id();
//! let job = move |cx: Context| async move {
//!     assert_eq!(thread::current().id(), here);
//!     cx.scheduler().shutdown(Shutdown::Wait).await
//! };
//! scheduler.add(job).submit()?;
//!
//! for turn in turns {
//!     turn();
//!     if !scheduler.is_running() {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A closure cannot be named in a file, so configurations do not know this executor: add it in
//! code, beside those that come from one.

mod executor;
mod inbox;
mod turn;

pub use executor::LoopExecutor;
pub use inbox::Inbox;
pub use turn::{Closed, Turn};
