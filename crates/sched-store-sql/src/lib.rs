#![doc = include_str!("../README.md")]
//!
//! # What it makes
//!
//! A table (`sched_jobs` unless said) of `id`, `lane`, `due_at` (microseconds since 1970, UTC),
//! `revision` and `body`, an index by lane and due time, and a table of the same name and
//! `$schema` that holds the version of the former. Opening makes them, and brings them up to date
//! when the program is newer; a table that is newer than the program is refused. Who may not
//! create tables gets the statements from [`SqlStoreBuilder::schema_sql`] and says
//! [`migrate(false)`](SqlStoreBuilder::migrate).
//!
//! Ids and lanes are stored as bytes: they are compared exactly, and any text of up to 255 bytes
//! is legal. `convert_from(id, 'UTF8')` (PostgreSQL), `CONVERT(id USING utf8mb4)` (MySQL) and
//! `CAST(id AS TEXT)` (SQLite) show them.
//!
//! # A job with the rest of a transaction, or not at all
//!
//! [`SqlStore::add_in`] writes a job with a connection of the caller's own: it becomes visible with
//! the transaction there.
//!
//! # Privileges
//!
//! SELECT, INSERT, UPDATE and DELETE on the table, SELECT on the other; to make them, CREATE in the
//! schema (and INDEX on MySQL), and to make the schema, CREATE on the database.
//!
//! # What happens when
//!
//! - **The server is away**: calls fail as [`Unavailable`](sched_core::store::StoreError) after
//!   [`patience`](SqlStoreBuilder::patience) at most. When it is back, connections are made anew.
//! - **The process dies**: the server rolls back what was not committed. What a call acknowledged
//!   is committed, and as durable as the server makes commits; on SQLite it is on the disk.
//! - **The process freezes** between reading due jobs and writing them: if it had locked them, the
//!   server ends its transaction after 10 seconds (PostgreSQL) or a minute (MySQL), and others have
//!   those jobs again. On SQLite, which has one lock for all, others wait for it to go on or die.
//! - **Two write the same job**: one wins. Deadlocks and lost races are tried again.
//! - **Others want to know of a write**: on PostgreSQL they are notified, at most every 50
//!   milliseconds; elsewhere they see it at the scheduler's next look.
//! - **A body is too large**: 512 MiB are the most, and on MySQL what `max_allowed_packet` allows
//!   when the store is opened, less 4 KiB.

mod batch;
mod dialect;
mod fault;
mod hints;
mod place;
mod plugin;
mod rivals;
mod schema;
mod session;
mod settings;
mod store;
mod table;
mod transaction;
mod url;

pub use plugin::register;
pub use settings::{GivenPool, SqlStoreBuilder};
pub use store::SqlStore;
pub use transaction::{AddError, GivenConnection};

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose a database: sqlite, postgres or mysql");
