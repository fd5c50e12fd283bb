//! A run of everything that metrics tell of, as a recorder sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metrics_util::MetricKind as Kind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use sched_core::observe::{METRICS, Metric, MetricKind, describe_metrics, metric};
use sched_core::{InlineExecutor, OnCrash, Retry, Task};
use sched_testkit::{EncodedStore, FaultyStore, ManualClock, TestScheduler, Verb, moment};

use crate::{Apart, SECOND, START, Shelf, call, nap, with_tasks};

/// What a recorder has been told, from the beginning on.
struct Told {
    snapshotter: Snapshotter,
    /// By name and label values: the last value of a gauge, the sum of a counter, the number of a
    /// histogram's samples.
    values: BTreeMap<(String, Vec<String>), f64>,
}

impl Told {
    /// Reads on. Every metric must be as the table has it.
    fn read(&mut self) {
        for (key, _, help, value) in self.snapshotter.snapshot().into_vec() {
            let name = key.key().name().to_owned();
            let known = METRICS.iter().find(|metric| metric.name == name);
            let known = known.unwrap_or_else(|| panic!("the table lacks {name}"));
            let labels: Vec<_> = key.key().labels().map(|label| label.key().to_owned()).collect();
            assert_eq!((labels, key.kind()), (names(known), kind(known)), "{name}");
            assert_eq!(help.as_deref(), Some(known.help), "{name}");
            let labels = key.key().labels().map(|label| label.value().to_owned()).collect();
            let told = self.values.entry((name, labels)).or_default();
            match value {
                // Reading takes both away.
                DebugValue::Counter(more) => *told += more as f64,
                DebugValue::Histogram(samples) => *told += samples.len() as f64,
                DebugValue::Gauge(now) => *told = now.into_inner(),
            }
        }
    }

    fn value(&mut self, metric: Metric, labels: &[&str]) -> f64 {
        self.read();
        let key = (metric.name.to_owned(), labels.iter().map(|&label| label.to_owned()).collect());
        self.values.get(&key).copied().unwrap_or_default()
    }
}

fn names(metric: &Metric) -> Vec<String> {
    metric.labels.iter().map(|&label| label.to_owned()).collect()
}

fn kind(metric: &Metric) -> Kind {
    match metric.kind {
        MetricKind::Counter => Kind::Counter,
        MetricKind::Gauge => Kind::Gauge,
        MetricKind::Histogram => Kind::Histogram,
        other => panic!("a recorder knows no {other:?}"),
    }
}

/// What is left by a scheduler that died with three jobs in a store that others share.
fn left_by_a_dead_scheduler(store: &EncodedStore) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let built = TestScheduler::build(START, |builder| {
            with_tasks(builder)
                .task(Task::asynchronous("gone", |_, ()| async {}))
                .jobstore("shared", store.clone())
                .executor("default", InlineExecutor::new())
        });
        let mut test = built.unwrap();
        test.start().await.unwrap();
        test.add(nap(60)).id("again").store("shared").await.unwrap();
        let once = test.add(nap(60)).id("once").store("shared");
        once.on_crash(OnCrash::Skip).await.unwrap();
        test.add(call("gone")).id("gone").store("shared").every(30 * SECOND).await.unwrap();
        test.advance(SECOND).await;
        assert_eq!(test.local_runs().len(), 2);
    });
}

#[test]
fn metrics_are_those_of_the_guide_and_each_of_them_is_told() {
    let store = EncodedStore::new();
    left_by_a_dead_scheduler(&store);

    let recorder = DebuggingRecorder::new();
    let mut told = Told { snapshotter: recorder.snapshotter(), values: BTreeMap::new() };
    let local = metrics::set_default_local_recorder(&recorder);
    describe_metrics();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(live(store, &mut told));
    drop(local);

    told.read();
    let told: BTreeSet<&str> = told.values.keys().map(|(name, _)| name.as_str()).collect();
    assert_eq!(told, METRICS.iter().map(|metric| metric.name).collect(), "all of the table");
}

