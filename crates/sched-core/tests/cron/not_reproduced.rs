//! The reference's defects in cron triggers, each with a test that would fail with it.

use sched_core::Zone;
use sched_core::trigger::Cron;

use crate::{at, build, fires, try_build};

#[test]
fn not_reproduced_01_midnight_jobs_skip_what_follows_a_change() {
    let daily = build(Cron::new().hour(0), "America/New_York");
    assert_eq!(
        fires(&daily, "2013-03-10T00:00:00-05:00", 3),
        ["2013-03-10T00:00:00-05:00", "2013-03-11T00:00:00-04:00", "2013-03-12T00:00:00-04:00"]
    );
    let weekly = build(Cron::new().day_of_week("mon"), "America/New_York");
    assert_eq!(
        fires(&weekly, "2013-03-05T00:00:00-05:00", 2),
        ["2013-03-11T00:00:00-04:00", "2013-03-18T00:00:00-04:00"]
    );
    let monthly = build(Cron::new().day(1).hour(0).minute(30), "Europe/London");
    assert_eq!(
        fires(&monthly, "2024-03-30T00:00:00Z", 2),
        ["2024-04-01T00:30:00+01:00", "2024-05-01T00:30:00+01:00"]
    );
}

#[test]
fn not_reproduced_02_fires_at_a_wall_time_that_does_not_exist() {
    // With an asterisk for the hour, no wall time in the gap stands for any moment.
    let rhythm = build(Cron::new().minute(30), "America/New_York");
    assert_eq!(
        fires(&rhythm, "2013-03-10T01:00:00-05:00", 2),
        ["2013-03-10T01:30:00-05:00", "2013-03-10T03:30:00-04:00"]
    );
}

#[test]
fn not_reproduced_03_loses_an_hour_of_runs_in_a_fold() {
    let rhythm = build(Cron::new().minute("*/30"), "America/New_York");
    assert_eq!(
        fires(&rhythm, "2013-11-03T01:00:00-04:00", 5),
        [
            "2013-11-03T01:00:00-04:00",
            "2013-11-03T01:30:00-04:00",
            "2013-11-03T01:00:00-05:00",
            "2013-11-03T01:30:00-05:00",
            "2013-11-03T02:00:00-05:00"
        ]
    );
}

#[test]
fn not_reproduced_07_ignores_what_follows_a_name() {
    let cases = [
        Cron::new().day_of_week("mon-fri/2"),
        Cron::new().day_of_week("mon - fri"),
        Cron::new().day_of_week("mon#2"),
        Cron::new().day_of_week("mon-"),
        Cron::new().day_of_week("mon fri"),
        Cron::new().month("jan-mar/2"),
        Cron::new().month("jun-7"),
        Cron::new().month("mar 5"),
        Cron::new().day("last-2"),
        Cron::new().day("lastfoo"),
        Cron::new().day("2nd mon-fri"),
        Cron::new().day("2nd tue!"),
        Cron::new().day("3rd wed thu"),
    ];
    for cron in cases {
        let shown = format!("{cron:?}");
        assert!(try_build(cron, Zone::UTC).is_err(), "{shown}");
    }
}

#[test]
fn not_reproduced_27_naive_dates_in_a_gap_or_fold_refuse_the_trigger() {
    let cron =
        Cron::new().hour(12).start_date("2024-03-31 02:30:00").end_date("2024-10-27 02:30:00");
    let trigger = build(cron, "Europe/Berlin");
    assert_eq!(trigger.start_date(), Some(at("2024-03-31T03:30:00+02:00")));
    assert_eq!(trigger.end_date(), Some(at("2024-10-27T02:30:00+02:00")));
}
