//! Jobs on their way from one store to another: every fire is run, and none twice.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod real;
mod rest;
mod rules;
mod two_stores;

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
