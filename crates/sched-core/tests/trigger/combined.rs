//! `and` and `or`: set operations on the fires of their parts.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{And, CalendarInterval, Cron, Date, Interval, IntoTrigger, Or, Trigger};

use crate::{at, build, fires, refusal, shown};

/// May to August, 6th to 15th, until 10 August 2017; June to September, every third day.
fn two_crons() -> [Cron; 2] {
    let first = Cron::new().month("5-8").day("6-15").end_date("2017-08-10").timezone(Berlin);
    let second = Cron::new().month("6-9").day("*/3").end_date("2017-09-07").timezone(Berlin);
    [first, second]
}

#[test]
fn the_vectors_of_the_reference() {
    let [first, second] = two_crons();
    let and = build(And::new().with(first.clone()).with(second.clone()));
    let or = build(Or::new().with(first).with(second));
    assert_eq!(shown(&and, "2017-08-06T00:00:00+02:00", 1), ["2017-08-07T00:00:00+02:00"]);
    assert!(shown(&and, "2017-08-10T01:00:00+02:00", 1).is_empty());
    assert_eq!(shown(&or, "2017-08-06T00:00:00+02:00", 1), ["2017-08-06T00:00:00+02:00"]);
    assert!(shown(&or, "2017-09-07T01:00:00+02:00", 1).is_empty());
}

#[test]
fn missed_fires_come_out_one_by_one() {
    let hourly = || Cron::new().minute(0);
    let half_hourly = || Cron::new().minute("*/30");
    let previous = Some(at("2024-01-01T10:00:00Z"));
    let late = at("2024-01-05T00:00:00Z");
    let and = build(And::new().with(hourly()).with(half_hourly()));
    assert_eq!(and.next_fire_time(previous, late), Some(at("2024-01-01T11:00:00Z")));
    let or = build(Or::new().with(hourly()).with(half_hourly()));
    assert_eq!(or.next_fire_time(previous, late), Some(at("2024-01-01T10:30:00Z")));
}

#[test]
fn a_rare_meeting_is_found() {
    // Steps without a common factor: the two meet when both have come round.
    let and = And::new()
        .with(Interval::new().seconds(3601).start_date("2024-01-01 00:00:01"))
        .with(Cron::new().hour(12));
    let fire = fires(&build(and), at("2024-01-01T00:00:00Z"), 1)[0];
    let elapsed = fire.since(at("2024-01-01T00:00:01Z")).as_secs();
    assert_eq!(elapsed % 3601, 0);
    assert_eq!(fire.as_micros() / 1_000_000 % 86_400, 12 * 3600);
    // The first such number of days, found by counting.
    let days = (0..3601).find(|days| (days * 86_400 + 43_199) % 3601 == 0).unwrap();
    assert_eq!(elapsed, days * 86_400 + 43_199);
}

#[test]
fn intervals_meet_by_arithmetic() {
    let every = |seconds: f64, start: &str| Interval::new().seconds(seconds).start_date(start);
    let and = |a: Interval, b: Interval| build(And::new().with(a).with(b));
    let now = at("2024-01-01T00:00:00Z");

    let apart = and(every(2.0, "2024-01-01"), every(4.0, "2024-01-01 00:00:01"));
    assert_eq!(apart.next_fire_time(None, now), None);
    let fractions = and(every(1.0, "2024-01-01 00:00:00.5"), every(0.3, "2024-01-01"));
    assert_eq!(
        fires(&fractions, now, 2),
        [at("2024-01-01T00:00:01.5Z"), at("2024-01-01T00:00:04.5Z")]
    );
    // These meet every 86,399 · 86,400 seconds: after 86,399 days.
    let rare = and(every(86_399.0, "2024-01-01"), every(86_400.0, "2024-01-01"));
    let meeting = now + Duration::from_secs(86_399 * 86_400);
    assert_eq!(fires(&rare, now, 2), [now, meeting]);
}

#[test]
fn what_fires_on_whole_seconds_never_meets_what_fires_between() {
    let between = || Interval::new().seconds(1).start_date("2024-01-01 00:00:00.5");
    let now = at("2024-01-01T00:00:00Z");
    let cron = build(And::new().with(Cron::new()).with(between()));
    assert_eq!(cron.next_fire_time(None, now), None);
    let calendar = CalendarInterval::new().days(1);
    let nested = build(And::new().with(calendar).with(And::new().with(between())));
    assert_eq!(nested.next_fire_time(None, now), None);
}

#[test]
fn a_date_meets_what_fires_then() {
    let noon = || Cron::new().hour(12);
    let and = |date: &str| build(And::new().with(noon()).with(Date::at(date)));
    let now = at("2024-01-01T00:00:00Z");
    assert_eq!(fires(&and("2024-05-05 12:00:00"), now, 2), [at("2024-05-05T12:00:00Z")]);
    assert_eq!(fires(&and("2024-05-05 12:00:01"), now, 2), []);
}

