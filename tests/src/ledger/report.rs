//! What the judge found: one line for machines, and for people what was broken.

use std::collections::BTreeMap;

use serde::Serialize;

use super::line::Micros;
use super::options::Terms;

/// A promise that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// Every fire is run.
    Lost,
    /// None is run twice, unless its scheduler was lost.
    Doubled,
    /// None is run before its time.
    Early,
    /// No more runs at once than the job allows, and one at a time for a fire.
    Overlapping,
    /// Nothing is run that is not due.
    Unbidden,
    /// A fencing token belongs to one claim.
    Token,
    /// The runs of a dead scheduler are taken over in time.
    Takeover,
    /// No job is left in the store that has nothing to do.
    LeftBehind,
    /// A scheduler does not end by itself, and ends when it is told.
    Died,
}

/// One case of it.
#[derive(Debug)]
pub(crate) struct Breach {
    pub(crate) promise: Promise,
    /// What is wrong, and about which job.
    pub(crate) text: String,
    /// What happened around it.
    pub(crate) history: Vec<String>,
}

/// What became of the fires that were due.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fates {
    /// Came to an end, if not at the first attempt.
    pub(crate) ran: usize,
    /// Made one with a later fire, while nobody claimed anything.
    pub(crate) folded: usize,
    /// Dropped: the job ran in as many instances as it may.
    pub(crate) refused: usize,
    /// Not repeated after a crash, as the job asks.
    pub(crate) skipped_lost: usize,
    /// Given up because the job was changed or removed before it could be claimed or repeated.
    pub(crate) withdrawn: usize,
    pub(crate) lost: usize,
}

impl Fates {
    pub(crate) fn due(&self) -> usize {
        let Fates { ran, folded, refused, skipped_lost, withdrawn, lost } = *self;
        ran + folded + refused + skipped_lost + withdrawn + lost
    }
}

/// A run of a lost scheduler that another one has begun again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Takeover {
    /// From the loss of the scheduler to the new beginning.
    pub(crate) took: Micros,
    /// Whether something else went wrong meanwhile: the server was away, the record was locked by
    /// a scheduler that stood still, or somebody had taken it over and was killed before he began.
    pub(crate) disturbed: bool,
}

/// All that the judge found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) terms: Terms,
    pub(crate) faults: BTreeMap<&'static str, usize>,
    pub(crate) fates: Fates,
    /// Repetitions that are allowed: of runs that were live on a lost scheduler.
    pub(crate) doubled_allowed: usize,
    /// Further attempts of runs that failed.
    pub(crate) retried: usize,
    /// How long after its time each fire was begun, in order.
    pub(crate) lateness: Vec<Micros>,
    /// The most by which a run was begun before its time.
    pub(crate) earliest: Micros,
    pub(crate) takeovers: Vec<Takeover>,
    pub(crate) breaches: Vec<Breach>,
}

#[derive(Serialize)]
struct Summary<'a> {
    store: &'a str,
    seed: u64,
    schedulers: u16,
    jobs: usize,
    seconds: u64,
    due: usize,
    #[serde(flatten)]
    fates: &'a Fates,
    doubled: usize,
    doubled_allowed: usize,
    early: usize,
    overlapping: usize,
    unbidden: usize,
    tokens_twice: usize,
    left_behind: usize,
    died: usize,
    recovered: usize,
    retried: usize,
    max_late_ms: i64,
    p99_late_ms: i64,
    max_early_ms: f64,
    takeovers: Takeovers,
    faults: &'a BTreeMap<&'static str, usize>,
    clean: bool,
}

#[derive(Serialize)]
struct Takeovers {
    /// Those that nothing disturbed, which the times are about.
    count: usize,
    max_ms: i64,
    p50_ms: i64,
    too_slow: usize,
    disturbed: usize,
}

impl Report {
    /// Whether every promise was kept.
    pub(crate) fn is_clean(&self) -> bool {
        self.breaches.is_empty()
    }

    fn count(&self, promise: Promise) -> usize {
        self.breaches.iter().filter(|breach| breach.promise == promise).count()
    }

    /// The one line.
    pub(crate) fn summary(&self) -> String {
        let mut took: Vec<Micros> =
            self.takeovers.iter().filter(|one| !one.disturbed).map(|one| one.took).collect();
        took.sort_unstable();
        let Terms { store, seed, schedulers, jobs, seconds, .. } = &self.terms;
        let summary = Summary {
            store,
            seed: *seed,
            schedulers: *schedulers,
            jobs: *jobs,
            seconds: *seconds,
            due: self.fates.due(),
            fates: &self.fates,
            doubled: self.count(Promise::Doubled),
            doubled_allowed: self.doubled_allowed,
            early: self.count(Promise::Early),
            overlapping: self.count(Promise::Overlapping),
            unbidden: self.count(Promise::Unbidden),
            tokens_twice: self.count(Promise::Token),
            left_behind: self.count(Promise::LeftBehind),
            died: self.count(Promise::Died),
            recovered: self.takeovers.len(),
            retried: self.retried,
            max_late_ms: at(&self.lateness, 100) / 1_000,
            p99_late_ms: at(&self.lateness, 99) / 1_000,
            #[allow(clippy::cast_precision_loss, reason = "far below what a float can hold")]
            max_early_ms: self.earliest as f64 / 1_000.0,
            takeovers: Takeovers {
                count: took.len(),
                max_ms: at(&took, 100) / 1_000,
                p50_ms: at(&took, 50) / 1_000,
                too_slow: self.count(Promise::Takeover),
                disturbed: self.takeovers.len() - took.len(),
            },
            faults: &self.faults,
            clean: self.is_clean(),
        };
        serde_json::to_string(&summary).expect("the summary has text keys and finite numbers")
    }

    /// Prints the one line, and what was broken on the standard error output.
    pub(crate) fn tell(&self) {
        const SHOWN: usize = 20;
        for breach in self.breaches.iter().take(SHOWN) {
            eprintln!("\n{:?}: {}", breach.promise, breach.text);
            breach.history.iter().for_each(|line| eprintln!("  {line}"));
        }
        if let Some(more) = self.breaches.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            eprintln!("\nand {more} more");
        }
        println!("{}", self.summary());
    }
}

/// The value below which so many of a hundred lie.
fn at(sorted: &[Micros], percent: usize) -> Micros {
    let place = (sorted.len() * percent).div_ceil(100);
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0)
}
