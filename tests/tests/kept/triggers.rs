//! Lines 1 to 3 and 14.

use sched_core::trigger::Cron;
use sched_core::{Error, InlineExecutor};
use sched_testkit::{TestScheduler, moment};
use sched_tests::told::{ENDS, executed};
use serde_json::json;

use crate::{SECOND, START, by_name, next_run, nothing};

#[tokio::test]
async fn kept_01_weekdays_count_from_monday_and_all_fields_must_match() {
    let test = TestScheduler::start(START).await.unwrap();
    let monday = by_name(&test, "cron", json!({"day_of_week": 0})).await.unwrap();
    assert_eq!(next_run(&monday), "2026-01-05T00:00:00Z");
    let monday = test.add(nothing).trigger(Cron::from_crontab("0 0 * * 0")).await.unwrap();
    assert_eq!(next_run(&monday), "2026-01-05T00:00:00Z");
    let friday_13th = test.add(nothing).trigger(Cron::from_crontab("0 0 13 * fri")).await.unwrap();
    assert_eq!(next_run(&friday_13th), "2026-02-13T00:00:00Z");
}

#[tokio::test]
async fn kept_02_fields_left_out_have_the_defaults_of_the_reference() {
    let test = TestScheduler::start("2026-01-01T00:00:00.5Z").await.unwrap();
    for (args, next) in [
        (json!({"day_of_week": "mon"}), "2026-01-05T00:00:00Z"),
        (json!({"day": 1, "minute": 20}), "2026-01-01T00:20:00Z"),
        (json!({"year": 2030}), "2030-01-01T00:00:00Z"),
        (json!({}), "2026-01-01T00:00:01Z"),
    ] {
        let job = by_name(&test, "cron", args.clone()).await.unwrap();
        assert_eq!(next_run(&job), next, "{args}");
    }
    for args in [json!({"minute": "*/60"}), json!({"hour": "*/24"}), json!({"minute": "30/30"})] {
        let refused = by_name(&test, "cron", args.clone()).await.unwrap_err();
        assert!(matches!(refused, Error::Trigger(_)), "{args}: {refused}");
    }
}

#[tokio::test]
async fn kept_03_intervals_begin_after_one_interval_and_count_elapsed_time() {
    let test = TestScheduler::build("2026-03-28T12:00:00Z", |b| {
        b.executor("default", InlineExecutor::new()).timezone("Europe/Berlin".parse().unwrap())
    });
    let mut test = test.unwrap();
    test.start().await.unwrap();
    for (args, next) in [
        (json!({"seconds": 10}), "2026-03-28T12:00:10Z"),
        (json!({}), "2026-03-28T12:00:01Z"),
        (json!({"hours": 1, "start_date": "2026-03-28 10:30:00"}), "2026-03-28T12:30:00Z"),
        (json!({"hours": 1, "start_date": "2026-03-28 13:00:00"}), "2026-03-28T12:00:00Z"),
    ] {
        let job = by_name(&test, "interval", args.clone()).await.unwrap();
        assert_eq!(next_run(&job), next, "{args}");
    }
    test.remove_all_jobs(None).await.unwrap();
    // The clock is changed in the night: a day later by the sun is an hour later by the clock.
    by_name(&test, "interval", json!({"days": 1})).await.unwrap();
    test.advance(49 * 3_600 * SECOND).await;
    let seen = executed(&test.take(ENDS));
    assert_eq!(seen, [moment("2026-03-29T12:00:00Z"), moment("2026-03-30T12:00:00Z")]);
}

#[tokio::test]
async fn kept_14_the_end_date_is_included() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let interval = json!({"seconds": 10, "end_date": "2026-01-01 00:00:30"});
    by_name(&test, "interval", interval).await.unwrap();
    let cron = json!({"second": "*/10", "start_date": START, "end_date": "2026-01-01 00:00:30"});
    by_name(&test, "cron", cron).await.unwrap();
    test.advance(100 * SECOND).await;
    assert_eq!(executed(&test.take(ENDS)).len(), 3 + 4);
}
