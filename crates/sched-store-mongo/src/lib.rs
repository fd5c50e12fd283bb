#![doc = include_str!("../README.md")]
//!
//! # What survives what
//!
//! Every write is acknowledged by a majority of the replica set's members and journaled, every read
//! is of the primary, and of what a majority has. So what was acknowledged is lost neither with a
//! scheduler, nor with a killed server, nor in a failover. A standalone server does as well: one
//! document is one record, and nothing here needs a transaction. Other settings in a URL or of a
//! client are overruled.
//!
//! # Needs
//!
//! MongoDB 4.4 or later; 6.0 was tried, as a replica set and standalone, and no sharded cluster. An
//! account needs `find`, `insert`, `update`, `remove`, `createIndex` and `changeStream` on the
//! collection, all of which the role `readWrite` has. A collection that is sharded must be so by
//! `_id`.
//!
//! A standalone server has no change streams: schedulers look at intervals.
//!
//! The documents are not those of APScheduler, although its default names hold here too. A
//! collection with documents of another kind is refused, and left as it is.
//!
//! # Clocks
//!
//! The server's clock, of milliseconds, is that of the primary or, in a sharded cluster, of the
//! router that answers. Their clocks should be kept in step, since another may take over.

mod answers;
mod document;
mod fault;
mod hints;
mod options;
mod place;
mod source;
mod store;

/// The client library, whose types stand in the signatures here.
pub use mongodb;

pub use options::register;
pub use store::MongoStore;
