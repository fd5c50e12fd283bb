#![doc = include_str!("../README.md")]
//!
//! # What survives what
//!
//! - A write that was acknowledged is on the disks of most members; it survives the end of any
//!   process, and the loss of fewer than half of the members.
//! - A store that loses its server fails until another one answers. A write whose answer was lost
//!   may have happened or not.
//!
//! # Whose clock decides
//!
//! etcd tells nobody the time, so each scheduler goes by **its own machine's clock**. Where these
//! differ, a job starts by the clock of whoever is first, and a lease may seem to end early or
//! late by the difference: keep them together with NTP, and leases far longer than what they may
//! be apart.
//!
//! # Needs
//!
//! - etcd 3.4 or later, with the default limits or higher ones: 1.5 MiB for a request
//!   (`--max-request-bytes`), 128 operations in a transaction (`--max-txn-ops`).
//! - **Compaction**: etcd keeps every value that a key ever had until it is told not to. Start it
//!   with something like `--auto-compaction-retention=5m`, or it slows down, fills up (2 GiB unless said) and
//!   takes no more writes. That is a passing fault to the store: it goes on once there is room.
//! - An account, if there are accounts, that may read and write the prefix `<path>//`.
//! - To compile: `protoc`, the compiler of Protocol Buffers (Debian's `protobuf-compiler`, or the
//!   variable `PROTOC`).
//!
//! The data of etcd is kept in memory as an index of keys, and a claim costs the more the more jobs
//! are due: tens of thousands of jobs are fine, millions are not what it is made for.
//!
//! # Beside APScheduler
//!
//! Its records are other ones. Its etcd store lists and deletes all keys that *begin* with its path,
//! `/apscheduler` unless said: no path of a store here should begin with that.

mod connection;
mod fault;
mod hints;
mod layout;
mod options;
mod read;
mod servers;
mod store;
mod tls;
mod write;

/// The client library, whose types stand in the signatures here.
pub use etcd_client;

pub use options::register;
pub use store::EtcdStore;
