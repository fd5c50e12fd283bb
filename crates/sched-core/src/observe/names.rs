//! Every name in one place: the tables that the guide shows, and that a test compares with what a
//! scheduler really tells.

use metrics::Unit;

/// A metric: what it is called, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// How a metric is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// How values are spread; all of them are seconds.
    Histogram,
}

/// A span: what it is called, and what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanName {
    /// Its name.
    pub name: &'static str,
    /// The level at which it is there.
    pub level: tracing::Level,
    /// Its fields.
    pub fields: &'static [&'static str],
    /// What it is the time of.
    pub help: &'static str,
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Gauge, labels, help }
}

const fn seconds(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Histogram, labels, help }
}

/// The metrics, each under a name of its own.
pub mod metric {
    use super::{Metric, counter, gauge, seconds};

    /// Fires that became runs.
    pub const FIRES: Metric = counter(
        "sched_fires_total",
        &["store"],
        "Fires that were claimed and handed to an executor; retries are not fires.",
    );
    /// Fires that came too late.
    pub const FIRES_MISSED: Metric = counter(
        "sched_fires_missed_total",
        &["store", "stage"],
        "Fires beyond their misfire grace time when they were claimed (stage=\"claim\"), or when \
         the executor came to them (stage=\"start\").",
    );
    /// Fires that found too many runs.
    pub const FIRES_REFUSED: Metric = counter(
        "sched_fires_refused_total",
        &["store"],
        "Fires dropped because the job ran in as many instances as it may.",
    );
    /// How runs ended.
    pub const RUNS: Metric = counter(
        "sched_runs_total",
        &["executor", "outcome"],
        "Runs that ended: success, failed, panicked, timed_out, cancelled, bad_arguments, executor.",
    );
    /// Runs to be tried again.
    pub const RUNS_RETRIED: Metric = counter(
        "sched_runs_retried_total",
        &["store"],
        "Runs that failed and will be tried again.",
    );
    /// Runs taken over.
    pub const RUNS_RECOVERED: Metric = counter(
        "sched_runs_recovered_total",
        &["store"],
        "Runs taken over from a scheduler whose lease on them had expired.",
    );
    /// Runs given up.
    pub const RUNS_LOST: Metric = counter(
        "sched_runs_lost_total",
        &["store"],
        "Runs whose scheduler died or had to stop them, and that are not run again.",
    );
    /// Leases that this scheduler could not keep.
    pub const LEASES_LOST: Metric = counter(
        "sched_leases_lost_total",
        &["store"],
        "Runs told to stop because their lease could not be kept.",
    );
    /// Jobs that cannot be run.
    pub const JOBS_PARKED: Metric = counter(
        "sched_jobs_parked_total",
        &["store", "reason"],
        "Jobs found that cannot be run here, and are kept.",
    );
    /// Races with other schedulers.
    pub const CLAIMS: Metric = counter(
        "sched_claims_total",
        &["store", "result"],
        "Due records that this scheduler won, or lost to another.",
    );
    /// How late runs begin.
    pub const LATENESS: Metric = seconds(
        "sched_lateness_seconds",
        &["executor"],
        "How long after its fire, jitter included, a run began.",
    );
    /// How long runs take.
    pub const RUN_SECONDS: Metric =
        seconds("sched_run_seconds", &["executor"], "How long a run took, whatever its outcome.");
    /// Runs that go on.
    pub const LIVE_RUNS: Metric = gauge(
        "sched_live_runs",
        &["store"],
        "Runs of this process that were claimed and have not ended.",
    );
    /// The depth of the queue of an executor.
    pub const QUEUED_RUNS: Metric = gauge(
        "sched_queued_runs",
        &["executor"],
        "Runs that an executor was given and has not begun.",
    );
    /// Whether a store answers.
    pub const STORE_UP: Metric =
        gauge("sched_store_up", &["store"], "1 while the job store answers, 0 while it does not.");
    /// How quick a store is.
    pub const STORE_SECONDS: Metric = seconds(
        "sched_store_seconds",
        &["store", "operation"],
        "How long a call to a job store took; not of stores in memory.",
    );
    /// How often a store fails.
    pub const STORE_ERRORS: Metric = counter(
        "sched_store_errors_total",
        &["store", "operation"],
        "Calls to a job store that failed, or had no answer in time.",
    );
    /// How wrong the wall clock is.
    pub const CLOCK_SKEW: Metric = gauge(
        "sched_clock_skew_seconds",
        &["store"],
        "How far this machine's clock is ahead of the job store's, which is the one that counts.",
    );
}

/// All metrics of a scheduler.
pub const METRICS: &[Metric] = &[
    metric::FIRES,
    metric::FIRES_MISSED,
    metric::FIRES_REFUSED,
    metric::RUNS,
    metric::RUNS_RETRIED,
    metric::RUNS_RECOVERED,
    metric::RUNS_LOST,
    metric::LEASES_LOST,
    metric::JOBS_PARKED,
    metric::CLAIMS,
    metric::LATENESS,
    metric::RUN_SECONDS,
    metric::LIVE_RUNS,
    metric::QUEUED_RUNS,
    metric::STORE_UP,
    metric::STORE_SECONDS,
    metric::STORE_ERRORS,
    metric::CLOCK_SKEW,
];

/// The names of spans, as the macros that make them take them.
pub(crate) mod span {
    pub(crate) const SCAN: &str = "sched.scan";
    pub(crate) const CLAIM: &str = "sched.claim";
    pub(crate) const SETTLE: &str = "sched.settle";
    pub(crate) const RUN: &str = "sched.run";
}

/// All spans of a scheduler.
pub const SPANS: &[SpanName] = &[
    SpanName {
        name: span::RUN,
        level: tracing::Level::INFO,
        fields: &[
            "job_id",
            "job",
            "task",
            "store",
            "executor",
            "run_id",
            "scheduled",
            "attempt",
            "outcome",
            "otel.status_code",
        ],
        help: "A run, from its start to its end: what the task logs is inside it.",
    },
    SpanName {
        name: span::SCAN,
        level: tracing::Level::DEBUG,
        fields: &["store"],
        help: "A look for what is due in a store.",
    },
    SpanName {
        name: span::CLAIM,
        level: tracing::Level::DEBUG,
        fields: &["store", "executor"],
        help: "One claim of what is due for an executor.",
    },
    SpanName {
        name: span::SETTLE,
        level: tracing::Level::DEBUG,
        fields: &["store", "ends"],
        help: "Writing down how so many runs ended.",
    },
];

/// Tells the recorder what each metric means. Those that show it, such as Prometheus's, do so from
/// then on; call it once, after the recorder was installed.
pub fn describe_metrics() {
    for metric in METRICS {
        let Metric { name, help, .. } = *metric;
        match metric.kind {
            MetricKind::Counter => metrics::describe_counter!(name, Unit::Count, help),
            MetricKind::Gauge if name.ends_with("_seconds") => {
                metrics::describe_gauge!(name, Unit::Seconds, help);
            }
            MetricKind::Gauge => metrics::describe_gauge!(name, Unit::Count, help),
            MetricKind::Histogram => metrics::describe_histogram!(name, Unit::Seconds, help),
        }
    }
}
