//! Real servers for the tests of stores.
//!
//! [`shared`] is the way to a server that many tests use at once, each in a namespace of its own;
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

mod private;
mod service;
mod shared;

pub use private::PrivateServer;
pub use service::Service;
pub use shared::shared;
