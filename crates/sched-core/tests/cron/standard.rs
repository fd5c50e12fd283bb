//! The crontab of Unix, with the extensions of Quartz.

use sched_core::Zone;
use sched_core::trigger::{Cron, TriggerError};

use crate::{build, fires, try_build};

/// The dates and times of the first fires in UTC from 2024-01-01 on, a Monday.
fn first(crontab: &str, limit: usize) -> Vec<String> {
    fires(&build(Cron::standard(crontab), "UTC"), "2024-01-01T00:00:00Z", limit)
}

/// Only their dates.
fn dates(crontab: &str, limit: usize) -> Vec<String> {
    first(crontab, limit).iter().map(|fire| fire[..10].to_owned()).collect()
}

#[test]
fn weekdays_count_from_sunday_and_seven_is_sunday_too() {
    for sunday in ["0", "7", "sun", "SUN", "7-7", "0-0"] {
        let crontab = format!("0 0 * * {sunday}");
        assert_eq!(dates(&crontab, 2), ["2024-01-07", "2024-01-14"], "{sunday}");
    }
    assert_eq!(dates("0 0 * * 1", 2), ["2024-01-01", "2024-01-08"]);
    assert_eq!(dates("0 0 * * 5-7", 4), ["2024-01-05", "2024-01-06", "2024-01-07", "2024-01-12"]);
    assert_eq!(dates("0 0 * * 7-1", 3), ["2024-01-01", "2024-01-07", "2024-01-08"]);
    assert_eq!(dates("0 0 * * 0-7", 3), ["2024-01-01", "2024-01-02", "2024-01-03"]);
    // Six fields change nothing about that.
    assert_eq!(first("30 0 9 * * 1", 1), ["2024-01-01T09:00:30Z"]);
}

#[test]
fn ranges_go_round() {
    assert_eq!(
        dates("0 0 * * fri-mon", 6),
        ["2024-01-01", "2024-01-05", "2024-01-06", "2024-01-07", "2024-01-08", "2024-01-12"]
    );
    let nights = first("0 22-2/2 * * *", 5);
    let hours: Vec<&str> = nights.iter().map(|fire| &fire[11..13]).collect();
    assert_eq!(hours, ["00", "02", "22", "00", "02"]);
    assert_eq!(
        dates("0 0 1 nov-Feb *", 5),
        ["2024-01-01", "2024-02-01", "2024-11-01", "2024-12-01", "2025-01-01"]
    );
    assert_eq!(
        dates("0 0 30-2 * *", 6),
        ["2024-01-01", "2024-01-02", "2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02"]
    );
    assert_eq!(first("58-1 * * * *", 3)[2], "2024-01-01T00:58:00Z");
}

#[test]
fn steps() {
    let minutes = |crontab: &str, limit| -> Vec<String> {
        first(crontab, limit).iter().map(|fire| fire[14..16].to_owned()).collect()
    };
    assert_eq!(minutes("*/25 * * * *", 4), ["00", "25", "50", "00"]);
    assert_eq!(minutes("50/5 * * * *", 3), ["50", "55", "50"]);
    assert_eq!(minutes("1-7/3,2 * * * *", 4), ["01", "02", "04", "07"]);
    // Up to Saturday.
    assert_eq!(dates("0 0 * * 1/2", 4), ["2024-01-01", "2024-01-03", "2024-01-05", "2024-01-08"]);
    assert_eq!(dates("0 0 * * */3", 4), ["2024-01-03", "2024-01-06", "2024-01-07", "2024-01-10"]);
}

#[test]
fn a_day_and_a_weekday_match_either_when_both_are_restricted() {
    assert_eq!(
        dates("0 0 13 * fri", 5),
        ["2024-01-05", "2024-01-12", "2024-01-13", "2024-01-19", "2024-01-26"]
    );
    // One that begins with an asterisk, or is a question mark, restricts the other.
    assert_eq!(dates("0 0 */2 * fri", 3), ["2024-01-05", "2024-01-19", "2024-02-09"]);
    assert_eq!(dates("0 0 13 * */5", 2), ["2024-09-13", "2024-10-13"]);
    assert_eq!(dates("0 0 ? * fri", 2), ["2024-01-05", "2024-01-12"]);
    assert_eq!(dates("0 0 13 * ?", 2), ["2024-01-13", "2024-02-13"]);
    assert_eq!(dates("0 0 L * mon", 6)[5], "2024-01-31");
}

