//! What happens where the clock is changed: the default rule, and the options that replace it.

use sched_core::trigger::{Cron, Fold, Gap};

use crate::{at, build, fires, fires_until};

fn daily(hour: u32, minute: u32) -> Cron {
    Cron::new().hour(hour).minute(minute)
}

#[test]
fn a_wall_time_in_a_gap_moves_forward_by_the_gap() {
    let from = "2013-03-09T12:00:00-05:00";
    let trigger = build(daily(2, 30), "America/New_York");
    assert_eq!(
        fires(&trigger, from, 2),
        ["2013-03-10T03:30:00-04:00", "2013-03-11T02:30:00-04:00"]
    );
    let skipping = build(daily(2, 30).gap(Gap::Skip), "America/New_York");
    assert_eq!(fires(&skipping, from, 1), ["2013-03-11T02:30:00-04:00"]);
}

#[test]
fn a_wall_time_that_is_shown_twice_fires_the_first_time() {
    let from = "2013-11-02T12:00:00-04:00";
    let trigger = build(daily(1, 30), "America/New_York");
    assert_eq!(
        fires(&trigger, from, 2),
        ["2013-11-03T01:30:00-04:00", "2013-11-04T01:30:00-05:00"]
    );
    let both = build(daily(1, 30).fold(Fold::Both), "America/New_York");
    assert_eq!(
        fires(&both, from, 3),
        ["2013-11-03T01:30:00-04:00", "2013-11-03T01:30:00-05:00", "2013-11-04T01:30:00-05:00"]
    );
}

#[test]
fn asked_within_the_second_pass_the_first_is_over() {
    let from = "2013-11-03T01:10:00-05:00";
    let trigger = build(daily(1, 30), "America/New_York");
    assert_eq!(fires(&trigger, from, 1), ["2013-11-04T01:30:00-05:00"]);
    let both = build(daily(1, 30).fold(Fold::Both), "America/New_York");
    assert_eq!(fires(&both, from, 1), ["2013-11-03T01:30:00-05:00"]);
}

#[test]
fn asked_within_the_hour_after_a_gap_what_moved_is_still_to_come() {
    let trigger = build(daily(2, 30), "America/New_York");
    assert_eq!(fires(&trigger, "2013-03-10T03:10:00-04:00", 1), ["2013-03-10T03:30:00-04:00"]);
    assert_eq!(fires(&trigger, "2013-03-10T03:30:01-04:00", 1), ["2013-03-11T02:30:00-04:00"]);
}

#[test]
fn a_rhythm_keeps_to_elapsed_time_in_a_repeated_hour() {
    let half_past = build(Cron::new().minute(30), "Europe/Helsinki");
    assert_eq!(
        fires(&half_past, "2013-10-27T02:00:00+03:00", 4),
        [
            "2013-10-27T02:30:00+03:00",
            "2013-10-27T03:30:00+03:00",
            "2013-10-27T03:30:00+02:00",
            "2013-10-27T04:30:00+02:00"
        ]
    );
}

#[test]
fn an_hourly_job_runs_23_24_or_25_times_a_day() {
    let hourly = build(Cron::new().minute(0), "America/New_York");
    for (from, to, runs) in [
        ("2013-03-10T00:00:00-05:00", "2013-03-10T23:59:59-04:00", 23),
        ("2013-03-11T00:00:00-04:00", "2013-03-11T23:59:59-04:00", 24),
        ("2013-11-03T00:00:00-04:00", "2013-11-03T23:59:59-05:00", 25),
    ] {
        assert_eq!(fires_until(&hourly, at(from), at(to)).len(), runs, "{from}");
    }
}

#[test]
fn an_hour_field_that_holds_an_asterisk_means_a_rhythm() {
    // Half an hour is left out from 02:00 on; only moved would 02:10 fire at 02:40.
    let gap = "2024-10-06T02:30:00+11:00";
    let moved = "2024-10-06T02:40:00+11:00";
    for cron in [
        Cron::new().minute(10),
        Cron::new().hour("*").minute(10),
        Cron::new().hour("*/2").minute(10),
        Cron::new().hour("1, */2").minute(10),
        Cron::from_crontab("10 * * * *"),
        Cron::standard("10 */2 * * *"),
        Cron::standard("0 10 * * * *"),
    ] {
        let trigger = build(cron, "Australia/Lord_Howe");
        assert!(fires(&trigger, gap, 1)[0].as_str() > moved, "{trigger}");
    }
    for cron in [
        Cron::new().hour(2).minute(10),
        Cron::new().hour("0-23").minute(10),
        Cron::new().hour("0/2").minute(10),
        Cron::from_crontab("10 2 * * *"),
        Cron::standard("10 22-2 * * *"),
    ] {
        let trigger = build(cron, "Australia/Lord_Howe");
        assert_eq!(fires(&trigger, gap, 1), [moved], "{trigger}");
    }
}

