//! Lines 8 and 10 to 12.

use std::sync::Arc;

use sched_core::trigger::{Cron, Date, Interval};
use sched_core::{EventMask, InlineExecutor, JobFilter, JobKey, JobStore, MemoryStore, Shutdown};
use sched_testkit::TestScheduler;
use sched_tests::told::codes;

use crate::{SECOND, START, next_run, nothing};

#[tokio::test]
async fn kept_08_resuming_counts_from_now_and_removes_what_is_over() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let hourly = Cron::new().minute(0);
    let job = test.add(nothing).id("hourly").trigger(hourly).await.unwrap();
    job.pause().await.unwrap();
    let brief = Interval::every(SECOND).end_date("2026-01-01 01:00:00");
    test.add(nothing).id("brief").trigger(brief).paused().await.unwrap();
    test.advance(10_000 * SECOND).await;
    let job = test.resume_job("hourly").await.unwrap().unwrap();
    assert_eq!(next_run(&job), "2026-01-01T03:00:00Z");
    test.take(EventMask::all());
    assert!(test.resume_job("brief").await.unwrap().is_none());
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_REMOVED]);
    assert!(test.get_job("brief").await.unwrap().is_none());
    // A job that is not paused has its next run time counted anew as well.
    let job = job.modify().next_run_time("2026-01-01 09:09:09").await.unwrap();
    assert_eq!(next_run(&job.resume().await.unwrap().unwrap()), "2026-01-01T03:00:00Z");
}

#[tokio::test]
async fn kept_08_a_replacing_job_takes_over_everything_and_is_told_as_added() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let old = test.add(nothing).id("same").name("old").every(SECOND).coalesce(false);
    old.max_instances(3).misfire_grace_time(SECOND).tag("old").executor("x").await.unwrap();
    test.take(EventMask::all());
    let new = test.add(nothing).id("same").every(60 * SECOND).replace_existing().await.unwrap();
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_ADDED]);
    let there = test.get_job("same").await.unwrap().unwrap();
    for job in [new, there] {
        assert_eq!(
            (job.coalesce(), job.max_instances(), job.misfire_grace_time()),
            (true, 1, None)
        );
        assert_eq!((job.executor(), job.tags().len()), ("default", 0));
        assert!(job.name().ends_with("nothing"), "{}", job.name());
        assert_eq!(next_run(&job), "2026-01-01T00:01:00Z");
    }
}

#[tokio::test]
async fn kept_10_pending_jobs() {
    let store = Arc::new(MemoryStore::new());
    let given = store.clone();
    let build = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).shared_jobstore("default", given)
    });
    let mut test = build.unwrap();
    let job = test.add(nothing).id("a").name("first").every(10 * SECOND).await.unwrap();
    assert!(job.is_pending());
    assert_eq!((job.next_run_time(), job.store()), (None, None));
    assert_eq!(job.to_string(), "first (trigger: interval[0:00:10], pending)");
    assert!(store.list(None, 10).await.unwrap().is_empty());

    let job = job.modify().name("renamed").max_instances(4).await.unwrap();
    assert_eq!(job.to_string(), "renamed (trigger: interval[0:00:10], pending)");
    test.add(nothing).id("b").every(10 * SECOND).await.unwrap().pause().await.unwrap();
    test.add(nothing).id("c").every(10 * SECOND).await.unwrap().remove().await.unwrap();
    test.advance(25 * SECOND).await;
    test.start().await.unwrap();

    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id().as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((jobs[0].name(), jobs[0].max_instances()), ("renamed", 4));
    // Counted at the start, on the grid of the moment at which it was added.
    assert_eq!(next_run(&jobs[0]), "2026-01-01T00:00:30Z");
    assert!(jobs[1].is_paused());
    test.shutdown(Shutdown::Wait).await.unwrap();
}

#[tokio::test]
async fn kept_11_a_stopped_scheduler_shows_pending_jobs_only() {
    let test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("stored").every(SECOND).await.unwrap();
    test.shutdown(Shutdown::Wait).await.unwrap();
    assert!(test.get_jobs(JobFilter::all()).await.unwrap().is_empty());
    assert!(test.get_job("stored").await.unwrap().is_none());
    assert_eq!(test.jobs_text(None).await.unwrap(), "Pending jobs:\n    No pending jobs\n");
    let pending = test.add(nothing).id("pending").every(SECOND).await.unwrap();
    assert!(pending.is_pending());
    // The alias is ignored here, as there.
    let key = JobKey::from("pending").in_store("nowhere");
    assert!(test.get_job(key).await.unwrap().is_some());
    test.start().await.unwrap();
    assert_eq!(test.get_jobs(JobFilter::all()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn kept_11_an_unknown_store_has_no_jobs() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).every(SECOND).await.unwrap();
    assert!(test.get_jobs("nowhere").await.unwrap().is_empty());
    assert_eq!(test.jobs_text(Some("nowhere")).await.unwrap(), "");
    test.take(EventMask::all());
    test.remove_all_jobs(Some("nowhere")).await.unwrap();
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::ALL_JOBS_REMOVED]);
    assert_eq!(test.get_jobs(JobFilter::all()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn kept_12_bits_ids_and_the_layout_of_the_list() {
    let bits: Vec<u32> = EventMask::REFERENCE.iter().map(|code| code.bits()).collect();
    assert_eq!(bits, (0..17).map(|power| 1 << power).collect::<Vec<u32>>());
    assert_eq!(EventMask::REFERENCE.bits(), 131_071);
    assert_eq!(EventMask::JOB_MAX_INSTANCES.bits(), 65_536);

    let test = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).jobstore("another", MemoryStore::new())
    });
    let test = test.unwrap();
    test.add(nothing).name("later").every(60 * SECOND).id("i".repeat(191)).await.unwrap();
    assert_eq!(
        test.jobs_text(None).await.unwrap(),
        "Pending jobs:\n    later (trigger: interval[0:01:00], pending)\n"
    );
    assert_eq!(test.jobs_text(Some("another")).await.unwrap(), "Pending jobs:\n");
    test.start().await.unwrap();
    let date = Date::at("2026-06-01 12:00:00").timezone(chrono_tz::Europe::Berlin);
    test.add(nothing).name("summer").trigger(date).await.unwrap();
    test.add(nothing).name("resting").trigger(Cron::new().hour(5)).paused().await.unwrap();
    assert_eq!(
        test.jobs_text(None).await.unwrap(),
        "Jobstore another:\n\
         \x20   No scheduled jobs\n\
         Jobstore default:\n\
         \x20   later (trigger: interval[0:01:00], next run at: 2026-01-01 00:01:00 UTC)\n\
         \x20   summer (trigger: date[2026-06-01 12:00:00 CEST], next run at: 2026-06-01 12:00:00 CEST)\n\
         \x20   resting (trigger: cron[hour='5'], paused)\n"
    );
}
