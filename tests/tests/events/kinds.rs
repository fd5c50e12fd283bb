//! Events about the scheduler, its members and its jobs: when they are told, and with what.

use std::sync::Arc;

use sched_core::event::{EventKind, JobRef};
use sched_core::trigger::Interval;
use sched_core::{
    Error, Event, EventMask, InlineExecutor, JobKey, MemoryStore, Scheduler, Shutdown,
};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::codes;

use crate::{SECOND, START, build, nothing};

/// The store that an event about a job names.
fn store_of(event: &Arc<Event>) -> Option<&str> {
    let (EventKind::JobAdded(JobRef { store, .. })
    | EventKind::JobRemoved(JobRef { store, .. })
    | EventKind::JobModified(JobRef { store, .. })) = &event.kind
    else {
        panic!("{event:?}")
    };
    store.as_deref()
}

#[tokio::test]
async fn the_scheduler_tells_of_its_own_turns_once() {
    let mut test = build();
    test.start().await.unwrap();
    let at_first =
        [EventMask::EXECUTOR_ADDED, EventMask::JOBSTORE_ADDED, EventMask::SCHEDULER_STARTED];
    assert_eq!(codes(&test.take(EventMask::all())), at_first);
    for turn in [Scheduler::pause, Scheduler::resume] {
        turn(&test).unwrap();
        turn(&test).unwrap();
    }
    test.shutdown(Shutdown::Wait).await.unwrap();
    let turns =
        [EventMask::SCHEDULER_PAUSED, EventMask::SCHEDULER_RESUMED, EventMask::SCHEDULER_SHUTDOWN];
    assert_eq!(codes(&test.take(EventMask::all())), turns);
    // The members are the same, so there is nothing to tell of them.
    test.start_paused().await.unwrap();
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::SCHEDULER_STARTED]);
}

#[tokio::test]
async fn what_is_refused_is_not_told() {
    let mut test = build();
    assert!(matches!(test.pause(), Err(Error::NotRunning)));
    assert!(matches!(test.shutdown(Shutdown::Wait).await, Err(Error::NotRunning)));
    assert!(matches!(test.remove_jobstore("none").await, Err(Error::UnknownStore { .. })));
    assert!(matches!(test.remove_job("none").await, Err(Error::JobLookup { .. })));
    assert!(matches!(test.pause_job("none").await, Err(Error::JobLookup { .. })));
    assert!(test.take(EventMask::all()).is_empty());
}