#[test]
fn every_other_hour_skips_the_one_that_does_not_exist() {
    let trigger = build(Cron::new().hour("*/2"), "America/New_York");
    assert_eq!(
        fires(&trigger, "2013-03-10T00:00:00-05:00", 3),
        ["2013-03-10T00:00:00-05:00", "2013-03-10T04:00:00-04:00", "2013-03-10T06:00:00-04:00"]
    );
}

#[test]
fn wall_times_that_become_the_same_moment_fire_once() {
    let trigger = build(Cron::new().hour("2,3").minute(30), "America/New_York");
    assert_eq!(
        fires(&trigger, "2013-03-10T00:00:00-05:00", 3),
        ["2013-03-10T03:30:00-04:00", "2013-03-11T02:30:00-04:00", "2013-03-11T03:30:00-04:00"]
    );
}

#[test]
fn what_moved_comes_in_order_with_the_rest() {
    // In half an hour: 02:10 becomes 02:40, and 02:35 comes before it.
    let trigger = build(Cron::new().hour(2).minute("10,35,40"), "Australia/Lord_Howe");
    assert_eq!(
        fires(&trigger, "2024-10-06T00:00:00+10:30", 3),
        ["2024-10-06T02:35:00+11:00", "2024-10-06T02:40:00+11:00", "2024-10-07T02:10:00+11:00"]
    );
}

#[test]
fn each_option_replaces_its_half_of_the_rule_only() {
    let spring = "2013-03-10T01:45:00-05:00";
    let autumn = "2013-11-03T01:45:00-04:00";
    let hourly = || Cron::new().minute("30,50");
    let moving = build(hourly().gap(Gap::Shift), "America/New_York");
    assert_eq!(fires(&moving, spring, 2)[1], "2013-03-10T03:30:00-04:00");
    assert_eq!(fires(&moving, autumn, 2)[1], "2013-11-03T01:30:00-05:00");
    let once = build(hourly().fold(Fold::First), "America/New_York");
    assert_eq!(fires(&once, spring, 2)[1], "2013-03-10T03:30:00-04:00");
    assert_eq!(fires(&once, autumn, 2)[1], "2013-11-03T02:30:00-05:00");
    let skipping = build(daily(2, 30).gap(Gap::Skip), "America/New_York");
    assert_eq!(fires(&skipping, spring, 1), ["2013-03-11T02:30:00-04:00"]);
    let first = build(daily(1, 50).gap(Gap::Skip), "America/New_York");
    assert_eq!(
        fires(&first, autumn, 2),
        ["2013-11-03T01:50:00-04:00", "2013-11-04T01:50:00-05:00"]
    );
}

#[test]
fn gaps_of_unusual_size_and_place() {
    let cases = [
        // Midnight does not exist.
        (
            "America/Sao_Paulo",
            daily(0, 0),
            "2018-11-03T12:00:00-03:00",
            "2018-11-04T01:00:00-02:00",
        ),
        ("Africa/Cairo", daily(0, 30), "2024-04-25T12:00:00+02:00", "2024-04-26T01:30:00+03:00"),
        ("Asia/Beirut", daily(0, 0), "2024-03-30T12:00:00+02:00", "2024-03-31T01:00:00+03:00"),
        // Half an hour, two hours.
        (
            "Australia/Lord_Howe",
            daily(2, 15),
            "2024-10-05T12:00:00+10:30",
            "2024-10-06T02:45:00+11:00",
        ),
        ("Antarctica/Troll", daily(1, 30), "2024-03-30T12:00:00Z", "2024-03-31T03:30:00+02:00"),
        // Over midnight, and after a month of fasting.
        ("America/Nuuk", daily(23, 30), "2024-03-30T12:00:00-02:00", "2024-03-31T00:30:00-01:00"),
        ("Africa/Casablanca", daily(2, 30), "2024-04-13T12:00:00Z", "2024-04-14T03:30:00+01:00"),
        // Winter time is the deviation.
        ("Europe/Dublin", daily(1, 30), "2024-03-30T12:00:00Z", "2024-03-31T02:30:00+01:00"),
        // A change of the standard offset, by half an hour.
        ("Asia/Pyongyang", daily(23, 45), "2018-05-04T12:00:00+08:30", "2018-05-05T00:15:00+09:00"),
    ];
    for (zone, cron, from, moved) in cases {
        let trigger = build(cron.clone(), zone);
        assert_eq!(fires(&trigger, from, 1), [moved], "{zone}");
        let skipping = build(cron.gap(Gap::Skip), zone);
        let next = fires(&skipping, from, 1).remove(0);
        assert!(at(&next) > at(moved), "{zone}: {next}");
    }
}

