//! Intervals.

use std::time::Duration;

use chrono::TimeZone;
use chrono_tz::US::Eastern;
use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{Interval, TriggerKind};

use crate::{at, build, fires, refusal, shown};

fn ten_seconds() -> Interval {
    Interval::new().seconds(10).start_date("2024-01-01 00:00:00")
}

#[test]
fn without_a_previous_fire_it_is_the_first_multiple_from_now_on() {
    let trigger = build(ten_seconds());
    for (now, fire) in [
        ("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:10Z", "2024-01-01T00:00:10Z"),
        ("2024-01-01T00:00:10.000001Z", "2024-01-01T00:00:20Z"),
    ] {
        assert_eq!(trigger.next_fire_time(None, at(now)), Some(at(fire)), "{now}");
    }
}

#[test]
fn with_a_previous_fire_it_is_one_interval_later_whatever_now_is() {
    let trigger = build(ten_seconds());
    let previous = Some(at("2024-01-01T00:00:03Z"));
    for now in ["2023-01-01T00:00:00Z", "2024-01-01T00:00:03Z", "2025-01-01T00:00:00Z"] {
        assert_eq!(trigger.next_fire_time(previous, at(now)), Some(at("2024-01-01T00:00:13Z")));
    }
}

#[test]
fn the_end_is_included() {
    let end = |end: &str| build(ten_seconds().end_date(end));
    let now = at("2024-01-01T00:00:10Z");
    assert_eq!(fires(&end("2024-01-01 00:00:20"), now, 9).len(), 2);
    assert_eq!(fires(&end("2024-01-01 00:00:19.999999"), now, 9).len(), 1);
    assert_eq!(fires(&end("2023-12-31"), now, 9), []);
}

#[test]
fn a_day_has_24_hours_where_the_clock_is_changed() {
    let start = Eastern.with_ymd_and_hms(2013, 3, 1, 0, 5, 0).unwrap();
    let trigger = build(Interval::new().hours(1).start_date(start));
    assert_eq!(
        shown(&trigger, "2013-03-10T01:05:00-05:00", 2),
        ["2013-03-10T01:05:00-05:00", "2013-03-10T03:05:00-04:00"]
    );
    assert_eq!(
        shown(&trigger, "2013-11-03T01:05:00-04:00", 2),
        ["2013-11-03T01:05:00-04:00", "2013-11-03T01:05:00-05:00"]
    );
}

#[test]
fn parts_are_exact_to_the_microsecond() {
    let distance = |interval: Interval| match build(interval).kind() {
        TriggerKind::Interval(interval) => interval.interval(),
        other => panic!("not an interval: {other:?}"),
    };
    assert_eq!(distance(Interval::new().seconds(0.1)), Duration::from_millis(100));
    assert_eq!(distance(Interval::new().hours(0.1)), Duration::from_secs(360));
    assert_eq!(distance(Interval::new().seconds(0.000_000_6)), Duration::from_micros(1));
    assert_eq!(distance(Interval::new().hours(1).minutes(-10)), Duration::from_secs(3000));
    let sum = Interval::new().weeks(1).days(1).hours(1).minutes(1).seconds(1);
    assert_eq!(distance(sum), Duration::from_secs(604_800 + 86_400 + 3600 + 60 + 1));
    let centuries = Interval::new().days(200_000).seconds(3);
    assert_eq!(distance(centuries), Duration::from_secs(200_000 * 86_400 + 3));
    assert_eq!(distance(Interval::every(Duration::from_millis(7))), Duration::from_millis(7));
}

#[test]
fn senseless_distances_are_refused() {
    for interval in [
        Interval::new().seconds(f64::NAN),
        Interval::new().weeks(f64::INFINITY),
        Interval::new().weeks(1e9),
        Interval::new().hours(1).minutes(-61),
        Interval::every(Duration::ZERO),
        Interval::every(Duration::MAX),
    ] {
        let message = refusal(interval.clone());
        assert!(!message.is_empty() && message.contains(": "), "{interval:?}: {message}");
    }
}

#[test]
fn starting_now_fires_at_once() {
    let trigger = build(Interval::new().hours(1).starting_now());
    let now = at("2024-01-01T00:00:00Z");
    assert_eq!(fires(&trigger, now, 2), [now, at("2024-01-01T01:00:00Z")]);
}

#[test]
fn fixed_delay_counts_from_the_end_of_a_run() {
    let end = "2024-01-01 05:00:00";
    let trigger = build(Interval::new().hours(1).fixed_delay().end_date(end));
    assert!(trigger.is_fixed_delay());
    let ended = |text: &str| trigger.after_run(at(text));
    assert_eq!(ended("2024-01-01T02:20:00Z"), Some(at("2024-01-01T03:20:00Z")));
    assert_eq!(ended("2024-01-01T04:00:00Z"), Some(at("2024-01-01T05:00:00Z")));
    assert_eq!(ended("2024-01-01T04:00:01Z"), None);

    let fixed_rate = build(Interval::new().hours(1));
    assert!(!fixed_rate.is_fixed_delay());
    assert_eq!(fixed_rate.after_run(at("2024-01-01T02:20:00Z")), None);
}

#[test]
fn no_fire_lies_past_the_year_9999() {
    let trigger = build(Interval::new().days(1).start_date("9999-12-30"));
    assert_eq!(fires(&trigger, at("9999-12-30T00:00:00Z"), 9).len(), 2);
    assert_eq!(trigger.next_fire_time(None, Timestamp::MAX), None);
}

proptest! {
    /// Whatever the distance, the first fire from now on is a multiple of it, and the next lower
    /// multiple is past.
    #[test]
    fn fires_lie_on_the_grid(
        every in 1_u64..=100_000_000_000,
        start in -1_000_000_000_000_i64..4_000_000_000_000_000,
        now in -1_000_000_000_000_i64..4_000_000_000_000_000,
    ) {
        let interval = Interval::every(Duration::from_micros(every));
        let trigger = build(interval.start_date(Timestamp::from_micros(start)));
        let fire = trigger.next_fire_time(None, Timestamp::from_micros(now)).unwrap().as_micros();
        let every = i64::try_from(every).unwrap();
        prop_assert!(fire >= now && fire >= start);
        prop_assert_eq!((fire - start) % every, 0);
        prop_assert!(fire == start || fire - every < now);
    }
}