#[tokio::test]
async fn members_come_and_go_under_their_aliases() {
    let mut test = build();
    for started in [false, true] {
        if started {
            test.start().await.unwrap();
            test.take(EventMask::all());
        }
        test.add_executor("e", InlineExecutor::new()).await.unwrap();
        test.add_jobstore("s", MemoryStore::new()).await.unwrap();
        test.remove_executor("e", true).await.unwrap();
        test.remove_jobstore("s").await.unwrap();
        let told = test.take(EventMask::all());
        let aliases: Vec<(EventMask, &str)> = told
            .iter()
            .map(|event| match &event.kind {
                EventKind::ExecutorAdded { alias }
                | EventKind::ExecutorRemoved { alias }
                | EventKind::JobStoreAdded { alias }
                | EventKind::JobStoreRemoved { alias } => (event.code(), &**alias),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            (EventMask::EXECUTOR_ADDED, "e"),
            (EventMask::JOBSTORE_ADDED, "s"),
            (EventMask::EXECUTOR_REMOVED, "e"),
            (EventMask::JOBSTORE_REMOVED, "s"),
        ];
        assert_eq!(aliases, expected, "started: {started}");
    }
}

#[tokio::test]
async fn a_job_is_told_as_added_when_it_enters_its_store() {
    let mut test = build();
    test.add(nothing).id("pending").every(SECOND).await.unwrap();
    assert!(test.take(EventMask::all()).is_empty());
    test.start().await.unwrap();
    test.add(nothing).id("stored").every(SECOND).await.unwrap();
    let told = test.take(EventMask::JOB_ADDED);
    let stores: Vec<_> = told.iter().map(store_of).collect();
    assert_eq!(stores, [Some("default"); 2]);
    assert_eq!(told[0].job_id().map(|id| &**id), Some("pending"));
    assert_eq!(told[1].at, moment(START));
}

#[tokio::test]
async fn every_change_by_somebody_is_told_and_none_by_the_scheduler() {
    let mut test = build();
    test.start().await.unwrap();
    let job = test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
    test.take(EventMask::all());
    job.modify().name("renamed").await.unwrap();
    job.reschedule(Interval::every(20 * SECOND)).await.unwrap();
    job.pause().await.unwrap();
    job.resume().await.unwrap();
    let told = test.take(EventMask::all());
    assert_eq!(codes(&told), [EventMask::JOB_MODIFIED; 4]);
    assert!(told.iter().all(|event| store_of(event) == Some("default")));

    test.advance(60 * SECOND).await;
    job.run_now().await.unwrap();
    test.settle().await;
    let told = test.take(EventMask::JOB_MODIFIED | EventMask::JOB_ADDED | EventMask::JOB_REMOVED);
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn changing_a_pending_job_is_told_without_a_store() {
    let mut test = build();
    let job = test.add(nothing).every(SECOND).await.unwrap();
    job.modify().name("renamed").await.unwrap();
    let told = test.take(EventMask::all());
    assert_eq!(codes(&told), [EventMask::JOB_MODIFIED]);
    assert_eq!(store_of(&told[0]), None);
    job.remove().await.unwrap();
    let told = test.take(EventMask::all());
    assert_eq!(codes(&told), [EventMask::JOB_REMOVED]);
    assert_eq!(store_of(&told[0]), Some("default"), "where it would have gone");
}

#[tokio::test]
async fn removing_all_jobs_is_one_event() {
    let mut test = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).jobstore("second", MemoryStore::new())
    })
    .unwrap();
    for started in [false, true] {
        if started {
            test.start().await.unwrap();
        }
        for n in 0..5 {
            let store = if n % 2 == 0 { "default" } else { "second" };
            test.add(nothing).id(n.to_string()).store(store).every(SECOND).await.unwrap();
        }
        test.take(EventMask::all());
        test.remove_all_jobs(Some("second")).await.unwrap();
        test.remove_all_jobs(None).await.unwrap();
        let told = test.take(EventMask::all());
        let aliases: Vec<Option<&str>> = told
            .iter()
            .map(|event| match &event.kind {
                EventKind::AllJobsRemoved { alias } => alias.as_deref(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(aliases, [Some("second"), None], "started: {started}");
    }
}

#[tokio::test]
async fn a_job_is_told_as_removed_once_whatever_ends_it() {
    let mut test = build();
    test.start().await.unwrap();
    let end = "2026-01-01 00:00:25";
    let fails = || async { Err::<(), _>("no") };
    test.add(nothing).id("by hand").every(SECOND).await.unwrap();
    test.remove_job(JobKey::from("by hand").in_store("default")).await.unwrap();
    test.add(nothing).id("once").await.unwrap();
    test.add(nothing)
        .id("ended")
        .trigger(Interval::every(10 * SECOND).end_date(end))
        .await
        .unwrap();
    let delay = Interval::every(10 * SECOND).end_date(end).fixed_delay();
    test.add(nothing).id("delayed").trigger(delay).await.unwrap();
    test.add(fails).id("retried").retry(sched_core::Retry::new(4)).await.unwrap();
    test.advance(100 * SECOND).await;
    let told = test.take(EventMask::JOB_REMOVED);
    let mut ids: Vec<&str> = told.iter().map(|event| &**event.job_id().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["by hand", "delayed", "ended", "once", "retried"]);
}

#[tokio::test]
async fn a_wall_clock_that_was_set_is_told_by_how_much() {
    let mut test = build();
    test.start().await.unwrap();
    test.take(EventMask::all());
    for (to, micros) in [("2026-01-01T01:00:00Z", 3_600_000_000), (START, -3_600_000_000)] {
        test.clock().set_wall(moment(to));
        test.settle().await;
        let told = test.take(EventMask::all());
        let [event] = told.as_slice() else { panic!("{told:?}") };
        assert!(matches!(event.kind, EventKind::ClockJumped { micros: m } if m == micros));
    }
}
