//! Dates, and the text that they may be given as.

use chrono::{NaiveDate, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{Date, IntoTrigger, TriggerError, When};

use crate::{at, build, build_in, defaults, refusal};

fn in_berlin(when: impl Into<When>) -> Timestamp {
    let trigger = build_in("Europe/Berlin", Date::at(when));
    trigger.next_fire_time(None, at("2024-01-01T00:00:00Z")).unwrap()
}

#[test]
fn text_is_read_as_the_grammar_says() {
    for (text, moment) in [
        ("2024-1-2", "2024-01-02T00:00:00+01:00"),
        ("2024-01-02 3:4:5", "2024-01-02T03:04:05+01:00"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05+02:30", "2024-01-02T03:04:05+02:30"),
        ("2024-01-02 03:04:05-00:30", "2024-01-02T03:04:05-00:30"),
        ("2024-01-02 03:04:05.25Z", "2024-01-02T03:04:05.25Z"),
        ("2024-01-02 03:04:05.000001Z", "2024-01-02T03:04:05.000001Z"),
    ] {
        assert_eq!(in_berlin(text), at(moment), "{text}");
    }
}

#[test]
fn other_text_is_refused_with_its_position() {
    for (text, position, reason) in [
        ("", 0, "expected 4 digits of the year"),
        (" 2024-01-02", 0, "expected 4 digits of the year"),
        ("24-01-02", 2, "expected 4 digits of the year"),
        ("0000-01-01", 0, "the year must lie in 1 to 9999"),
        ("20240102", 4, "expected '-'"),
        ("2024-13-02", 5, "the month must lie in 1 to 12"),
        ("2024-02-30", 8, "the month has no such day"),
        ("2024-01-00", 8, "the day must lie in 1 to 31"),
        ("2024-01-02Z", 10, "expected a blank or 'T' before the time of day"),
        ("2024-01-02t03:04:05", 10, "expected a blank or 'T' before the time of day"),
        ("2024-01-02  03:04:05", 11, "expected a digit of the hour"),
        ("2024-01-02 03:04", 16, "expected ':'"),
        ("2024-01-02 24:00:00", 11, "the hour must lie in 0 to 23"),
        ("2024-01-02 03:04:60", 17, "the second must lie in 0 to 59"),
        ("2024-01-02 03:04:05.", 20, "expected a digit of the fraction"),
        ("2024-01-02 03:04:05.1234567", 26, "expected nothing more"),
        ("2024-01-02 03:04:05z", 19, "expected nothing more"),
        ("2024-01-02 03:04:05 +02:00", 19, "expected nothing more"),
        ("2024-01-02 03:04:05+0200", 22, "expected ':'"),
        ("2024-01-02 03:04:05+24:00", 20, "the offset must lie in 0 to 23"),
        ("2024-01-02 03:04:05Z\n", 20, "expected nothing more"),
        ("2024-01-02 03:04:05ü", 19, "expected nothing more"),
    ] {
        let expected = format!("run_date: {reason}, at character {position} of {text:?}");
        assert_eq!(refusal(Date::at(text)), expected);
    }
}

#[test]
fn chrono_values_are_taken() {
    let day = NaiveDate::from_ymd_opt(2024, 7, 1).unwrap();
    assert_eq!(in_berlin(day), at("2024-07-01T00:00:00+02:00"));
    let wall = day.and_hms_opt(12, 30, 0).unwrap();
    assert_eq!(in_berlin(wall), at("2024-07-01T12:30:00+02:00"));
    assert_eq!(in_berlin(Utc.from_utc_datetime(&wall)), at("2024-07-01T12:30:00Z"));
    assert_eq!(in_berlin(at("2024-07-01T12:30:00Z")), at("2024-07-01T12:30:00Z"));
}

#[test]
fn fires_once_even_if_past() {
    let trigger = build(Date::at("2020-05-01 10:00:00"));
    let now = at("2024-01-01T00:00:00Z");
    let fire = trigger.next_fire_time(None, now);
    assert_eq!(fire, Some(at("2020-05-01T10:00:00Z")));
    assert_eq!(trigger.next_fire_time(fire, now), None);
    assert_eq!(trigger.latest_fire_time(fire.unwrap(), now), fire.unwrap());
}

#[test]
fn without_a_date_it_is_the_moment_of_construction() {
    let now = at("2024-01-01T00:00:00Z");
    assert_eq!(build(Date::now()).next_fire_time(None, now), Some(now));
}

#[test]
fn is_shown_in_the_zone_it_was_given_in() {
    let summer = Berlin.with_ymd_and_hms(2024, 7, 1, 9, 0, 0).unwrap();
    assert_eq!(build(Date::at(summer)).to_string(), "date[2024-07-01 09:00:00 CEST]");
    let offset = build_in("Europe/Berlin", Date::at("2024-07-01 09:00:00+05:30"));
    assert_eq!(offset.to_string(), "date[2024-07-01 09:00:00 UTC+05:30]");
    let zone = build(Date::at("2024-07-01").timezone(Berlin));
    assert_eq!(zone.to_string(), "date[2024-07-01 00:00:00 CEST]");
}

proptest! {
    /// Text is either a date or an error; near misses of the grammar are likely here.
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9]{3,5}-[0-9]{0,3}-[0-9]{0,3}[ T]?[0-9:.+Zü-]{0,20}") {
        if let Err(error) = Date::at(text.as_str()).into_trigger(&defaults("UTC")) {
            let TriggerError::Text { position, .. } = error else { panic!("{error}") };
            prop_assert!(position <= text.chars().count());
        }
    }
}
