//! Every change of the clock of every zone from 2000 to 2030.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use sched_core::Timestamp;
use sched_core::trigger::{Cron, Fold, Gap};

use crate::model::{next_change, offset};
use crate::{build, fires_until};

const FROM: i64 = 946_684_800;
const TO: i64 = 1_893_456_000;
const DAY: i64 = 86_400;

/// Once a day at the time of the wall time `wall`, in seconds.
fn daily(wall: i64) -> Cron {
    let time = DateTime::from_timestamp(wall, 0).unwrap();
    Cron::new().hour(time.hour()).minute(time.minute()).second(time.second())
}

/// Once, on the date of `wall`.
fn once(wall: i64) -> Cron {
    let date = DateTime::from_timestamp(wall, 0).unwrap();
    daily(wall).year(date.year()).month(date.month()).day(date.day())
}

/// Every fire in the days around `change`.
fn fires_around(cron: Cron, tz: Tz, change: i64) -> Vec<i64> {
    let (from, to) = (change - 3 * DAY, change + 3 * DAY);
    fires_until(&build(cron, tz.name()), Timestamp::from_secs(from), Timestamp::from_secs(to))
        .into_iter()
        .map(|fire| fire.as_micros() / 1_000_000)
        .collect()
}

#[test]
fn wall_times_in_every_gap_and_fold_from_2000_to_2030() {
    let (mut gaps, mut folds) = (0, 0);
    for tz in TZ_VARIANTS {
        let mut at = FROM;
        while let Some(change) = next_change(tz, at, TO) {
            let (before, after) = (offset(tz, change - 1), offset(tz, change));
            // In the middle of the wall times in question.
            let wall = change + (before + after) / 2;
            let label = format!("{tz} at {change}");
            if after > before {
                gaps += 1;
                let moved = wall - before;
                assert_eq!(fires_around(once(wall), tz, change), [moved], "{label}");
                let skipping = once(wall).gap(Gap::Skip);
                assert_eq!(fires_around(skipping, tz, change), [0; 0], "{label}");
                assert!(fires_around(daily(wall), tz, change).contains(&moved), "{label}");
            } else {
                folds += 1;
                let (first, second) = (wall - before, wall - after);
                assert_eq!(fires_around(once(wall), tz, change), [first], "{label}");
                let both = once(wall).fold(Fold::Both);
                assert_eq!(fires_around(both, tz, change), [first, second], "{label}");
                let around = fires_around(daily(wall), tz, change);
                assert!(around.contains(&first) && !around.contains(&second), "{label}");
            }
            at = change;
        }
    }
    // The data hold thousands of each; none would mean that nothing was tested.
    assert!(gaps > 5000 && folds > 5000, "{gaps} gaps, {folds} folds");
}
