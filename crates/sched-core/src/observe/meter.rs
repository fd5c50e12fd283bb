//! The metrics of one store and of one executor, as handles: registered once, and from then on a
//! number that is changed. Without a recorder they are empty, and nothing happens at all.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};

use super::metric;
use crate::event::ParkReason;
use crate::task::RunErrorKind;

/// What is asked of stores, as errors name it.
const OPERATIONS: [&str; 13] = [
    "open", "close", "insert", "get", "list", "due", "next_due", "lanes", "swap", "clear", "claim",
    "now", "tell",
];

/// What is counted of a store.
pub(crate) struct StoreMeter {
    alias: Arc<str>,
    fires: Counter,
    missed_when_claimed: Counter,
    missed_when_started: Counter,
    refused: Counter,
    retried: Counter,
    won: Counter,
    live: Gauge,
    up: Gauge,
    /// None for a store that no other scheduler sees, and that answers at once.
    shared: Option<SharedMeter>,
}

/// What is counted of a store that other schedulers may share.
struct SharedMeter {
    claims_lost: Counter,
    recovered: Counter,
    runs_lost: Counter,
    leases_lost: Counter,
    skew: Gauge,
    /// In the order of [`OPERATIONS`].
    operations: [(Histogram, Counter); OPERATIONS.len()],
}

impl StoreMeter {
    pub(crate) fn new(alias: &Arc<str>, is_volatile: bool) -> Self {
        let store = || alias.clone();
        let missed = |stage| metrics::counter!(metric::FIRES_MISSED.name, "store" => store(), "stage" => stage);
        StoreMeter {
            alias: store(),
            fires: metrics::counter!(metric::FIRES.name, "store" => store()),
            missed_when_claimed: missed("claim"),
            missed_when_started: missed("start"),
            refused: metrics::counter!(metric::FIRES_REFUSED.name, "store" => store()),
            retried: metrics::counter!(metric::RUNS_RETRIED.name, "store" => store()),
            won: metrics::counter!(metric::CLAIMS.name, "store" => store(), "result" => "won"),
            live: metrics::gauge!(metric::LIVE_RUNS.name, "store" => store()),
            up: metrics::gauge!(metric::STORE_UP.name, "store" => store()),
            shared: (!is_volatile).then(|| SharedMeter::new(alias)),
        }
    }

    pub(crate) fn claimed(&self, won: u64, lost: u64) {
        self.won.increment(won);
        if let Some(shared) = &self.shared {
            shared.claims_lost.increment(lost);
        }
    }

    pub(crate) fn fired(&self, fires: usize) {
        self.fires.increment(fires as u64);
    }

    pub(crate) fn missed_when_claimed(&self) {
        self.missed_when_claimed.increment(1);
    }

    pub(crate) fn missed_when_started(&self) {
        self.missed_when_started.increment(1);
    }

    pub(crate) fn refused(&self, fires: usize) {
        self.refused.increment(fires as u64);
    }

    pub(crate) fn run_is_live(&self) {
        self.live.increment(1.0);
    }

    pub(crate) fn run_is_over(&self) {
        self.live.decrement(1.0);
    }

    pub(crate) fn run_retried(&self) {
        self.retried.increment(1);
    }

    pub(crate) fn run_recovered(&self) {
        self.count(|shared| &shared.recovered);
    }

    pub(crate) fn run_lost(&self) {
        self.count(|shared| &shared.runs_lost);
    }

    pub(crate) fn lease_lost(&self) {
        self.count(|shared| &shared.leases_lost);
    }

    fn count(&self, of: impl Fn(&SharedMeter) -> &Counter) {
        if let Some(shared) = &self.shared {
            of(shared).increment(1);
        }
    }

    /// Seldom: no handle is kept for every reason.
    pub(crate) fn job_parked(&self, reason: &ParkReason) {
        let (store, reason) = (self.alias.clone(), label(reason));
        metrics::counter!(metric::JOBS_PARKED.name, "store" => store, "reason" => reason)
            .increment(1);
    }

    pub(crate) fn is_up(&self, up: bool) {
        self.up.set(f64::from(u8::from(up)));
    }

    pub(crate) fn skew(&self, seconds: f64) {
        if let Some(shared) = &self.shared {
            shared.skew.set(seconds);
        }
    }

    pub(crate) fn answered(&self, operation: &'static str, took: Duration, well: bool) {
        let Some(shared) = &self.shared else { return };
        let known = OPERATIONS.iter().zip(&shared.operations).find(|(name, _)| **name == operation);
        debug_assert!(known.is_some(), "{operation:?} is missing in the list of operations");
        if let Some((_, (seconds, errors))) = known {
            seconds.record(took);
            errors.increment(u64::from(!well));
        }
    }
}