#[test]
fn names_of_whole_crontabs() {
    let cases = [
        ("@yearly", ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
        ("@annually", ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
        ("@monthly", ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"]),
        ("@weekly", ["2024-01-07T00:00:00Z", "2024-01-14T00:00:00Z"]),
        ("@daily", ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"]),
        (" @Midnight ", ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"]),
        ("@hourly", ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"]),
    ];
    for (name, expected) in cases {
        assert_eq!(first(name, 2), expected, "{name}");
    }
}

#[test]
fn last_days() {
    assert_eq!(dates("0 0 L * *", 3), ["2024-01-31", "2024-02-29", "2024-03-31"]);
    assert_eq!(dates("0 0 L-3 * *", 3), ["2024-01-28", "2024-02-26", "2024-03-28"]);
    // Only a month of 31 days has a day thirty days before its last.
    assert_eq!(dates("0 0 L-30 * *", 3), ["2024-01-01", "2024-03-01", "2024-05-01"]);
    // 31 March 2024 is a Sunday, 31 August a Saturday.
    assert_eq!(dates("0 0 LW 3,8 *", 2), ["2024-03-29", "2024-08-30"]);
    assert_eq!(dates("0 0 * * 5L", 2), ["2024-01-26", "2024-02-23"]);
    assert_eq!(dates("0 0 * * friL", 2), ["2024-01-26", "2024-02-23"]);
    assert_eq!(dates("0 0 * * 7l", 2), ["2024-01-28", "2024-02-25"]);
}

#[test]
fn nearest_workdays_stay_in_their_month() {
    // 15 June 2024 is a Saturday, 15 September a Sunday, 15 January a Monday.
    assert_eq!(dates("0 0 15W 1,6,9 *", 3), ["2024-01-15", "2024-06-14", "2024-09-16"]);
    // 1 June 2024 is a Saturday, 1 September a Sunday.
    assert_eq!(dates("0 0 1w 6,9 *", 2), ["2024-06-03", "2024-09-02"]);
    // 31 March 2024 is a Sunday; April has no 31st.
    assert_eq!(dates("0 0 31W 3-5 *", 2), ["2024-03-29", "2024-05-31"]);
}

#[test]
fn nth_weekdays() {
    assert_eq!(dates("0 0 * * 5#2", 2), ["2024-01-12", "2024-02-09"]);
    assert_eq!(dates("0 0 * * Fri#2", 2), ["2024-01-12", "2024-02-09"]);
    assert_eq!(dates("0 0 * * mon#5", 3), ["2024-01-29", "2024-04-29", "2024-07-29"]);
    assert_eq!(dates("0 0 * * mon#1,0#3", 3), ["2024-01-01", "2024-01-21", "2024-02-05"]);
}

#[test]
fn the_text_form_is_the_crontab_in_canonical_form() {
    let cases = [
        (" 0  09 * *\tMON-Fri ", "0 9 * * mon-fri"),
        ("0 0 l-03,15w * ?", "0 0 L-3,15W * ?"),
        ("0 0 lw jan,FEB 5l,fri#2", "0 0 LW jan,feb 5L,fri#2"),
        ("@daily", "0 0 * * *"),
        ("5 */2 22-2/2 * * 7", "5 */2 22-2/2 * * 7"),
    ];
    for (given, canonical) in cases {
        let trigger = build(Cron::standard(given), "UTC");
        assert_eq!(trigger.to_string(), format!("cron['{canonical}']"));
        assert_eq!(trigger.crontab(), Some(canonical));
        assert_eq!(build(Cron::standard(canonical), "UTC"), trigger);
    }
}

#[test]
fn refused_crontabs() {
    let cases = [
        ("", "crontab", 0),
        ("* * * *", "crontab", 7),
        ("0 0 0 1 1 * 2030", "crontab", 12),
        ("@reboot", "crontab", 0),
        ("60 * * * *", "minute", 0),
        ("0 24 * * *", "hour", 2),
        ("0 0 0 * *", "day", 4),
        ("0 0 32W * *", "day", 4),
        ("0 0 L-0 * *", "day", 6),
        ("0 0 L-31 * *", "day", 6),
        ("0 0 5L * *", "day", 5),
        ("0 0 15W-20 * *", "day", 7),
        ("0 0 * 13 *", "month", 6),
        ("0 0 * ? *", "month", 6),
        ("0 0 * january *", "month", 9),
        ("0 0 * * 8", "day_of_week", 8),
        ("0 0 * * L", "day_of_week", 8),
        ("0 0 * * 5#6", "day_of_week", 10),
        ("0 0 * * 5#", "day_of_week", 10),
        ("0 0 * * fri-", "day_of_week", 12),
        ("0 0 * * 1,,2", "day_of_week", 10),
        ("0 0 * * monday", "day_of_week", 11),
        ("*/0 * * * *", "minute", 2),
        ("*/60 * * * *", "minute", 2),
        ("1-5/ * * * *", "minute", 4),
        ("0 -5 * * *", "hour", 2),
        ("61 0 0 * * *", "second", 0),
    ];
    for (given, expected_field, expected_position) in cases {
        match try_build(Cron::standard(given), Zone::UTC) {
            Err(TriggerError::Text { field, text, position, .. }) => {
                assert_eq!((field, position), (expected_field, expected_position), "{given}");
                assert_eq!(text, given);
            }
            other => panic!("{given}: {other:?}"),
        }
    }
}
