//! Tests of all triggers but cron: one program, a module for each subject.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod by_name;
mod calendar_interval;
mod combined;
mod custom;
mod date;
mod interval;
mod jitter;
mod latest;
mod not_reproduced;
mod quirks;
mod stored;

use chrono::DateTime;
use sched_core::Timestamp;
use sched_core::trigger::{Defaults, IntoTrigger, Trigger};

/// A moment, in RFC 3339.
fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().into()
}

/// Triggers are built on 1 January 2024.
fn defaults(zone: &str) -> Defaults {
    Defaults { zone: zone.parse().unwrap(), now: at("2024-01-01T00:00:00Z") }
}

fn build_in(zone: &str, description: impl IntoTrigger) -> Trigger {
    description.into_trigger(&defaults(zone)).unwrap()
}

fn build(description: impl IntoTrigger) -> Trigger {
    build_in("UTC", description)
}

/// Why a description is refused.
fn refusal(description: impl IntoTrigger) -> String {
    description.into_trigger(&defaults("UTC")).unwrap_err().to_string()
}

/// What a scheduler sees that starts at `now` and always wakes up exactly on time.
fn fires(trigger: &Trigger, now: Timestamp, most: usize) -> Vec<Timestamp> {
    let mut fires = Vec::new();
    let (mut previous, mut now) = (None, now);
    while fires.len() < most {
        let Some(fire) = trigger.next_fire_time(previous, now) else {
            break;
        };
        fires.push(fire);
        (previous, now) = (Some(fire), fire);
    }
    fires
}

/// The same in RFC 3339, in the trigger's zone.
fn shown(trigger: &Trigger, now: &str, most: usize) -> Vec<String> {
    let show = |fire: Timestamp| {
        let date = trigger.zone_at(fire).unwrap().date_at(fire).unwrap();
        date.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    };
    fires(trigger, at(now), most).into_iter().map(show).collect()
}