#[test]
fn senseless_combinations_are_refused() {
    assert_eq!(refusal(And::new()), "triggers: and needs at least one trigger");
    assert_eq!(refusal(Or::new()), "triggers: or needs at least one trigger");
    let jittered = Cron::new().jitter(Duration::from_secs(1));
    assert_eq!(
        refusal(And::new().with(Cron::new()).with(jittered)),
        "and, trigger 2: jitter: put it on the whole and, not on a part of it"
    );
    assert_eq!(
        refusal(Or::new().with(Interval::new().fixed_delay())),
        "or, trigger 1: fixed_delay: cannot be combined: its fires depend on when runs end"
    );
    let nested = And::new().with(Or::new().with(Interval::new().hours(-1)));
    assert_eq!(
        refusal(nested),
        "and, trigger 1: or, trigger 1: interval: must be at least a microsecond long"
    );
}

#[test]
fn the_end_is_that_of_the_parts() {
    let part = |end: &str| Interval::new().hours(1).end_date(end);
    let (early, late) = (at("2024-02-01T00:00:00Z"), at("2024-03-01T00:00:00Z"));
    let and = build(And::new().with(part("2024-02-01")).with(part("2024-03-01")));
    assert_eq!(and.end_date(), Some(early));
    let or = build(Or::new().with(part("2024-02-01")).with(part("2024-03-01")));
    assert_eq!(or.end_date(), Some(late));
    let open = build(Or::new().with(part("2024-02-01")).with(Cron::new()));
    assert_eq!(open.end_date(), None);
}

static ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"];

/// A trigger with some dozens of fires in the days around a change of the clock. It ends, so that
/// two which never meet are soon found out.
pub(crate) fn part() -> impl Strategy<Value = Trigger> {
    let zone = || prop::sample::select(ZONES.as_slice());
    let interval = (1_u32..=12, 0_u32..24, zone()).prop_map(|(half_hours, hour, zone)| {
        let start = format!("2024-03-30 {hour}:00:00");
        let interval =
            Interval::new().minutes(half_hours * 30).start_date(start).end_date(LAST_DAY);
        crate::build_in(zone, interval)
    });
    let cron =
        (0_u32..6, 1_u32..6, prop::bool::ANY, zone()).prop_map(|(hour, step, half, zone)| {
            let minute = if half { "*/30" } else { "0" };
            let hours = format!("{hour}-23/{step}");
            crate::build_in(zone, Cron::new().hour(hours).minute(minute).end_date(LAST_DAY))
        });
    let calendar = (1_u32..3, 0_u32..24, zone()).prop_map(|(days, hour, zone)| {
        let calendar = CalendarInterval::new()
            .days(days)
            .hour(hour)
            .start_date("2024-03-29")
            .end_date(LAST_DAY);
        crate::build_in(zone, calendar)
    });
    let date = (0_u32..24).prop_map(|hour| build(Date::at(format!("2024-04-01 {hour}:00:00"))));
    prop_oneof![interval, cron, calendar, date]
}

const START: &str = "2024-03-30T00:00:00Z";
const LAST_DAY: &str = "2024-04-20";

fn end() -> Timestamp {
    at("2024-04-09T00:00:00Z")
}

/// All fires in the window, asked one after the other.
fn window(trigger: &Trigger) -> BTreeSet<Timestamp> {
    let mut seen = BTreeSet::new();
    let (mut previous, mut now) = (None, at(START));
    while let Some(fire) = trigger.next_fire_time(previous, now).filter(|fire| *fire < end()) {
        assert!(previous < Some(fire), "{trigger} fires at {fire} after {previous:?}");
        seen.insert(fire);
        (previous, now) = (Some(fire), fire);
    }
    seen
}

proptest! {
    #[test]
    fn or_is_the_union(parts in prop::collection::vec(part(), 1..4)) {
        let or = parts.iter().cloned().fold(Or::new(), Or::with);
        let union: BTreeSet<_> = parts.iter().flat_map(window).collect();
        prop_assert_eq!(window(&build(or)), union);
    }

    #[test]
    fn and_is_the_intersection(parts in prop::collection::vec(part(), 1..4)) {
        let and = parts.iter().cloned().fold(And::new(), And::with);
        let common = parts.iter().map(window).reduce(|a, b| &a & &b).unwrap();
        prop_assert_eq!(window(&build(and)), common);
    }

    #[test]
    fn they_nest(a in part(), b in part(), c in part()) {
        let union = window(&b).union(&window(&c)).copied().collect::<BTreeSet<_>>();
        let and = And::new().with(a.clone()).with(Or::new().with(b.clone()).with(c.clone()));
        prop_assert_eq!(window(&build(and)), &window(&a) & &union);
        let common = &window(&b) & &window(&c);
        let or = Or::new().with(a.clone()).with(And::new().with(b).with(c));
        prop_assert_eq!(window(&build(or)), &window(&a) | &common);
    }
}
