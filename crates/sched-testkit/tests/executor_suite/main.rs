//! The suite itself: a sound executor passes, and each way to break the contract is noticed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faulty;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use sched_core::event::StreamItem;
use sched_core::task::RunErrorKind;
use sched_core::{EventKind, EventMask, Scheduler, Shutdown};
use sched_testkit::executor_suite::{self as suite, ExecutorHarness};

use faulty::{Fault, Faulty};

mod sound {
    use super::*;

    sched_testkit::executor_suite!(harness(Fault::None));
}

type Case = fn(ExecutorHarness) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! by_name {
    ([] $($case:ident)*) => {
        &[$((stringify!($case), |harness| Box::pin(suite::$case(harness)))),*]
    };
}

/// Every case of the suite.
const CASES: &[(&str, Case)] = sched_testkit::__each_executor_case! { [by_name] };

fn harness(fault: Fault) -> ExecutorHarness {
    ExecutorHarness::new(move |at_once| Faulty::new(fault, at_once))
}

/// Those of the cases, by a part of their name, that an executor with this fault passes.
fn passed(fault: Fault, name: &'static str) -> Vec<&'static str> {
    let cases: Vec<_> = CASES.iter().filter(|(case, _)| case.contains(name)).collect();
    assert!(!cases.is_empty(), "no case is called {name:?}");
    // Each waits out its patience; together they do not wait longer.
    let carry_out = |(case, carry_out): &'static (&'static str, Case)| {
        let impatient = harness(fault).patience(Duration::from_millis(250));
        let carried_out = move || suite::on_one_thread(carry_out(impatient));
        let thread = std::thread::spawn(move || catch_unwind(AssertUnwindSafe(carried_out)));
        (*case, thread)
    };
    let threads: Vec<_> = cases.into_iter().map(carry_out).collect();
    let passed = threads.into_iter().filter_map(|(case, thread)| {
        let verdict = thread.join().expect("panics of cases are caught");
        verdict.is_ok().then_some(case)
    });
    passed.collect()
}

/// One test for each fault: all cases with a name like this must notice it.
macro_rules! noticed {
    ($($test:ident: $fault:ident by $($name:literal),+;)+) => {
        $(
            #[test]
            fn $test() {
                $(
                    let blind = passed(Fault::$fault, $name);
                    assert!(blind.is_empty(), "did not notice: {blind:?}");
                )+
            }
        )+
    };
}

noticed! {
    every_case_notices_that_runs_are_dropped: Drops by "";
    every_case_notices_that_runs_are_forgotten: Forgets by "";
    every_case_notices_that_runs_are_refused: Refuses by "";
    one_lost_run_in_a_hundred_is_noticed: DropsOneInAHundred by "thousand_runs_all_end_once";
    exceeded_limit_is_noticed: KnowsNoLimit by "keep_to_the_limit";
    unused_room_is_noticed: RunsOneAtOnce by
        "keep_to_the_limit", "does_not_stall", "shutdown_waits", "beside_an_old_run", "two_tasks";
    death_after_a_bad_run_is_noticed: EndsWithItsFirstRun by
        "ends_only_its_run", "grows_with_every_claim", "attempts_are_counted", "runs_again";
    foreign_runtime_is_noticed: RunsElsewhere by "find_the_runtime";
    runs_aborted_at_shutdown_are_noticed: AbortsAtShutdown by
        "leaves_async_runs_alone", "leaves_blocking_runs_alone", "beside_an_old_run",
        "async_task_may_shut_down", "blocking_task_may_shut_down";
    shutdown_that_waits_for_itself_is_noticed: WaitsAtShutdown by
        "leaves_async_runs_alone", "leaves_blocking_runs_alone", "may_shut_down";
    executor_that_cannot_be_started_again_is_noticed: NeverStartsAgain by "restarted_executor";
}

/// Whatever an executor does to a run, somebody is told, and the scheduler goes on.
#[tokio::test]
async fn runs_that_are_dropped_or_refused_end_in_an_error() {
    let faults =
        [(Fault::Drops, "the executor dropped the run"), (Fault::Refuses, "closed for today")];
    for (fault, text) in faults {
        let builder = Scheduler::builder().executor("default", Faulty::new(fault, 1));
        let scheduler = builder.build().unwrap();
        let mut ends = scheduler.events(EventMask::JOB_ERROR | EventMask::JOB_EXECUTED);
        scheduler.start().await.unwrap();
        for _ in 0..3 {
            let job = scheduler.add(|| async {}).await.unwrap();
            let end = tokio::time::timeout(Duration::from_secs(30), ends.next());
            let Some(StreamItem::Event(end)) = end.await.unwrap() else { panic!("no end") };
            assert_eq!(end.job_id(), Some(job.id()));
            let EventKind::JobError { error, .. } = &end.kind else { panic!("ran: {end:?}") };
            assert_eq!(error.kind(), RunErrorKind::Executor);
            assert!(error.to_string().ends_with(text), "{error}");
        }
        scheduler.shutdown(Shutdown::Wait).await.unwrap();
    }
}
