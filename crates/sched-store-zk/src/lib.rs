#![doc = include_str!("../README.md")]
//!
//! # How many
//!
//! ZooKeeper keeps everything in memory, writes everything to a log, and is made for small amounts
//! that change now and then. Thousands of jobs that run every few minutes are well kept in it; for
//! hundreds of thousands, or for hundreds of runs in a second, take a database.
//!
//! # What survives what
//!
//! What was acknowledged is on the disks of a majority of the servers, and no single end of a
//! machine loses it, unless a server was told `forceSync=no`.
//!
//! # Needs
//!
//! ZooKeeper 3.6 or later. A record, its body and all, is one request: up to a million bytes, which
//! is as much as a server takes whose `jute.maxbuffer` is what it is unless said. The same setting
//! limits what other clients read at once; the index is cut into nodes that stay below it.
//!
//! An account needs all rights on the store's path except `admin`; what the store makes is open to
//! everybody who reaches the server unless it has [an account](ZooKeeperStore::auth).
//!
//! # TLS and SASL
//!
//! The client library has them behind features, which are off here: one brings a crate that nobody
//! maintains. Turn them on in your own manifest (`zookeeper-client = { version = "0.11", features =
//! ["tls"] }`) and give the store a [connector](ZooKeeperStore::with_connector) that uses them;
//! servers are then named `tcp+tls://host:port`.
//!
//! # Other hands
//!
//! A record and its entry in the index are written together and must stay so: nodes are there to be
//! looked at, and to be changed by nobody but a store.
//!
//! The records are not those of APScheduler, which has them at the same path unless told otherwise;
//! a path that holds somebody else's data is refused, and left as it is.

mod batch;
mod call;
mod fault;
mod hints;
mod index;
mod listing;
mod name;
mod opening;
mod options;
mod place;
mod session;
mod store;
mod value;
mod write;

/// The client library, whose types stand in the signatures here.
pub use zookeeper_client;

pub use options::register;
pub use store::ZooKeeperStore;
