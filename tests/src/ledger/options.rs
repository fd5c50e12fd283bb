//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

/// Runs real schedulers on a real store, injects faults, and checks that every promise was kept.
///
/// Prints one line of JSON. Ends with 1 when a promise was broken; what, and its history, is then
/// on the standard error output.
#[derive(Debug, Parser)]
#[command(name = "ledger", args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judges a ledger that was kept.
    Check {
        /// Where it was kept.
        folder: PathBuf,
    },
    /// Is one of the schedulers.
    #[command(hide = true)]
    Worker(WorkerOptions),
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// A URL, or the name of a server to be started for this run alone: sqlite, postgres, mariadb,
    /// redis ...
    #[arg(long, default_value = "sqlite")]
    pub(crate) store: String,
    /// Keeps the ledger in this folder, which must be empty; else it is kept only if a promise was
    /// broken.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) terms: TermOptions,
}

/// What a run is like.
#[derive(Debug, Args)]
pub(crate) struct TermOptions {
    /// How many schedulers share the store.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) schedulers: u16,
    /// How many jobs there are.
    #[arg(long, default_value_t = 200)]
    pub(crate) jobs: usize,
    /// For how long jobs are due, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..))]
    pub(crate) seconds: u64,
    /// What happens to them.
    #[arg(long, value_delimiter = ',')]
    pub(crate) faults: Vec<FaultKind>,
    /// What chance is drawn from; random unless said.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The schedulers' lease, in milliseconds.
    #[arg(long, default_value_t = 6_000)]
    pub(crate) lease_ms: u64,
    /// How far apart two kills are, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    pub(crate) kill_every_ms: u64,
    /// Within what time the runs of a dead scheduler must be taken over, in milliseconds.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) takeover_ms: u64,
    /// Breaks the protocol, to see whether it is noticed.
    #[arg(long)]
    pub(crate) broken: Option<Broken>,
}

/// What can happen to schedulers and their store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    /// A scheduler is killed, and another one started.
    Kill,
    /// A scheduler stands still for longer than its lease.
    Freeze,
    /// The server is killed, and started again.
    RestartStore,
    /// A scheduler cannot reach the server for longer than its lease.
    Partition,
    /// Clocks are minutes apart, and jump.
    Skew,
}

/// How the protocol can be broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Broken {
    /// Compare-and-swap always says yes.
    Cas,
    /// Every other lease looks expired.
    Lease,
}

/// What a run is like, as the ledger says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) store: String,
    pub(crate) seed: u64,
    pub(crate) schedulers: u16,
    pub(crate) jobs: usize,
    pub(crate) seconds: u64,
    pub(crate) faults: Vec<FaultKind>,
    pub(crate) lease_ms: u64,
    pub(crate) kill_every_ms: u64,
    pub(crate) takeover_ms: u64,
    pub(crate) broken: Option<Broken>,
}

impl TermOptions {
    /// On a store of this name.
    pub(crate) fn on(self, store: &str) -> Terms {
        let mut faults = self.faults;
        faults.sort_unstable();
        faults.dedup();
        Terms {
            store: store.to_owned(),
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
            schedulers: self.schedulers,
            jobs: self.jobs,
            seconds: self.seconds,
            faults,
            lease_ms: self.lease_ms,
            kill_every_ms: self.kill_every_ms,
            takeover_ms: self.takeover_ms,
            broken: self.broken,
        }
    }
}

impl Terms {
    pub(crate) fn has(&self, kind: FaultKind) -> bool {
        self.faults.contains(&kind)
    }
}

/// What one of the schedulers is told.
#[derive(Debug, Args)]
pub(crate) struct WorkerOptions {
    /// The store's URL.
    #[arg(long)]
    pub(crate) store: String,
    /// What the jobs' place in the store is called.
    #[arg(long)]
    pub(crate) place: String,
    /// Where the ledger is.
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// What it signs its lines with.
    #[arg(long)]
    pub(crate) node: String,
    #[arg(long)]
    pub(crate) lease_ms: u64,
    #[arg(long)]
    pub(crate) broken: Option<Broken>,
    /// How far its clock is ahead, in milliseconds.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    pub(crate) skew_ms: i64,
    /// By how much its clock jumps, in milliseconds.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    pub(crate) jump_ms: i64,
    /// How long after its start, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub(crate) jump_after_ms: u64,
}
