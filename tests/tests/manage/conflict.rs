//! A job that is added under an id that is taken.

use sched_core::trigger::Interval;
use sched_core::{Conflict, Context, Error, EventMask, Job, JobFilter};
use sched_testkit::TestScheduler;
use sched_tests::told::{ENDS, codes};

use crate::{SECOND, build, listed, next_run, nothing, started};

/// An old job, due at second 10, and what becomes of a new one, due at second 60.
async fn add_over(test: &mut TestScheduler, policy: Conflict) -> Result<Job, Error> {
    test.add(nothing).id("same").name("old").every(10 * SECOND).await.unwrap();
    test.advance(4 * SECOND).await;
    test.take(EventMask::all());
    let new = test.add(nothing).id("same").name("new").every(10 * SECOND);
    new.on_conflict(policy).await
}

#[tokio::test]
async fn refusing_is_the_default() {
    assert_eq!(Conflict::default(), Conflict::Refuse);
    let mut test = started().await;
    let refused = add_over(&mut test, Conflict::Refuse).await.unwrap_err();
    assert_eq!(refused.to_string(), "job store \"default\" already has a job with the id \"same\"");
    assert_eq!(test.get_job("same").await.unwrap().unwrap().name(), "old");
    assert!(test.take(EventMask::all()).is_empty());
}

#[tokio::test]
async fn replacing_begins_the_wait_anew() {
    let mut test = started().await;
    let job = add_over(&mut test, Conflict::Replace).await.unwrap();
    assert_eq!((job.name(), next_run(&job).as_str()), ("new", "2026-01-01T00:00:14Z"));
    assert_eq!(codes(&test.take(EventMask::all())), [EventMask::JOB_ADDED]);
}

#[tokio::test]
async fn keeping_leaves_the_old_one_and_tells_nothing() {
    let mut test = started().await;
    let job = add_over(&mut test, Conflict::Keep).await.unwrap();
    assert_eq!((job.name(), next_run(&job).as_str()), ("old", "2026-01-01T00:00:10Z"));
    assert!(test.take(EventMask::all()).is_empty());
}

/// For programs that add their jobs at every start and are started often.
#[tokio::test]
async fn replacing_may_keep_the_next_run_time() {
    let mut test = started().await;
    test.add(nothing).id("same").name("old").every(10 * SECOND).paused().await.unwrap();
    let again = |name: &str| {
        let job = test.add(nothing).id("same").name(name.to_owned()).every(10 * SECOND);
        job.on_conflict(Conflict::ReplaceKeepNext)
    };
    let job = again("second").await.unwrap();
    assert!(job.is_paused(), "paused by somebody, and still is");
    job.resume().await.unwrap();
    for start in 0..20 {
        test.advance(3 * SECOND).await;
        let job = test.add(nothing).id("same").name(start.to_string()).every(10 * SECOND);
        job.on_conflict(Conflict::ReplaceKeepNext).await.unwrap();
    }
    // Twenty starts, none of them ten seconds apart.
    assert_eq!(test.take(ENDS).len(), 6);
    let job = test.get_job("same").await.unwrap().unwrap();
    assert_eq!(job.name(), "19");
}

#[tokio::test]
async fn among_pending_jobs_the_policies_hold_at_the_start() {
    for (policy, name) in [
        (Conflict::Replace, Some("second")),
        (Conflict::Keep, Some("first")),
        (Conflict::ReplaceKeepNext, Some("second")),
        (Conflict::Refuse, None),
    ] {
        let test = build();
        test.add(nothing).id("same").name("first").every(SECOND).await.unwrap();
        let second = test.add(nothing).id("same").name("second").every(SECOND);
        second.on_conflict(policy).await.unwrap();
        let start = test.start().await;
        match name {
            None => assert!(matches!(start, Err(Error::ConflictingId { .. }))),
            Some(name) => {
                start.unwrap();
                let job = test.get_job("same").await.unwrap().unwrap();
                assert_eq!(job.name(), name, "{policy:?}");
                assert_eq!(listed(&test, JobFilter::all()).await.len(), 1);
            }
        }
    }
}

/// A job that lives on for its last run only is in nobody's way.
#[tokio::test]
async fn the_id_of_a_job_that_has_had_its_last_fire_is_free() {
    let mut test = started().await;
    let slow = |cx: Context| async move { cx.sleep(30 * SECOND).await };
    let brief = || Interval::every(10 * SECOND).end_date("2026-01-01 00:00:10").fixed_delay();
    for policy in [Conflict::Refuse, Conflict::Keep] {
        let id = format!("{policy:?}");
        test.add(slow).id(&*id).trigger(brief()).await.unwrap();
    }
    test.advance(10 * SECOND).await;
    // Its end is past, but only the run's end will show that nothing follows.
    assert!(test.get_job("Refuse").await.unwrap().is_some());
    test.advance(30 * SECOND).await;
    for policy in [Conflict::Refuse, Conflict::Keep] {
        let id = format!("{policy:?}");
        let new = test.add(nothing).id(&*id).name("new").every(SECOND).on_conflict(policy);
        assert_eq!(new.await.unwrap().name(), "new");
    }
}
