//! Calendar intervals.

use chrono_tz::Europe::Berlin;
use sched_core::trigger::{CalendarInterval, Gap};

use crate::{at, build, build_in, refusal, shown};

/// The dates and times that a scheduler sees which starts at the beginning of `start`.
fn seen(zone: &str, calendar: CalendarInterval, start: &str, most: usize) -> Vec<String> {
    let trigger = build_in(zone, calendar.start_date(start));
    let shown = shown(&trigger, &format!("{start}T00:00:00+14:00"), most);
    shown.iter().map(|fire| fire[..16].to_owned()).collect()
}

#[test]
fn months_are_added_until_the_day_exists() {
    let monthly = CalendarInterval::new().months(1);
    assert_eq!(
        seen("Europe/Berlin", monthly, "2024-01-31", 6),
        ["2024-01-31", "2024-03-31", "2024-05-31", "2024-07-31", "2024-08-31", "2024-10-31"]
            .map(|date| format!("{date}T00:00"))
    );
    let yearly = CalendarInterval::new().years(1);
    assert_eq!(
        seen("Europe/Berlin", yearly, "2024-02-29", 3),
        ["2024-02-29", "2028-02-29", "2032-02-29"].map(|date| format!("{date}T00:00"))
    );
    let drifting = CalendarInterval::new().months(1).days(1);
    assert_eq!(
        seen("UTC", drifting, "2024-01-31", 4),
        ["2024-01-31", "2024-04-01", "2024-05-02", "2024-06-03"].map(|d| format!("{d}T00:00"))
    );
}

#[test]
fn a_wall_time_in_a_gap_is_shifted_or_skipped() {
    let daily = CalendarInterval::new().days(1).hour(2).minute(30);
    assert_eq!(
        seen("Europe/Berlin", daily.clone(), "2024-03-30", 3),
        ["2024-03-30T02:30", "2024-03-31T03:30", "2024-04-01T02:30"]
    );
    assert_eq!(
        seen("Europe/Berlin", daily.gap(Gap::Skip), "2024-03-30", 2),
        ["2024-03-30T02:30", "2024-04-01T02:30"]
    );
    let weekly = CalendarInterval::new().weeks(1).hour(2).minute(30).gap(Gap::Skip);
    assert_eq!(
        seen("Europe/Berlin", weekly, "2024-03-24", 2),
        ["2024-03-24T02:30", "2024-04-07T02:30"]
    );
}

#[test]
fn a_repeated_wall_time_fires_the_first_time() {
    let daily = CalendarInterval::new().days(1).hour(2).minute(30).start_date("2024-10-26");
    let trigger = build(daily.timezone(Berlin));
    assert_eq!(
        shown(&trigger, "2024-10-26T00:00:00Z", 3),
        ["2024-10-26T02:30:00+02:00", "2024-10-27T02:30:00+02:00", "2024-10-28T02:30:00+01:00"]
    );
}

#[test]
fn a_date_that_the_zone_skipped_never_fires() {
    let noon = CalendarInterval::new().days(1).hour(12);
    assert_eq!(
        seen("Pacific/Apia", noon, "2011-12-28", 4),
        ["2011-12-28T12:00", "2011-12-29T12:00", "2011-12-31T12:00", "2012-01-01T12:00"]
    );
}

#[test]
fn the_end_is_a_date_and_included() {
    let daily = CalendarInterval::new().days(1).hour(23).end_date("2024-03-02");
    assert_eq!(seen("UTC", daily, "2024-03-01", 9), ["2024-03-01T23:00", "2024-03-02T23:00"]);
    let once = CalendarInterval::new().days(1).end_date("2024-03-01");
    assert_eq!(seen("UTC", once, "2024-03-01", 9), ["2024-03-01T00:00"]);
    let end = build(CalendarInterval::new().days(1).end_date("2024-03-02")).end_date();
    assert_eq!(end, Some(at("2024-03-02T23:59:59.999999Z")));
}

#[test]
fn counts_from_the_date_of_the_previous_fire() {
    let trigger = build(CalendarInterval::new().days(3).start_date("2024-01-01"));
    let previous = Some(at("2024-02-10T17:00:00Z"));
    let next = trigger.next_fire_time(previous, at("2030-01-01T00:00:00Z"));
    assert_eq!(next, Some(at("2024-02-13T00:00:00Z")));
}

#[test]
fn long_jumps_land_where_single_steps_do() {
    for calendar in [
        CalendarInterval::new().days(3),
        CalendarInterval::new().weeks(5).days(2),
        CalendarInterval::new().months(1),
        CalendarInterval::new().months(7),
        CalendarInterval::new().years(1),
        CalendarInterval::new().years(1).months(1),
        CalendarInterval::new().months(1).days(1),
        CalendarInterval::new().years(2).weeks(3).days(1),
    ] {
        for start in ["2024-01-31", "2024-02-29", "2023-12-30"] {
            let trigger = build(calendar.clone().start_date(start).hour(5));
            let chain = crate::fires(&trigger, at("2023-01-01T00:00:00Z"), 60);
            for pair in chain.windows(2) {
                let just_after = pair[0] + std::time::Duration::from_micros(1);
                assert_eq!(trigger.next_fire_time(None, just_after), Some(pair[1]), "{trigger}");
                assert_eq!(trigger.next_fire_time(None, pair[1]), Some(pair[1]), "{trigger}");
            }
        }
    }
}

#[test]
fn senseless_descriptions_are_refused() {
    let daily = CalendarInterval::new().days(1);
    for (calendar, message) in [
        (CalendarInterval::new(), "interval: must be at least one day long"),
        (daily.clone().hour(24), "hour: must lie in 0 to 23, not 24"),
        (daily.clone().minute(60), "minute: must lie in 0 to 59, not 60"),
        (daily.clone().second(60), "second: must lie in 0 to 59, not 60"),
        (
            daily.clone().start_date("2024-3-1"),
            "start_date: expected 2 digits of the month, at character 6 of \"2024-3-1\"",
        ),
        (
            daily.clone().start_date("2024-03-01 05:00:00"),
            "start_date: expected nothing more, at character 10 of \"2024-03-01 05:00:00\"",
        ),
        (
            daily.clone().start_date("2024-03-01").end_date("2024-02-01"),
            "end_date: must not be before start_date",
        ),
        (
            daily.start_date(at("2024-03-01T00:00:00Z")),
            "start_date: must be a plain date, without a time of day",
        ),
    ] {
        assert_eq!(refusal(calendar), message);
    }
}
