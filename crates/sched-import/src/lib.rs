//! Takes over the jobs of APScheduler 3.x, of crontabs and of systemd's timers.
//!
//! An import has three steps: get the jobs ([`source`], or a file that you read), make an [`Import`]
//! of them, and look at it or [add](Import::add_to) it. Nothing is lost without a word: what cannot
//! be taken is in [`Import::refused`], and what is not quite as it was has [`Note`]s.
//!
//! * **APScheduler**: [`Import::apscheduler`] with a [`Mapping`] of its functions to tasks. Pickles
//!   are read, never carried out: see [`pickle`]. Its stores are behind the features `sqlite`,
//!   `postgres`, `redis` and `mongodb`; without them a program gets the rows out by itself.
//! * **Crontabs**: [`Import::crontab`].
//! * **systemd**: [`Import::systemd_timer`].
//!
//! ```
//! use sched_core::trigger::Defaults;
//! use sched_core::{Conflict, InlineExecutor, Scheduler};
//! use sched_import::{Crontab, Import};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! /// Gets the command, and whatever else its line says.
//! #[sched_core::task]
//! fn shell(command: String, env: std::collections::BTreeMap<String, String>) {
//!     println!("{env:?} {command}");
//! }
//!
//! let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
//! let defaults = Defaults { zone: scheduler.timezone(), now: scheduler.now() };
//! let crontab = Crontab::of_user(shell::NAME);
//! let import = Import::crontab("30 6 * * mon-fri  backup --all\n", &crontab, &defaults);
//! print!("{import}");
//! let added = import.add_to(&scheduler, "default", Conflict::Refuse).await;
//! assert_eq!(added.jobs.len(), 1);
//! # Ok(())
//! # }
//! ```

pub mod apscheduler;
mod clock;
mod crontab;
#[cfg(doctest)]
mod guide;
mod import;
mod job;
mod mapping;
pub mod pickle;
pub mod source;
mod systemd;

pub use crontab::Crontab;
pub use import::{Added, Import};
pub use job::{ImportedJob, NextRun, Note, Refusal, Refused};
pub use mapping::{Mapping, MappingError};
pub use systemd::SystemdTimer;
