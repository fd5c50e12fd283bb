#![doc = include_str!("../README.md")]
//!
//! # What survives what
//!
//! Every write is acknowledged once it is on disk, on a majority of the table's replicas, and
//! every read sees only such writes: a killed server loses nothing that it acknowledged, and a
//! failover neither. A table whose write acknowledgement somebody set to `single` is weaker.
//!
//! # Needs
//!
//! RethinkDB 2.4. An account needs `read` and `write` on the table. The database, the table and
//! its index are made when the store is opened; where they are there already, `config` is not
//! needed.
//!
//! Make the database and the table yourself if schedulers that start for the first time all at
//! once talk to *several* servers of a cluster: these do not agree in time on who makes a table,
//! and two of one name can be used by nobody until one is removed. On one server it is settled.
//!
//! # What the client library lacks
//!
//! - TLS. Where the way to the server is not trusted, lead it through a tunnel; or give the store
//!   [sessions](RethinkStore::with_sessions) of your own making.
//! - A sign of life on an idle connection. Where a firewall drops such connections without a word,
//!   hints cease until the next error, and schedulers look at their intervals.
//!
//! # What is stored
//!
//! A document for each job, with the job's id as its primary key. Ids and lanes are text as they
//! are, but for the characters NUL and U+0001, which a key may not have or that stand for them,
//! and for the ends of very long ones, which are replaced by a digest. Due times and revisions are
//! text too: the server's numbers cannot tell all of them apart.
//!
//! The documents are not those of APScheduler. A table that holds something else is refused, and
//! left as it is.

mod chunk;
mod connect;
mod document;
mod fault;
mod hints;
mod key;
mod listing;
mod options;
mod place;
mod pool;
mod query;
mod store;

/// The client library, whose types stand in the signatures here.
pub use unreql;

pub use options::register;
pub use store::RethinkStore;
