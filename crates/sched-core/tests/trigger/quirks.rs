//! Quirks of the reference that are kept, because people rely on them: one test for each.

use chrono_tz::Europe::Berlin;
use sched_core::trigger::{And, CalendarInterval, Cron, Date, Interval, IntoTrigger, Or};
use std::time::Duration;

use crate::{at, build, build_in, fires, shown};

#[test]
fn quirk_03_first_interval_run_is_one_interval_after_creation() {
    let trigger = build(Interval::new().minutes(5));
    assert_eq!(fires(&trigger, at("2024-01-01T00:00:00Z"), 1), [at("2024-01-01T00:05:00Z")]);
}

#[test]
fn quirk_03_intervals_are_aligned_to_a_past_start() {
    let trigger = build(Interval::new().minutes(5).start_date("2023-06-01 00:02:00"));
    assert_eq!(fires(&trigger, at("2024-01-01T00:00:00Z"), 1), [at("2024-01-01T00:02:00Z")]);
}

#[test]
fn quirk_03_all_zero_interval_is_one_second() {
    assert_eq!(build(Interval::new()).to_string(), "interval[0:00:01]");
}

#[test]
fn quirk_03_a_day_is_24_hours() {
    let trigger =
        build_in("Europe/Berlin", Interval::new().days(1).start_date("2024-03-30 12:00:00"));
    assert_eq!(
        shown(&trigger, "2024-03-30T00:00:00Z", 2),
        ["2024-03-30T12:00:00+01:00", "2024-03-31T13:00:00+02:00"]
    );
}

#[test]
fn quirk_12_text_forms() {
    let cron = || Cron::new().day_of_week("MON-fri").hour("9, 17");
    for (trigger, text) in [
        (build(Date::at("2024-07-01 09:00:00").timezone(Berlin)), "date[2024-07-01 09:00:00 CEST]"),
        (build(Interval::new().seconds(100)), "interval[0:01:40]"),
        (build(Interval::new().days(1).hours(2).seconds(3.5)), "interval[1 day, 2:00:03.500000]"),
        (build(Interval::new().weeks(1)), "interval[7 days, 0:00:00]"),
        (build(cron()), "cron[day_of_week='mon-fri', hour='9,17']"),
        (
            build(And::new().with(cron()).with(Interval::new().hours(1))),
            "and[cron[day_of_week='mon-fri', hour='9,17'], interval[1:00:00]]",
        ),
        (
            build(Or::new().with(Interval::new().hours(1)).with(Interval::new().hours(2))),
            "or[interval[1:00:00], interval[2:00:00]]",
        ),
        (
            build(CalendarInterval::new().days(1).hour(9).start_date("2024-01-31")),
            "CalendarIntervalTrigger(days=1, time='09:00:00', start_date='2024-01-31', \
             timezone='UTC')",
        ),
        (
            build_in(
                "Europe/Berlin",
                CalendarInterval::new().years(1).months(2).end_date("2030-01-01"),
            ),
            "CalendarIntervalTrigger(years=1, months=2, time='00:00:00', \
             start_date='2024-01-01', end_date='2030-01-01', timezone='Europe/Berlin')",
        ),
    ] {
        assert_eq!(trigger.to_string(), text);
    }
}

#[test]
fn quirk_14_the_end_date_is_included() {
    let end = "2024-01-01 05:00:00";
    for trigger in
        [build(Interval::new().hours(5).end_date(end)), build(Cron::new().hour(5).end_date(end))]
    {
        assert_eq!(fires(&trigger, at("2024-01-01T00:00:00Z"), 9), [at("2024-01-01T05:00:00Z")]);
    }
}

/// For cron as there; an interval's last fire is kept as well, rather than dropped when its delay
/// would pass the end.
#[test]
fn quirk_14_jitter_ends_at_the_end_date() {
    let end = "2024-01-01 05:00:30";
    let hour = Duration::from_secs(3600);
    for trigger in [
        build(Cron::new().hour(5).end_date(end).jitter(hour)),
        build(Interval::new().hours(5).end_date(end).jitter(hour)),
    ] {
        let last = fires(&trigger, at("2024-01-01T00:00:00Z"), 9)[0];
        for salt in 0..100 {
            let moved = trigger.jittered(salt, last, None);
            assert!(last <= moved && moved <= trigger.end_date().unwrap());
        }
    }
}
