//! What the reference answers, moment by moment.

use sched_core::trigger::Cron;
use sched_core::{Timestamp, Zone};

use crate::{at, build, fires, shown, try_build, zone};

/// `trigger(previous, now)`, shown in the trigger's zone.
fn next(cron: Cron, zone_name: &str, previous: Option<&str>, now: &str) -> Option<String> {
    let trigger = build(cron, zone_name);
    let fire = trigger.next_fire_time(previous.map(at), at(now))?;
    Some(shown(&trigger, fire))
}

#[test]
fn previous_and_now_decide_where_the_search_begins() {
    let every_ten = || Cron::new().second("*/10");
    let cases = [
        (None, "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        (None, "2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:10Z"),
        (Some("2024-01-01T00:00:00Z"), "2024-01-01T00:00:00Z", "2024-01-01T00:00:10Z"),
        // A scheduler that comes late finds the next one, though it is past.
        (Some("2024-01-01T00:00:00Z"), "2024-01-01T00:00:25Z", "2024-01-01T00:00:10Z"),
        // A clock that was set back: from now on.
        (Some("2024-01-01T00:00:30Z"), "2024-01-01T00:00:05Z", "2024-01-01T00:00:10Z"),
    ];
    for (previous, now, expected) in cases {
        assert_eq!(next(every_ten(), "UTC", previous, now).as_deref(), Some(expected), "{now}");
    }
}

#[test]
fn the_start_date_counts_only_without_a_previous_fire_time() {
    let cron = || Cron::new().second("*/10").start_date(at("2024-06-01T00:00:00Z"));
    let now = "2024-01-01T00:00:00Z";
    assert_eq!(next(cron(), "UTC", None, now).as_deref(), Some("2024-06-01T00:00:00Z"));
    assert_eq!(next(cron(), "UTC", Some(now), now).as_deref(), Some("2024-01-01T00:00:10Z"));
}

#[test]
fn the_start_date_and_the_end_date_are_included() {
    let cron = Cron::new()
        .second("*/10")
        .start_date(at("2024-01-01T00:00:10Z"))
        .end_date(at("2024-01-01T00:00:30Z"));
    assert_eq!(
        fires(&build(cron, "UTC"), "2024-01-01T00:00:00Z", 9),
        ["2024-01-01T00:00:10Z", "2024-01-01T00:00:20Z", "2024-01-01T00:00:30Z"]
    );
    let later = Cron::new().second("*/10").end_date(at("2024-01-01T00:00:29.999999Z"));
    assert_eq!(fires(&build(later, "UTC"), "2024-01-01T00:00:15Z", 9), ["2024-01-01T00:00:20Z"]);
}

#[test]
fn first_fire_times() {
    let cases: [(Cron, &str, &str, Option<&str>); 18] = [
        (
            Cron::new().year("2009/2").month("1/3").day("5-13"),
            "Europe/Berlin",
            "2008-12-01T00:00:00+01:00",
            Some("2009-01-05T00:00:00+01:00"),
        ),
        (
            Cron::new().year("2009/2").month("1/3").day("5-13"),
            "Europe/Berlin",
            "2009-10-14T00:00:00+02:00",
            Some("2011-01-05T00:00:00+01:00"),
        ),
        (
            Cron::new().year(2012).month(2).day("last"),
            "UTC",
            "2012-02-01T00:00:00Z",
            Some("2012-02-29T00:00:00Z"),
        ),
        (
            Cron::new().year(2009).month(1).day("4th wed"),
            "UTC",
            "2009-01-01T00:00:00Z",
            Some("2009-01-28T00:00:00Z"),
        ),
        (
            Cron::new().year(2009).month(1).day("6-10").day_of_week("2-4"),
            "UTC",
            "2009-01-01T00:00:00Z",
            Some("2009-01-07T00:00:00Z"),
        ),
        (
            Cron::new().year(2009).month(1).day("6-10").day_of_week("0,6"),
            "UTC",
            "2009-01-01T00:00:00Z",
            None,
        ),
        (
            Cron::new().year(2009).month(2).week(8),
            "UTC",
            "2009-01-01T00:00:00Z",
            Some("2009-02-16T00:00:00Z"),
        ),
        (
            Cron::new().year(2009).week(15).day_of_week(2),
            "UTC",
            "2009-01-01T00:00:00Z",
            Some("2009-04-08T00:00:00Z"),
        ),
        (Cron::new().day(30), "UTC", "2016-02-01T00:00:00Z", Some("2016-03-30T00:00:00Z")),
        (Cron::new().hour("5-6"), "UTC", "2009-09-25T07:00:00Z", Some("2009-09-26T05:00:00Z")),
        (
            Cron::new().hour(11).minute("*/5"),
            "-05:00",
            "2009-09-26T10:16:00-06:00",
            Some("2009-09-26T11:20:00-05:00"),
        ),
        (
            Cron::from_crontab("0 0 * * 0"),
            "UTC",
            "2024-01-02T00:00:00Z",
            Some("2024-01-08T00:00:00Z"),
        ),
        (
            Cron::from_crontab("0 0 13 * fri"),
            "UTC",
            "2024-01-02T00:00:00Z",
            Some("2024-09-13T00:00:00Z"),
        ),
        (Cron::new().month(2).day(30), "UTC", "2024-01-02T00:00:00Z", None),
        // The year is that of the calendar, the week that of ISO.
        (
            Cron::new().year(2024).week(1),
            "UTC",
            "2024-06-01T00:00:00Z",
            Some("2024-12-30T00:00:00Z"),
        ),
        (
            Cron::new().year(2021).week(53),
            "UTC",
            "2021-01-02T00:00:00Z",
            Some("2021-01-02T00:00:00Z"),
        ),
        // Rare: 29 February on a Monday, and the century that has no leap day.
        (
            Cron::new().month(2).day(29).day_of_week("mon"),
            "UTC",
            "2024-03-01T00:00:00Z",
            Some("2044-02-29T00:00:00Z"),
        ),
        (Cron::new().month(2).day(29), "UTC", "2096-03-01T00:00:00Z", Some("2104-02-29T00:00:00Z")),
    ];
    for (cron, zone_name, now, expected) in cases {
        let trigger = build(cron.clone(), zone_name);
        assert_eq!(next(cron, zone_name, None, now).as_deref(), expected, "{trigger} at {now}");
    }
}

#[test]
fn fields_that_are_not_given() {
    let cases = [
        (Cron::new(), "2024-01-03T05:06:07Z", "2024-01-03T05:06:08Z"),
        (Cron::new().day_of_week("mon"), "2024-01-08T00:00:00Z", "2024-01-15T00:00:00Z"),
        (Cron::new().day(1).minute(20), "2024-02-01T00:20:00Z", "2024-02-01T01:20:00Z"),
        (Cron::new().week(53), "2026-12-28T00:00:00Z", "2026-12-29T00:00:00Z"),
        (Cron::new().year("2030,2031"), "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        (Cron::new().second(30), "2024-01-03T05:06:30Z", "2024-01-03T05:07:30Z"),
    ];
    for (cron, first, second) in cases {
        assert_eq!(fires(&build(cron, "UTC"), first, 2), [first, second]);
    }
}

#[test]
fn the_first_and_the_last_second_that_can_be_named() {
    let every_second = build(Cron::new(), "UTC");
    let of_old = every_second.next_fire_time(None, Timestamp::MIN).unwrap();
    assert_eq!(of_old, at("1970-01-01T00:00:00Z"));
    let last = at("9999-12-31T23:59:59Z");
    assert_eq!(every_second.next_fire_time(None, last), Some(last));
    assert_eq!(every_second.next_fire_time(Some(last), last), None);
    assert_eq!(every_second.next_fire_time(None, Timestamp::MAX), None);
    assert_eq!(every_second.next_fire_time(Some(Timestamp::MAX), Timestamp::MAX), None);
    // The year is that of the wall clock.
    let in_samoa = build(Cron::new().year(1970), "Pacific/Apia");
    assert_eq!(fires(&in_samoa, "1969-01-01T00:00:00Z", 1), ["1970-01-01T00:00:00-11:00"]);
    let in_kiribati = build(Cron::new().year(1970), "+14:00");
    assert_eq!(fires(&in_kiribati, "1969-01-01T00:00:00Z", 1), ["1970-01-01T00:00:00+14:00"]);
}

#[test]
fn a_date_with_a_zone_lends_it_to_a_trigger_without_one() {
    let tokyo: chrono_tz::Tz = "Asia/Tokyo".parse().unwrap();
    let date = chrono::DateTime::parse_from_rfc3339("2024-01-01T00:00:00Z").unwrap();
    let lent = build(Cron::new().hour(9).end_date(date.with_timezone(&tokyo)), "UTC");
    assert_eq!(lent.zone(), zone("Asia/Tokyo"));
    let own = Cron::new().hour(9).start_date(date.with_timezone(&tokyo)).timezone(Zone::UTC);
    assert_eq!(build(own, "Europe/Berlin").zone(), Zone::UTC);
}

#[test]
fn dates_that_cannot_be_read_are_refused_under_their_names() {
    for (cron, field) in [
        (Cron::new().hour(1).start_date("2024-01-01 24:00:00"), "start_date"),
        (Cron::new().hour(1).end_date("01.02.2024"), "end_date"),
    ] {
        let message = try_build(cron, Zone::UTC).unwrap_err().to_string();
        assert!(message.starts_with(field), "{message}");
    }
}
