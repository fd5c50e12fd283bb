#![doc = include_str!("../README.md")]
//!
//! # Three steps
//!
//! Get the jobs ([`source`], or a file that you read), make an [`Import`] of them, and look at it or
//! [add](Import::add_to) it. Nothing is lost without a word: what cannot be taken is in
//! [`Import::refused`], and what is not quite as it was has [`Note`]s.
//!
//! * **APScheduler**: [`Import::apscheduler`] with a [`Mapping`] of its functions to tasks. Pickles
//!   are read, never carried out: see [`pickle`]. Its stores are behind the features `sqlite`,
//!   `postgres`, `redis` and `mongodb`; without them a program gets the rows out by itself.
//! * **Crontabs**: [`Import::crontab`].
//! * **systemd**: [`Import::systemd_timer`].

pub mod apscheduler;
mod clock;
mod crontab;
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
