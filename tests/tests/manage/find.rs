//! Looking jobs up, and which.

use sched_core::task::{Args, Invocation};
use sched_core::{JobFilter, JobKey, MemoryStore};
use sched_testkit::TestScheduler;

use crate::{SECOND, START, describe, listed, nothing};

async fn filled() -> TestScheduler {
    let build = TestScheduler::build(START, |b| describe(b).jobstore("second", MemoryStore::new()));
    let test = build.unwrap();
    let greet = || Invocation::named("greet", Args::of(&("a", 1)).unwrap());
    test.add(greet()).id("1").every(SECOND).tags(["report", "daily"]).await.unwrap();
    test.add(greet()).id("2").every(2 * SECOND).tag("report").executor("other").await.unwrap();
    test.add(nothing).id("3").every(3 * SECOND).tag("daily").store("second").await.unwrap();
    test.add(nothing).id("4").every(4 * SECOND).paused().await.unwrap();
    test
}

#[tokio::test]
async fn filters_narrow_down_and_can_be_combined() {
    let test = filled().await;
    for started in [false, true] {
        if started {
            test.start_paused().await.unwrap();
        }
        let all = if started { ["1", "2", "4", "3"] } else { ["1", "2", "3", "4"] };
        assert_eq!(listed(&test, JobFilter::all()).await, all);
        for (filter, expected) in [
            (JobFilter::all().tag("report"), vec!["1", "2"]),
            (JobFilter::all().tag("report").tag("daily"), vec!["1"]),
            (JobFilter::all().tag("nobody's"), vec![]),
            (JobFilter::all().store("second"), vec!["3"]),
            (JobFilter::from("second"), vec!["3"]),
            (JobFilter::all().executor("other"), vec!["2"]),
            (JobFilter::all().task("greet"), vec!["1", "2"]),
            (JobFilter::all().task("greet").executor("default"), vec!["1"]),
            (JobFilter::all().paused(true), vec!["4"]),
            (JobFilter::all().paused(false).store("default"), vec!["1", "2"]),
        ] {
            let text = format!("{filter:?}");
            assert_eq!(listed(&test, filter).await, expected, "started: {started}: {text}");
        }
    }
}

#[tokio::test]
async fn a_job_is_found_by_its_id_in_one_store_or_any() {
    let test = filled().await;
    test.start_paused().await.unwrap();
    assert!(test.get_job("3").await.unwrap().is_some());
    assert!(test.get_job(JobKey::from("3").in_store("second")).await.unwrap().is_some());
    assert!(test.get_job(JobKey::from("3").in_store("default")).await.unwrap().is_none());
    assert!(test.get_job("5").await.unwrap().is_none());
    let found = test.get_job("3").await.unwrap().unwrap();
    assert_eq!(test.get_job(&found).await.unwrap().unwrap(), found);
}

/// More than a store is asked for at once.
#[tokio::test]
async fn thousands_are_listed_once_each_and_in_order() {
    let test = TestScheduler::build(START, describe).unwrap();
    test.start_paused().await.unwrap();
    let requests = (1..=2_500_u32).map(|n| {
        let id = format!("{:04}", (n * 7_919) % 10_000);
        sched_core::JobRequest::new(nothing).id(id).every(n * SECOND)
    });
    assert!(test.add_all(requests).await.iter().all(Result::is_ok));
    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(jobs.len(), 2_500);
    assert!(jobs.windows(2).all(|pair| pair[0].next_run_time() < pair[1].next_run_time()));
}