async fn live(store: EncodedStore, told: &mut Told) {
    let clock = ManualClock::at(moment("2026-01-01T00:01:00Z"));
    let theirs = Apart(clock.clone(), 90 * SECOND);
    let way = Arc::new(FaultyStore::new(store.with_clock(Arc::new(theirs))));
    let shelf = Shelf::default();
    let built = TestScheduler::under(clock, |builder| {
        with_tasks(builder)
            .shared_jobstore("shared", way.clone())
            .executor("default", InlineExecutor::new())
            .executor("shelf", shelf.clone())
    });
    let mut test = built.unwrap();
    test.start().await.unwrap();
    test.advance(SECOND).await;

    // What the dead scheduler left, by the clock of the store, which is ahead.
    assert_eq!(told.value(metric::RUNS_RECOVERED, &["shared"]), 1.0);
    assert_eq!(told.value(metric::RUNS_LOST, &["shared"]), 1.0);
    assert_eq!(told.value(metric::JOBS_PARKED, &["shared", "unknown_task"]), 1.0);
    assert_eq!(told.value(metric::CLOCK_SKEW, &["shared"]), -90.0);
    assert_eq!(told.value(metric::STORE_UP, &["shared"]), 1.0);
    assert_eq!(told.value(metric::LIVE_RUNS, &["shared"]), 1.0);
    assert_eq!(told.value(metric::FIRES, &["shared"]), 0.0, "a recovery is not a fire");

    // Every way for a run to end, and not to begin.
    let on_time = test.add(nap(1)).store("shared").await.unwrap();
    test.add(call("fail")).store("shared").retry(Retry::new(2).backoff(SECOND)).await.unwrap();
    test.add(call("panic")).store("shared").await.unwrap();
    test.add(nap(9)).store("shared").timeout(SECOND).await.unwrap();
    let late = test.add(nap(0)).store("shared").at(moment(START));
    late.misfire_grace_time(SECOND).await.unwrap();
    let crowd = test.add(nap(30)).store("shared").id("crowd").every(10 * SECOND).await.unwrap();
    test.add(nap(0)).store("shared").executor("shelf").await.unwrap();
    let shelved = test.add(nap(0)).store("shared").executor("shelf");
    shelved.misfire_grace_time(SECOND).await.unwrap();
    test.settle().await;
    assert_eq!(told.value(metric::QUEUED_RUNS, &["shelf"]), 2.0);
    test.advance(25 * SECOND).await;
    let [refused, missed] = <[_; 2]>::try_from(shelf.clear()).unwrap();
    refused.fail("no more room");
    missed.execute().await;
    test.cancel_runs(&crowd).await.unwrap();
    crowd.remove().await.unwrap();
    test.settle().await;
    assert!(test.get_job(&on_time).await.unwrap().is_none(), "it has ended");
    let mut runs = |executor, outcome| told.value(metric::RUNS, &[executor, outcome]);
    assert_eq!(runs("default", "success"), 1.0);
    assert_eq!(runs("default", "failed"), 2.0);
    assert_eq!(runs("default", "panicked"), 1.0);
    assert_eq!(runs("default", "timed_out"), 1.0);
    assert_eq!(runs("default", "cancelled"), 1.0);
    assert_eq!(runs("shelf", "executor"), 1.0);
    assert_eq!(told.value(metric::RUNS_RETRIED, &["shared"]), 1.0);
    assert_eq!(told.value(metric::FIRES_MISSED, &["shared", "claim"]), 1.0);
    assert_eq!(told.value(metric::FIRES_MISSED, &["shared", "start"]), 1.0);
    assert_eq!(told.value(metric::FIRES_REFUSED, &["shared"]), 1.0);
    assert_eq!(told.value(metric::FIRES, &["shared"]), 7.0);
    assert_eq!(told.value(metric::QUEUED_RUNS, &["shelf"]), 0.0);
    // Every run that began and ended; of those on the shelf neither did begin.
    assert_eq!(told.value(metric::LATENESS, &["default"]), 7.0);
    assert_eq!(told.value(metric::RUN_SECONDS, &["default"]), 6.0);

    // Another scheduler is faster.
    way.lose_claims(1);
    test.add(nap(0)).store("shared").await.unwrap();
    test.advance(SECOND).await;
    assert_eq!(told.value(metric::CLAIMS, &["shared", "lost"]), 1.0);
    assert!(told.value(metric::CLAIMS, &["shared", "won"]) >= 8.0);

    // The store goes away under a run.
    assert_eq!(told.value(metric::STORE_ERRORS, &["shared", "swap"]), 0.0);
    assert_eq!(told.value(metric::LIVE_RUNS, &["shared"]), 1.0);
    way.cut_off();
    test.advance(10 * SECOND).await;
    assert_eq!(told.value(metric::LEASES_LOST, &["shared"]), 1.0);
    assert_eq!(told.value(metric::LIVE_RUNS, &["shared"]), 0.0);
    assert_eq!(told.value(metric::STORE_UP, &["shared"]), 0.0);
    assert!(told.value(metric::STORE_ERRORS, &["shared", "swap"]) >= 1.0);
    way.reconnect();
    test.advance(20 * SECOND).await;
    assert_eq!(told.value(metric::STORE_UP, &["shared"]), 1.0);
    let swaps = told.value(metric::STORE_SECONDS, &["shared", "swap"]);
    assert!(swaps >= 1.0 && swaps <= way.calls(Verb::Swap) as f64, "{swaps}");
}
