//! Cron triggers, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bounded;
mod clock_changes;
mod every_zone;
mod expressions;
mod fire_times;
mod model;
mod not_reproduced;
mod properties;
mod standard;
mod stored;

use chrono::{DateTime, SecondsFormat};
use sched_core::trigger::{Cron, CronTrigger, Defaults, TriggerError};
use sched_core::{Timestamp, Zone};

/// A moment, from RFC 3339.
fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().into()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn try_build(cron: Cron, zone: Zone) -> Result<CronTrigger, TriggerError> {
    cron.build(&Defaults { zone, now: at("2024-01-01T00:00:00Z") })
}

fn build(cron: Cron, zone_name: &str) -> CronTrigger {
    try_build(cron, zone(zone_name)).unwrap()
}

/// RFC 3339 with the offset in force in the trigger's zone.
fn shown(trigger: &CronTrigger, fire: Timestamp) -> String {
    trigger.zone().date_at(fire).unwrap().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The fire times of a scheduler that always wakes up on time, from `from` on, at most `limit`.
fn fires(trigger: &CronTrigger, from: &str, limit: usize) -> Vec<String> {
    let first = trigger.next_fire_time(None, at(from));
    std::iter::successors(first, |last| trigger.next_fire_time(Some(*last), *last))
        .take(limit)
        .map(|fire| shown(trigger, fire))
        .collect()
}

/// All of them from `from` up to and with `to`.
fn fires_until(trigger: &CronTrigger, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let first = trigger.next_fire_time(None, from);
    std::iter::successors(first, |last| trigger.next_fire_time(Some(*last), *last))
        .take_while(|fire| *fire <= to)
        .collect()
}