impl SharedMeter {
    fn new(alias: &Arc<str>) -> Self {
        let store = || alias.clone();
        SharedMeter {
            claims_lost: metrics::counter!(
                metric::CLAIMS.name, "store" => store(), "result" => "lost"
            ),
            recovered: metrics::counter!(metric::RUNS_RECOVERED.name, "store" => store()),
            runs_lost: metrics::counter!(metric::RUNS_LOST.name, "store" => store()),
            leases_lost: metrics::counter!(metric::LEASES_LOST.name, "store" => store()),
            skew: metrics::gauge!(metric::CLOCK_SKEW.name, "store" => store()),
            operations: OPERATIONS.map(|name| {
                let seconds = metric::STORE_SECONDS.name;
                let errors = metric::STORE_ERRORS.name;
                (
                    metrics::histogram!(seconds, "store" => store(), "operation" => name),
                    metrics::counter!(errors, "store" => store(), "operation" => name),
                )
            }),
        }
    }
}

fn label(reason: &ParkReason) -> &'static str {
    match reason {
        ParkReason::Undecodable(_) => "undecodable",
        ParkReason::UnknownTask(_) => "unknown_task",
        ParkReason::UnknownTrigger(_) => "unknown_trigger",
        ParkReason::TriggerPanicked(_) => "trigger_panicked",
        ParkReason::UnknownExecutor(_) => "unknown_executor",
        ParkReason::Poisoned(_) => "poisoned",
        ParkReason::FailedTooOften(_) => "failed_too_often",
        ParkReason::Moving(_) => "moving",
        ParkReason::TooLarge(_) => "too_large",
    }
}

/// What is counted of an executor.
pub(crate) struct ExecutorMeter {
    succeeded: Counter,
    failed: Counter,
    panicked: Counter,
    timed_out: Counter,
    cancelled: Counter,
    bad_arguments: Counter,
    executor: Counter,
    lateness: Histogram,
    took: Histogram,
    queued: Gauge,
}

impl ExecutorMeter {
    pub(crate) fn new(alias: &Arc<str>) -> Self {
        let executor = || alias.clone();
        let ended = |error| {
            let (name, outcome) = (metric::RUNS.name, outcome(error));
            metrics::counter!(name, "executor" => executor(), "outcome" => outcome)
        };
        ExecutorMeter {
            succeeded: ended(None),
            failed: ended(Some(RunErrorKind::Failed)),
            panicked: ended(Some(RunErrorKind::Panicked)),
            timed_out: ended(Some(RunErrorKind::TimedOut)),
            cancelled: ended(Some(RunErrorKind::Cancelled)),
            bad_arguments: ended(Some(RunErrorKind::BadArguments)),
            executor: ended(Some(RunErrorKind::Executor)),
            lateness: metrics::histogram!(metric::LATENESS.name, "executor" => executor()),
            took: metrics::histogram!(metric::RUN_SECONDS.name, "executor" => executor()),
            queued: metrics::gauge!(metric::QUEUED_RUNS.name, "executor" => executor()),
        }
    }

    pub(crate) fn run_queued(&self) {
        self.queued.increment(1.0);
    }

    pub(crate) fn run_left_queue(&self) {
        self.queued.decrement(1.0);
    }

    pub(crate) fn run_started(&self, late: Duration) {
        self.lateness.record(late);
    }

    /// How a run ended, `error` being the kind of its error if it had one.
    pub(crate) fn run_ended(&self, error: Option<RunErrorKind>, took: Duration) {
        let ended = match error {
            None => &self.succeeded,
            Some(RunErrorKind::Failed) => &self.failed,
            Some(RunErrorKind::Panicked) => &self.panicked,
            Some(RunErrorKind::TimedOut) => &self.timed_out,
            Some(RunErrorKind::Cancelled) => &self.cancelled,
            Some(RunErrorKind::BadArguments) => &self.bad_arguments,
            Some(RunErrorKind::Executor) => &self.executor,
        };
        ended.increment(1);
        self.took.record(took);
    }
}

/// How metrics and spans name the end of a run.
pub(crate) const fn outcome(error: Option<RunErrorKind>) -> &'static str {
    match error {
        None => "success",
        Some(RunErrorKind::Failed) => "failed",
        Some(RunErrorKind::Panicked) => "panicked",
        Some(RunErrorKind::TimedOut) => "timed_out",
        Some(RunErrorKind::Cancelled) => "cancelled",
        Some(RunErrorKind::BadArguments) => "bad_arguments",
        Some(RunErrorKind::Executor) => "executor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that nobody asks for.
    struct Unshown;

    impl std::fmt::Display for Unshown {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("it is shown to nobody")
        }
    }

    #[test]
    fn where_nobody_listens_a_run_takes_no_memory() {
        let stores =
            ["shared", "memory"].map(|alias| StoreMeter::new(&alias.into(), alias == "memory"));
        let executor = ExecutorMeter::new(&"default".into());
        let second = Duration::from_secs(1);
        let job = Unshown;
        let allocated = allocation_counter::measure(|| {
            for store in &stores {
                store.claimed(1, 1);
                store.run_is_live();
                store.fired(1);
                executor.run_queued();
                executor.run_left_queue();
                executor.run_started(second);
                let span = tracing::info_span!(crate::observe::span::RUN, %job);
                executor.run_ended(Some(RunErrorKind::Failed), second);
                tracing::error!(%job, "run ended in an error");
                drop(span);
                store.answered("swap", second, false);
                store.run_is_over();
            }
        });
        assert_eq!(allocated.count_total, 0);
    }
}
