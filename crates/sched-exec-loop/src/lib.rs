#![doc = include_str!("../README.md")]
//!
//! The ways of some loops:
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
//! A closure cannot be named in a file, so configurations do not know this executor: add it in
//! code, beside those that come from one.

mod executor;
mod inbox;
mod turn;

pub use executor::LoopExecutor;
pub use inbox::Inbox;
pub use turn::{Closed, Turn};
