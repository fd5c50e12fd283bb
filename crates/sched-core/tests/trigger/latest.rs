//! The last of many missed fires.

use std::time::Duration;

use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{And, CalendarInterval, Cron, Gap, Interval, Or, Trigger};

use crate::combined::part;
use crate::{at, build, build_in};

/// The slow way: one fire after the other.
fn by_listing(trigger: &Trigger, due: Timestamp, now: Timestamp) -> Timestamp {
    let mut latest = due;
    while let Some(next) = trigger.next_fire_time(Some(latest), now).filter(|next| *next <= now) {
        latest = next;
    }
    latest
}

fn first(trigger: &Trigger, from: Timestamp) -> Option<Timestamp> {
    trigger.next_fire_time(None, from)
}

#[test]
fn a_month_of_seconds() {
    let (due, now) = (at("2024-01-01T00:00:00Z"), at("2024-02-01T00:00:00.7Z"));
    let last_second = at("2024-02-01T00:00:00Z");
    let every_second = || Interval::new().seconds(1);
    for trigger in [
        build(every_second()),
        build(Cron::new()),
        build(Or::new().with(every_second()).with(Cron::new())),
        build(And::new().with(every_second()).with(Cron::new())),
    ] {
        assert_eq!(trigger.latest_fire_time(due, now), last_second, "{trigger}");
        assert_eq!(trigger.latest_fire_time(due, due), due, "{trigger}");
    }
}

#[test]
fn counts_from_the_fire_that_was_due() {
    let (due, now) = (at("2024-01-01T00:00:03Z"), at("2024-01-01T01:00:00Z"));
    let interval = build(Interval::new().seconds(10).start_date("2024-01-01"));
    assert_eq!(interval.latest_fire_time(due, now), at("2024-01-01T00:59:53Z"));
    let calendar = build(CalendarInterval::new().days(5).start_date("2024-01-01"));
    let due = at("2024-01-02T00:00:00Z");
    let latest = calendar.latest_fire_time(due, at("2024-01-20T00:00:00Z"));
    assert_eq!(latest, at("2024-01-17T00:00:00Z"));
}

#[test]
fn a_fixed_delay_has_no_second_fire_before_its_run() {
    let trigger = build(Interval::new().seconds(10).fixed_delay());
    let due = at("2024-01-01T00:00:10Z");
    assert_eq!(trigger.latest_fire_time(due, at("2024-02-01T00:00:00Z")), due);
}

#[test]
fn the_end_is_respected() {
    let due = at("2024-01-01T00:00:00Z");
    let now = at("2024-01-09T00:00:00Z");
    let end = "2024-01-03 00:00:00";
    for trigger in [
        build(Interval::new().hours(7).start_date("2024-01-01").end_date(end)),
        build(Cron::new().hour("*/7").end_date(end)),
    ] {
        assert_eq!(trigger.latest_fire_time(due, now), by_listing(&trigger, due, now));
    }
}

#[test]
fn changes_of_the_clock_are_no_obstacle() {
    for gap in [Gap::Shift, Gap::Skip] {
        for (hour, minute) in [(22, 30), (23, 30), (0, 15)] {
            let calendar = CalendarInterval::new().days(1).hour(hour).minute(minute).gap(gap);
            let trigger = build_in("America/Nuuk", calendar.start_date("2024-03-01"));
            let due = first(&trigger, at("2024-03-01T00:00:00Z")).unwrap();
            for hours in (0..31 * 24).step_by(5) {
                let now = due + Duration::from_secs(hours * 3600);
                assert_eq!(trigger.latest_fire_time(due, now), by_listing(&trigger, due, now));
            }
        }
    }
}

proptest! {
    #[test]
    fn is_the_last_that_listing_finds(
        a in part(),
        b in part(),
        combined in 0..3,
        minutes in 0_u64..20_000,
    ) {
        let trigger = match combined {
            0 => a,
            1 => build(Or::new().with(a).with(b)),
            _ => build(And::new().with(a).with(b)),
        };
        let start = at("2024-03-28T00:00:00Z");
        if let Some(due) = first(&trigger, start) {
            let now = due + Duration::from_secs(minutes * 60);
            let latest = trigger.latest_fire_time(due, now);
            prop_assert_eq!(latest, by_listing(&trigger, due, now));
        }
    }
}
