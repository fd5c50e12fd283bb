//! The ledger: real schedulers on a real store, faults, and a check that every promise was kept.
//!
//! One process conducts: it adds jobs and changes them, starts schedulers as processes of their
//! own, and kills, freezes and cuts them off by a timetable drawn from a seed. Every run writes
//! lines to a file, outside the store. At the end these are compared with what was due, which is
//! computed here from each job's period, without the scheduler's own triggers and planner.
//!
//! What is left out on purpose: the store is asked for nothing but to be empty at the end. What it
//! or the schedulers think has happened is no evidence.

mod address;
mod broken;
mod conduct;
mod due;
mod duty;
mod error;
mod fleet;
mod history;
mod journal;
mod judge;
mod line;
mod manage;
mod mix;
mod options;
mod proxy;
mod report;
mod server;
mod skewed;
mod storm;
mod target;
mod timetable;
mod trouble;
mod worker;

use std::process::ExitCode;

use clap::Parser;

pub use error::Error;
use options::{Command, Options};

/// The whole program: conducts, or is one of the schedulers, as its arguments say.
///
/// Success if every promise was kept.
///
/// # Errors
/// When there is nothing to judge: arguments that make no sense, a store that cannot be reached.
pub async fn main() -> Result<ExitCode, Error> {
    let options = Options::parse();
    let report = match options.command {
        Some(Command::Worker(worker)) => {
            worker::work(worker).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Check { folder }) => judge::judge(&history::History::read(&folder)?),
        None => conduct::conduct(options.run).await?,
    };
    report.tell();
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
