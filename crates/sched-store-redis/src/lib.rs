#![doc = include_str!("../README.md")]
//!
//! # What survives what
//!
//! The store is as strong as the server is told to be:
//!
//! - A scheduler's end loses nothing, whatever the server's settings.
//! - The server's end loses what it has not written down. With `appendonly yes`, a killed server
//!   process loses nothing that it acknowledged; a machine without power loses up to a second
//!   with `appendfsync everysec`, and nothing with `appendfsync always`. With snapshots only,
//!   everything since the last snapshot is gone.
//! - **A failover may lose acknowledged writes**, in a cluster, with sentinels, and in all but a few
//!   hosted services: replicas follow after the acknowledgement. A job that was claimed may then be
//!   due again and run twice, and one that was just added may be missing. Where that must not be,
//!   use a server without automatic failover or another store.
//! - A server that may evict keys (`maxmemory-policy` other than `noeviction`) may throw all jobs
//!   away.
//!
//! # Needs
//!
//! Redis 5 or later, or Valkey. An account needs `@hash`, `@sortedset`, `@scripting`, `TYPE`,
//! `EXISTS`, `UNLINK` and `TIME` on the two keys, and publishing and subscribing to the channel
//! `<jobs key>:changes` if there shall be hints.
//!
//! The records are not those of APScheduler, whose default keys have no braces; keys that hold
//! somebody else's data are refused, and left as they are.

mod connect;
mod fault;
mod layout;
mod options;
mod scripts;
mod store;
#[cfg(feature = "tls")]
mod tls;

/// The client library, whose types stand in the signatures here.
pub use redis;

pub use options::register;
pub use store::RedisStore;
