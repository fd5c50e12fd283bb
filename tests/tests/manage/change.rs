//! Changing, pausing, resuming and removing jobs.

use sched_core::trigger::{Cron, Date, Interval, When};
use sched_core::{Error, EventMask, JobFilter, JobKey, MemoryStore};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{ENDS, codes, executed};

use crate::{SECOND, START, build, describe, listed, next_run, nothing, started};

#[tokio::test]
async fn what_is_not_said_stays_as_it_is() {
    for test in [build(), started().await] {
        let job = test.add(nothing).id("job").name("old").every(10 * SECOND).tag("t");
        let job = job.max_instances(3).misfire_grace_time(SECOND).await.unwrap();
        let job = job.modify().name("new").coalesce(false).await.unwrap();
        assert_eq!((job.name(), job.coalesce(), job.max_instances()), ("new", false, 3));
        assert_eq!((job.misfire_grace_time(), job.tags().len()), (Some(SECOND), 1));
        let job = job.modify().misfire_grace_time(None).tags(["x", "y"]).await.unwrap();
        assert_eq!((job.misfire_grace_time(), job.tags().len()), (None, 2));
        assert_eq!(job.trigger().to_string(), "interval[0:00:10]");
    }
}

#[tokio::test]
async fn all_of_a_change_is_made_or_none() {
    for mut test in [build(), started().await] {
        let job = test.add(nothing).id("job").name("old").every(10 * SECOND).await.unwrap();
        test.take(EventMask::all());
        let half = job.modify().name("new").max_instances(0).await.unwrap_err();
        assert!(matches!(half, Error::InvalidJob { field: "max_instances", .. }));
        let half = job.modify().name("new").cron("nonsense").await.unwrap_err();
        assert!(matches!(half, Error::Trigger(_)));
        let job = job.reload().await.unwrap().unwrap();
        assert_eq!((job.name(), job.max_instances()), ("old", 1));
        assert!(test.take(EventMask::all()).is_empty());
    }
}

#[tokio::test]
async fn a_new_trigger_alone_leaves_the_next_run_time_and_rescheduling_sets_it() {
    let test = started().await;
    let job = test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
    let job = job.modify().trigger(Cron::new().minute(30)).await.unwrap();
    assert_eq!(next_run(&job), "2026-01-01T00:00:10Z");
    let job = job.reschedule(Cron::new().minute(45)).await.unwrap();
    assert_eq!(next_run(&job), "2026-01-01T00:45:00Z");
    // Even while it is paused: rescheduling says when to run.
    let job = job.pause().await.unwrap().reschedule(Interval::every(SECOND)).await.unwrap();
    assert_eq!((next_run(&job).as_str(), job.is_paused()), ("2026-01-01T00:00:01Z", false));
}

#[tokio::test]
async fn rescheduling_to_a_trigger_without_a_fire_left_changes_nothing() {
    let mut test = started().await;
    test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
    let over = test.reschedule_job("job", Cron::new().year(2000)).await.unwrap_err();
    assert!(matches!(over, Error::NoFireLeft { .. }), "{over}");
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
}

/// The trigger is built before the job is looked for.
#[tokio::test]
async fn a_bad_trigger_is_told_even_for_a_job_that_is_not_there() {
    let test = started().await;
    let bad = test.reschedule_job("nobody", Cron::new().minute("*/60")).await.unwrap_err();
    assert!(matches!(bad, Error::Trigger(_)));
    let missing = test.reschedule_job("nobody", Cron::new().minute(1)).await.unwrap_err();
    assert!(matches!(&missing, Error::JobLookup { id } if &**id == "nobody"));
}

#[tokio::test]
async fn a_next_run_time_may_be_set_and_taken_away() {
    let mut test = started().await;
    let job = test.add(nothing).id("job").every(60 * SECOND).await.unwrap();
    job.modify().next_run_time(moment(START) + 7 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + 7 * SECOND]);
    let job = job.modify().next_run_time::<When>(None).await.unwrap();
    assert!(job.is_paused());
    test.advance(600 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
}

