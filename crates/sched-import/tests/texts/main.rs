//! Crontabs and timer units.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crontab;
mod random;
mod systemd;

use sched_core::trigger::{Defaults, Trigger};
use sched_core::{Timestamp, Zone};

/// The beginning of the year 2035 in Berlin, a Monday.
const NOW: Timestamp = Timestamp::from_secs(2_051_218_800);

fn defaults() -> Defaults {
    Defaults { zone: berlin(), now: NOW }
}

fn berlin() -> Zone {
    "Europe/Berlin".parse().unwrap()
}

/// The first fires, on the wall clock of Berlin.
fn fires(trigger: &Trigger, count: usize) -> Vec<String> {
    let mut fires = Vec::new();
    let mut previous = None;
    while fires.len() < count {
        previous = trigger.next_fire_time(previous, previous.unwrap_or(NOW));
        let Some(fire) = previous else { break };
        fires.push(berlin().date_at(fire).unwrap().format("%a %m-%d %H:%M:%S").to_string());
    }
    fires
}
