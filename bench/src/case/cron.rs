//! Cron: how long the next fire time takes, and how long an expression.

use std::hint::black_box;

use sched_core::trigger::{Cron, CronTrigger, Defaults};
use sched_core::{Timestamp, Zone};

use crate::Outcome;
use crate::figure::Figures;
use crate::meter;

/// Fire times asked for between two looks at the clock.
const CALLS: u32 = 200_000;
/// The best of this many rounds counts: the others had company on the processor's caches.
const ROUNDS: usize = 5;

/// 2026-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp::from_secs(1_767_225_600);
/// 2090-01-01T00:00:00Z.
const END: Timestamp = Timestamp::from_secs(3_786_912_000);

/// Chained calls, one zone and expression after the other, in CPU time of this thread.
pub(crate) fn measure() -> Outcome {
    for (zone, name) in [("UTC", "UTC"), ("America/New_York", "NY")] {
        let zone: Zone = zone.parse()?;
        for (expression, cron) in expressions() {
            let trigger = cron.timezone(zone).build(&defaults(zone))?;
            let best = (0..ROUNDS).map(|_| nanos_per_next(&trigger)).min_by(f64::total_cmp);
            let figures = Figures::of(format!("{expression}/{name}"), CALLS as usize);
            figures.print("ns_per_next", best.expect("there are rounds"));
        }
    }
    parse_lists()
}

fn expressions() -> [(&'static str, Cron); 12] {
    let at = |hour: u32| Cron::new().hour(hour).minute(0);
    [
        ("every_second", Cron::new().second("*")),
        ("every_5min", Cron::new().minute("*/5")),
        ("hourly", Cron::new().minute(0)),
        ("daily_0230", Cron::new().hour(2).minute(30)),
        ("weekdays_0900", at(9).day_of_week("mon-fri")),
        ("lists", lists()),
        ("monthly_1st", at(0).day(1)),
        ("last_day", at(0).day("last")),
        ("first_monday", at(9).day("1st mon")),
        ("last_friday", at(17).day("last fri")),
        ("feb_29", at(0).month(2).day(29)),
        ("feb_29_monday", at(0).month(2).day(29).day_of_week("mon")),
    ]
}

fn lists() -> Cron {
    Cron::new().month("1,4,7,10").day_of_week("mon,wed,fri").hour("8-18").minute("0,15,30,45")
}

fn defaults(zone: Zone) -> Defaults {
    Defaults { zone, now: BEGIN }
}

fn nanos_per_next(trigger: &CronTrigger) -> f64 {
    let began = meter::thread_cpu();
    let mut last = None;
    for _ in 0..CALLS {
        let next = trigger.next_fire_time(last, last.unwrap_or(BEGIN));
        last = black_box(next).filter(|next| *next < END);
    }
    (meter::thread_cpu() - began).as_nanos() as f64 / f64::from(CALLS)
}

fn parse_lists() -> Outcome {
    const PARSED: u32 = 20_000;
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = meter::thread_cpu();
        for _ in 0..PARSED {
            black_box(lists().build(&defaults(Zone::UTC))?);
        }
        let nanos = (meter::thread_cpu() - began).as_nanos() as f64;
        best = best.min(nanos / f64::from(PARSED));
    }
    Figures::of("parse_lists", PARSED as usize).print("ns_per_parse", best);
    Ok(())
}
