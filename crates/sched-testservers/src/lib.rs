//! Real servers for the tests of stores.
//!
//! [`shared()`] is the way to a server that many tests use at once, each in a namespace of its own;
//! a [`PrivateServer`] belongs to one test, which may kill it and start it again.
//!
//! Both answer with none where the machine has no such server, after a notice on the standard
//! error output. Where `CI` is `true` they panic instead: there every server must be there, but
//! for one that no package has.
//!
//! ```no_run
//! use sched_testservers::{PrivateServer, Service, shared};
//!
//! // `store_suite!` takes an `Option` of a harness.
//! let all_tests_use = shared(Service::Redis).map(|url| println!("{url}"));
//!
//! let mine = PrivateServer::start(Service::Redis).unwrap();
//! mine.kill();
//! mine.start_again();
//! println!("as before: {}", mine.url());
//! ```
//!
//! Below them is the [`Instance`], a server process that `cargo xtask services` also uses. It is
//! nobody else's: a free port of 127.0.0.1, a folder of its own, never the machine's own server.
//! Nothing here needs an async runtime or another crate of the workspace, so that xtask is built in
//! moments and servers come up while the rest compiles.

mod absent;
mod account;
mod container;
mod error;
mod instance;
mod leftover;
mod mongo_wire;
mod patience;
mod private;
mod probe;
mod process;
mod program;
mod recipe;
mod reference;
mod service;
mod shared;
mod site;

pub use account::is_root;
pub use error::Error;
pub use instance::{Instance, Lifetime};
pub use leftover::remove_leftovers;
pub use private::PrivateServer;
pub use process::ProcessId;
pub use program::{cache_folder, find_program, mongodb_wheel_folder};
pub use recipe::is_installed;
pub use reference::Reference;
pub use service::Service;
pub use shared::shared;