#[test]
fn folds_of_unusual_size_and_place() {
    let cases = [
        (
            "Australia/Lord_Howe",
            daily(1, 45),
            "2024-04-07T01:45:00+11:00",
            "2024-04-07T01:45:00+10:30",
        ),
        ("Antarctica/Troll", daily(1, 30), "2024-10-27T01:30:00+02:00", "2024-10-27T01:30:00Z"),
        ("America/Nuuk", daily(23, 30), "2024-10-26T23:30:00-01:00", "2024-10-26T23:30:00-02:00"),
        (
            "America/Sao_Paulo",
            daily(23, 30),
            "2018-02-17T23:30:00-02:00",
            "2018-02-17T23:30:00-03:00",
        ),
        ("Africa/Casablanca", daily(2, 30), "2024-03-10T02:30:00+01:00", "2024-03-10T02:30:00Z"),
        ("Europe/Dublin", daily(1, 30), "2024-10-27T01:30:00+01:00", "2024-10-27T01:30:00Z"),
    ];
    for (zone, cron, first, second) in cases {
        let from = sched_core::Timestamp::from_micros(at(first).as_micros() - 3_600_000_000);
        let to = sched_core::Timestamp::from_micros(at(second).as_micros() + 3_600_000_000);
        let once = build(cron.clone(), zone);
        assert_eq!(fires_until(&once, from, to), [at(first)], "{zone}");
        let both = build(cron.fold(Fold::Both), zone);
        assert_eq!(fires_until(&both, from, to), [at(first), at(second)], "{zone}");
    }
}

#[test]
fn a_day_that_was_left_out_altogether() {
    // Samoa had no 30 December 2011: moved by a day, it is the same moment as the next day's.
    let noon = build(daily(12, 0), "Pacific/Apia");
    let expected =
        ["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00", "2012-01-01T12:00:00+14:00"];
    assert_eq!(fires(&noon, "2011-12-29T00:00:00-10:00", 3), expected);
    let friday = || Cron::new().day_of_week("fri").hour(12);
    let moved = build(friday(), "Pacific/Apia");
    assert_eq!(
        fires(&moved, "2011-12-29T00:00:00-10:00", 2),
        ["2011-12-31T12:00:00+14:00", "2012-01-06T12:00:00+14:00"]
    );
    let skipping = build(friday().gap(Gap::Skip), "Pacific/Apia");
    assert_eq!(fires(&skipping, "2011-12-29T00:00:00-10:00", 1), ["2012-01-06T12:00:00+14:00"]);
    let in_kwajalein = build(daily(12, 0).gap(Gap::Skip), "Pacific/Kwajalein");
    assert_eq!(
        fires(&in_kwajalein, "1993-08-20T00:00:00-12:00", 2),
        ["1993-08-20T12:00:00-12:00", "1993-08-22T12:00:00+12:00"]
    );
}

#[test]
fn rules_go_on_where_the_database_ends() {
    let trigger = build(daily(2, 30), "America/New_York");
    // The second Sunday in March, the first in November.
    assert_eq!(fires(&trigger, "2150-03-08T00:00:00-05:00", 1), ["2150-03-08T03:30:00-04:00"]);
    let in_fold = build(daily(1, 30).fold(Fold::Both), "America/New_York");
    assert_eq!(
        fires(&in_fold, "2150-11-01T00:00:00-04:00", 2),
        ["2150-11-01T01:30:00-04:00", "2150-11-01T01:30:00-05:00"]
    );
    let at_the_end = build(Cron::new().year(9999).month(7), "Europe/Berlin");
    assert_eq!(fires(&at_the_end, "2024-01-01T00:00:00Z", 1), ["9999-07-01T00:00:00+02:00"]);
    // Always inside the gap, so never.
    let never =
        build(Cron::new().month(3).day("5th sun").hour(2).gap(Gap::Skip), "Antarctica/Troll");
    assert_eq!(fires(&never, "2026-03-29T00:45:52Z", 1), Vec::<String>::new());
}
