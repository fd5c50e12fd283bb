//! A run of everything that metrics tell of, as a recorder sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sched_core::observe::{METRICS, describe_metrics, metric};
use sched_core::{InlineExecutor, OnCrash, Retry, Task};
use sched_testkit::{EncodedStore, FaultyStore, ManualClock, TestScheduler, Verb, moment};

use crate::recording::{Recording, Series};
use crate::{Apart, SECOND, START, Shelf, call, nap, with_tasks};

/// Asserts that every series is as the table has its metric.
fn assert_known(told: &Recording) {
    for Series { kind, key, .. } in told.series() {
        let name = key.name();
        let known = METRICS.iter().find(|metric| metric.name == name);
        let known = known.unwrap_or_else(|| panic!("the table lacks {name}"));
        let labels: Vec<&str> = key.labels().map(|label| label.key()).collect();
        assert_eq!((kind, &*labels), (known.kind, known.labels), "{name}");
        assert_eq!(told.help(name).as_deref(), Some(known.help), "{name}");
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

    let told = Recording::new();
    let local = metrics::set_default_local_recorder(&told);
    describe_metrics();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(live(store, &told));
    drop(local);

    assert_known(&told);
    let series = told.series();
    let told: BTreeSet<&str> = series.iter().map(|series| series.key.name()).collect();
    assert_eq!(told, METRICS.iter().map(|metric| metric.name).collect(), "all of the table");
}

async fn live(store: EncodedStore, told: &Recording) {
    let value = |metric, labels: &[&str]| told.value(metric, labels).unwrap_or_default();
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
    assert_eq!(value(metric::RUNS_RECOVERED, &["shared"]), 1.0);
    assert_eq!(value(metric::RUNS_LOST, &["shared"]), 1.0);
    assert_eq!(value(metric::JOBS_PARKED, &["shared", "unknown_task"]), 1.0);
    assert_eq!(value(metric::CLOCK_SKEW, &["shared"]), -90.0);
    assert_eq!(value(metric::STORE_UP, &["shared"]), 1.0);
    assert_eq!(value(metric::LIVE_RUNS, &["shared"]), 1.0);
    assert_eq!(value(metric::FIRES, &["shared"]), 0.0, "a recovery is not a fire");

    // Runs that wait in their executor.
    test.add(nap(0)).store("shared").executor("shelf").await.unwrap();
    let soon = test.add(nap(0)).store("shared").executor("shelf");
    soon.misfire_grace_time(SECOND).await.unwrap();
    shelf.holds(2).await;
    assert_eq!(value(metric::QUEUED_RUNS, &["shelf"]), 2.0);
    assert_eq!(value(metric::LIVE_RUNS, &["shared"]), 3.0);
    test.clock().advance(3 * SECOND);
    let [refused, missed] = <[_; 2]>::try_from(shelf.clear()).unwrap();
    refused.fail("no more room");
    missed.execute().await;
    test.settle().await;
    assert_eq!(value(metric::QUEUED_RUNS, &["shelf"]), 0.0);
    assert_eq!(value(metric::LIVE_RUNS, &["shared"]), 1.0);

    // Every other way for a run to end, and not to begin.
    let on_time = test.add(nap(1)).store("shared").await.unwrap();
    test.add(call("fail")).store("shared").retry(Retry::new(2).backoff(SECOND)).await.unwrap();
    test.add(call("panic")).store("shared").await.unwrap();
    test.add(nap(9)).store("shared").timeout(SECOND).await.unwrap();
    let late = test.add(nap(0)).store("shared").at(moment(START));
    late.misfire_grace_time(SECOND).await.unwrap();
    let crowd = test.add(nap(30)).store("shared").id("crowd").every(10 * SECOND).await.unwrap();
    test.advance(25 * SECOND).await;
    test.cancel_runs(&crowd).await.unwrap();
    crowd.remove().await.unwrap();
    test.settle().await;
    assert!(test.get_job(&on_time).await.unwrap().is_none(), "it has ended");
    let runs = |executor, outcome| value(metric::RUNS, &[executor, outcome]);
    assert_eq!(runs("default", "success"), 1.0);
    assert_eq!(runs("default", "failed"), 2.0);
    assert_eq!(runs("default", "panicked"), 1.0);
    assert_eq!(runs("default", "timed_out"), 1.0);
    assert_eq!(runs("default", "cancelled"), 1.0);
    assert_eq!(runs("shelf", "executor"), 1.0);
    assert_eq!(value(metric::RUNS_RETRIED, &["shared"]), 1.0);
    assert_eq!(value(metric::FIRES_MISSED, &["shared", "claim"]), 1.0);
    assert_eq!(value(metric::FIRES_MISSED, &["shared", "start"]), 1.0);
    assert_eq!(value(metric::FIRES_REFUSED, &["shared"]), 1.0);
    assert_eq!(value(metric::FIRES, &["shared"]), 7.0);
    // Every run that began and ended; of those on the shelf neither did begin.
    assert_eq!(value(metric::LATENESS, &["default"]), 7.0);
    assert_eq!(value(metric::RUN_SECONDS, &["default"]), 6.0);

    // Another scheduler is faster.
    way.lose_claims(1);
    test.add(nap(0)).store("shared").await.unwrap();
    test.advance(SECOND).await;
    assert_eq!(value(metric::CLAIMS, &["shared", "lost"]), 1.0);
    assert!(value(metric::CLAIMS, &["shared", "won"]) >= 8.0);

    // The store goes away under a run.
    assert_eq!(value(metric::STORE_ERRORS, &["shared", "swap"]), 0.0);
    assert_eq!(value(metric::LIVE_RUNS, &["shared"]), 1.0);
    way.cut_off();
    test.advance(10 * SECOND).await;
    assert_eq!(value(metric::LEASES_LOST, &["shared"]), 1.0);
    assert_eq!(value(metric::LIVE_RUNS, &["shared"]), 0.0);
    assert_eq!(value(metric::STORE_UP, &["shared"]), 0.0);
    assert!(value(metric::STORE_ERRORS, &["shared", "swap"]) >= 1.0);
    way.reconnect();
    test.advance(20 * SECOND).await;
    assert_eq!(value(metric::STORE_UP, &["shared"]), 1.0);
    let swaps = value(metric::STORE_SECONDS, &["shared", "swap"]);
    assert!(swaps >= 1.0 && swaps <= way.calls(Verb::Swap) as f64, "{swaps}");
}