#[tokio::test]
async fn pausing_and_resuming() {
    let mut test = started().await;
    let job = test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
    for _ in 0..2 {
        let paused = test.pause_job("job").await.unwrap();
        assert!(paused.is_paused());
        assert_eq!(paused.next_run_time(), None);
    }
    test.advance(95 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
    let job = job.resume().await.unwrap().unwrap();
    assert_eq!(next_run(&job), "2026-01-01T00:01:40Z");
}

#[tokio::test]
async fn a_resumed_date_in_the_past_runs_after_all() {
    let mut test = started().await;
    let once = test.add(nothing).trigger(Date::at("2026-01-01 00:00:05")).paused();
    let once = once.await.unwrap();
    test.advance(60 * SECOND).await;
    once.resume().await.unwrap().unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + 5 * SECOND]);
}

#[tokio::test]
async fn a_removed_job_is_gone() {
    for mut test in [build(), started().await] {
        let job = test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
        job.remove().await.unwrap();
        assert!(listed(&test, JobFilter::all()).await.is_empty());
        let answers = [
            job.remove().await.err(),
            job.modify().name("x").await.err(),
            job.pause().await.err(),
            job.resume().await.err(),
            job.reschedule(Cron::new()).await.err(),
        ];
        for answer in answers {
            assert!(
                matches!(&answer, Some(Error::JobLookup { id }) if &**id == "job"),
                "{answer:?}"
            );
        }
        assert!(job.reload().await.unwrap().is_none());
        if test.is_running() {
            assert!(matches!(job.run_now().await, Err(Error::JobLookup { .. })));
            test.advance(60 * SECOND).await;
        }
        assert!(test.take(ENDS).is_empty());
    }
}

#[tokio::test]
async fn a_store_may_be_named_or_left_to_be_found() {
    let build = TestScheduler::build(START, |b| describe(b).jobstore("second", MemoryStore::new()));
    let test = build.unwrap();
    test.start().await.unwrap();
    for store in ["default", "second"] {
        test.add(nothing).id("same").name(store).store(store).every(SECOND).await.unwrap();
    }
    let there = || JobKey::from("same").in_store("second");
    test.pause_job(there()).await.unwrap();
    assert!(!test.get_job("same").await.unwrap().unwrap().is_paused());
    assert!(test.get_job(there()).await.unwrap().unwrap().is_paused());
    let wrong = test.remove_job(JobKey::from("same").in_store("third")).await.unwrap_err();
    assert!(matches!(wrong, Error::JobLookup { .. }));
    test.remove_job(there()).await.unwrap();
    assert_eq!(listed(&test, JobFilter::all()).await, ["same"]);
}

/// A handle shows the job as it was; the answers to changes are fresh.
#[tokio::test]
async fn a_handle_does_not_change_under_its_owner() {
    let test = started().await;
    let before = test.add(nothing).id("job").name("old").every(SECOND).await.unwrap();
    let after = before.modify().name("new").await.unwrap();
    assert_eq!((before.name(), after.name()), ("old", "new"));
    assert_eq!(before, after, "the same job all the same");
    assert_eq!(before.reload().await.unwrap().unwrap().name(), "new");
    assert_eq!(format!("{after:?}"), "<Job (id=job name=new)>");
}

/// Each change is made to what is there, whoever was faster.
#[tokio::test]
async fn changes_at_once_are_all_made() {
    let test = started().await;
    test.add(nothing).id("job").every(SECOND).await.unwrap();
    let changes: Vec<_> = (0..50_u32)
        .map(|n| {
            let scheduler = sched_core::Scheduler::clone(&test);
            tokio::spawn(async move {
                let job = scheduler.modify_job("job");
                match n % 3 {
                    0 => job.name("named").await,
                    1 => job.max_instances(9).await,
                    _ => job.tag("tagged").await,
                }
            })
        })
        .collect();
    for change in changes {
        change.await.unwrap().unwrap();
    }
    let job = test.get_job("job").await.unwrap().unwrap();
    assert_eq!((job.name(), job.max_instances(), job.tags().len()), ("named", 9, 1));
}

#[tokio::test]
async fn changing_the_executor_moves_the_job() {
    let mut test = started().await;
    test.add(nothing).id("job").every(10 * SECOND).await.unwrap();
    test.modify_job("job").executor("nowhere").await.unwrap();
    test.advance(60 * SECOND).await;
    assert_eq!(codes(&test.take(ENDS | EventMask::JOB_PARKED)), [EventMask::JOB_PARKED]);
    test.modify_job("job").executor("default").await.unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + 60 * SECOND]);
}
