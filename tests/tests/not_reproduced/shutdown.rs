//! Lines 13 to 15.

use std::sync::Arc;

use sched_core::task::blocking;
use sched_core::{
    Context, EventMask, InlineExecutor, JobFilter, JobStore, Scheduler, SchedulerState, Shutdown,
    Zone,
};
use sched_testkit::{Verb, moment};
use sched_tests::told::{ENDS, executed, next, soon};
use tokio::sync::Notify;

use crate::{SECOND, START, executors, idle, nothing, on_a_faulty_store};

/// There the wakeup that ends the loop looks once more, and what it finds is lost.
#[tokio::test]
async fn not_reproduced_13_nothing_is_claimed_after_the_shutdown() {
    let (mut test, store) = on_a_faulty_store().await;
    test.add(idle()).id("due").at(moment(START) + 10 * SECOND).await.unwrap();
    test.settle().await;
    let looked = store.calls(Verb::Claim);
    // Due at the very moment of the shutdown.
    test.clock().advance(10 * SECOND);
    test.shutdown(Shutdown::Wait).await.unwrap();
    test.advance(60 * SECOND).await;
    assert_eq!(store.calls(Verb::Claim), looked);
    assert!(test.take(ENDS).is_empty());
    assert!(store.store().get(&"due".into()).await.unwrap().is_some());

    test.start().await.unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + 10 * SECOND]);
}

/// There it fails, or leaves a scheduler that neither runs nor can be started.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_14_a_job_may_shut_its_scheduler_down() {
    for (name, executor) in executors() {
        for how in [Shutdown::Wait, Shutdown::NoWait, Shutdown::WaitAtMost(SECOND)] {
            let builder = Scheduler::builder().timezone(Zone::UTC);
            let scheduler = builder.shared_executor("default", executor.clone()).build().unwrap();
            let mut events = scheduler.events(ENDS | EventMask::SCHEDULER_SHUTDOWN);
            scheduler.start().await.unwrap();
            let last = move |cx: Context| async move { cx.scheduler().shutdown(how).await };
            scheduler.add(last).await.unwrap();
            let mut told = [next(&mut events).await.code(), next(&mut events).await.code()];
            told.sort_by_key(|code| code.bits());
            let expected = [EventMask::SCHEDULER_SHUTDOWN, EventMask::JOB_EXECUTED];
            assert_eq!(told, expected, "{name}, {how:?}");
            assert_eq!(scheduler.state(), SchedulerState::Stopped);

            scheduler.start().await.unwrap();
            scheduler.add(nothing).await.unwrap();
            assert_eq!(next(&mut events).await.code(), EventMask::JOB_EXECUTED, "{name}");
            scheduler.shutdown(Shutdown::Wait).await.unwrap();
            assert_eq!(next(&mut events).await.code(), EventMask::SCHEDULER_SHUTDOWN);
        }
    }
}

/// There the shutdown holds the lock that the job waits for.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_15_a_job_may_use_the_scheduler_while_the_shutdown_waits_for_it() {
    for (name, executor) in executors() {
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let scheduler = builder.shared_executor("default", executor).build().unwrap();
        let mut events = scheduler.events(EventMask::JOB_STARTED | ENDS);
        scheduler.start().await.unwrap();
        let go = Arc::new(Notify::new());
        let released = go.clone();
        let busy = move |cx: Context| {
            let go = released.clone();
            async move {
                go.notified().await;
                let scheduler = cx.scheduler();
                let jobs = scheduler.get_jobs(JobFilter::all()).await?;
                scheduler.add(nothing).id("late").every(SECOND).await?;
                scheduler.pause_job("late").await?;
                scheduler.remove_job("late").await?;
                Ok::<usize, sched_core::Error>(jobs.len())
            }
        };
        scheduler
            .add(busy)
            .every(3_600 * SECOND)
            .next_run_time(scheduler_now(&scheduler))
            .await
            .unwrap();
        assert_eq!(next(&mut events).await.code(), EventMask::JOB_STARTED, "{name}");
        let (stopping, waiting) = (scheduler.clone(), scheduler.clone());
        let shutdown = tokio::spawn(async move { stopping.shutdown(Shutdown::Wait).await });
        soon(async {
            while waiting.state() != SchedulerState::Stopping {
                tokio::task::yield_now().await;
            }
        })
        .await;
        go.notify_one();
        assert_eq!(next(&mut events).await.code(), EventMask::JOB_EXECUTED, "{name}");
        soon(shutdown).await.unwrap().unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    }
}

fn scheduler_now(scheduler: &Scheduler) -> chrono::DateTime<chrono::Utc> {
    scheduler.now().to_utc().unwrap()
}

/// What was claimed together with the job that shuts down is not begun after the shutdown, nor is
/// anything claimed after it.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_13_a_shutdown_from_a_job_waits_for_what_was_claimed_with_it() {
    for (name, executor) in executors() {
        let builder = Scheduler::builder().timezone(Zone::UTC);
        let scheduler = builder.shared_executor("default", executor).build().unwrap();
        let mut events = scheduler.events(ENDS | EventMask::SCHEDULER_SHUTDOWN);
        let last = |cx: Context| async move { cx.scheduler().shutdown(Shutdown::Wait).await };
        // In one batch.
        scheduler.add(last).id("last").await.unwrap();
        for _ in 0..20 {
            scheduler.add(nothing).await.unwrap();
        }
        scheduler.start().await.unwrap();
        let mut executed = 0;
        loop {
            let event = next(&mut events).await;
            match event.code() {
                EventMask::SCHEDULER_SHUTDOWN => break,
                code => assert_eq!(code, EventMask::JOB_EXECUTED),
            }
            assert_ne!(event.job_id().map(|id| &**id), Some("last"), "{name}");
            executed += 1;
        }
        // All that was claimed; what was not is still there.
        scheduler.start_paused().await.unwrap();
        let left = scheduler.get_jobs(JobFilter::all()).await.unwrap().len();
        assert_eq!(executed + left, 20, "{name}");
        scheduler.shutdown(Shutdown::Wait).await.unwrap();
    }
}

/// A blocking job that is part of the scheduler's loop would wait for the loop.
#[tokio::test(flavor = "multi_thread")]
async fn not_reproduced_14_a_blocking_job_in_the_loop_may_shut_down() {
    let builder = Scheduler::builder().timezone(Zone::UTC);
    let scheduler = builder.executor("default", InlineExecutor::new()).build().unwrap();
    let mut events = scheduler.events(ENDS);
    let last = blocking(|cx| cx.scheduler().blocking().shutdown(Shutdown::Wait));
    for task in [last, blocking(|_| ()), blocking(|_| ())] {
        scheduler.add(task).await.unwrap();
    }
    scheduler.start().await.unwrap();
    assert_eq!(next(&mut events).await.code(), EventMask::JOB_EXECUTED);
    soon(scheduler.wait_until_stopped()).await;
}
