//! Searches end: these would take for ever, or until the year 9999, if they went step by step.

use chrono_tz::TZ_VARIANTS;
use sched_core::Timestamp;
use sched_core::trigger::{Cron, Fold, Gap};

use crate::{at, build};

#[test]
fn what_never_matches_ends_at_once_in_every_zone() {
    let never = [
        Cron::new().month(2).day(30).hour("*").minute("*").second("*"),
        Cron::new().month("apr,jun,sep,nov").day(31),
        Cron::new().month(7).week("1,53"),
        Cron::new().year("1999/4").month(2).day(29),
        Cron::new().year(2021).month(2).day("5th mon"),
        Cron::new().day(1).week(1).month(3),
        Cron::new().day("last").month("jan-mar").week(20),
        Cron::standard("0 0 30 2 *"),
        Cron::standard("0 0 31W 2,4,6,9,11 *"),
        Cron::standard("* * L-30 2,4 *"),
    ];
    for tz in TZ_VARIANTS {
        for cron in &never {
            for (gap, fold) in [(Gap::Skip, Fold::Both), (Gap::Shift, Fold::First)] {
                let trigger = build(cron.clone().gap(gap).fold(fold), tz.name());
                for now in (0..40).map(|n| Timestamp::from_secs(n * 100_000_003)) {
                    assert_eq!(trigger.next_fire_time(None, now), None, "{trigger} in {tz}");
                }
            }
        }
    }
}

#[test]
fn what_is_over_ends_at_once() {
    let over = build(Cron::new().year("1990-2020").second("*/7"), "America/New_York");
    let last = at("2020-12-31T23:59:56-05:00");
    assert_eq!(over.next_fire_time(None, last), Some(last));
    for year in 0..10_000_i64 {
        let now = Timestamp::from_micros(last.as_micros() + 1 + year * 20_000_000_000_000);
        assert_eq!(over.next_fire_time(None, now), None);
    }
}
