//! The planner, by table and by property. Times are in seconds, and most jobs fire every ten.

mod fires;
mod leases;
mod limits;
mod properties;
mod settling;

use super::*;
use crate::job::{JobDefaults, JobRequest};
use crate::trigger::{Defaults, Interval, TriggerRegistry};
use crate::zone::Zone;

const LEASE: Duration = Duration::from_secs(6);

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

fn secs(span: u64) -> Duration {
    Duration::from_secs(span)
}

/// A job that would be added at second 0.
fn spec(describe: impl FnOnce(JobRequest) -> JobRequest) -> JobSpec {
    let request = describe(JobRequest::new(|| async {}));
    let defaults = Defaults { zone: Zone::UTC, now: at(0) };
    let settings = request.into_settings();
    settings.into_spec(&JobDefaults::default(), &TriggerRegistry::new(), &defaults).unwrap()
}

/// A job that fires every ten seconds from 0 on.
fn every_ten(describe: impl FnOnce(JobRequest) -> JobRequest) -> JobSpec {
    spec(|job| describe(job.trigger(Interval::every(secs(10)).start_date("1970-01-01"))))
}

fn next_at(second: i64) -> Schedule {
    Schedule::new(Some(Fire::exactly(at(second))))
}

/// What is known on a volatile store, nothing running.
fn at_time(second: i64) -> Facts {
    Facts { now: at(second), running: 0, claim: None }
}

fn run(number: u64) -> RunId {
    RunId { scheduler: 1, number }
}

/// What is known on a store that others share; a run started now would be number 100.
fn claiming(second: i64) -> Facts {
    let claim = Claim { run: run(100), scheduler: "here".into(), lease: LEASE, max_recoveries: 3 };
    Facts { claim: Some(claim), ..at_time(second) }
}

/// A live run that has not been retried, but taken over before each attempt after the first.
fn live(number: u64, fires: &[i64], attempt: u32, lease_until: i64) -> LiveRun {
    let fires = fires.iter().map(|second| Fire::exactly(at(*second))).collect();
    LiveRun {
        run: run(number),
        fires: Fires::from_vec(fires).unwrap(),
        attempt,
        recoveries: attempt - 1,
        claimed_at: at(lease_until) - LEASE,
        lease_until: at(lease_until),
        scheduler: "here".into(),
        cancel: false,
    }
}

/// A schedule but for what it remembers of earlier fires.
fn standing(schedule: &Schedule) -> Schedule {
    Schedule { runs: 0, failures: 0, outcome: None, ..schedule.clone() }
}

fn extra(kind: ExtraKind, due: i64, scheduled: i64, attempt: u32) -> Extra {
    Extra { fire: Fire { at: at(due), scheduled: at(scheduled) }, attempt, kind }
}

/// The moments of the fires that a plan starts.
fn started(plan: &Plan) -> Vec<Timestamp> {
    plan.start.as_ref().map_or_else(Vec::new, |start| start.fires.scheduled())
}

fn moments(seconds: &[i64]) -> Vec<Timestamp> {
    seconds.iter().copied().map(at).collect()
}
