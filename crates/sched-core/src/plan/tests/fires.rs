//! What becomes of the trigger's fires, and of those beside them.

use super::*;
use crate::trigger::{Cron, CustomTrigger};

/// One question to the planner about a job that fires every ten seconds and is due at 10.
struct Row {
    now: i64,
    coalesce: bool,
    grace: Option<u64>,
    running: usize,
    started: &'static [i64],
    missed: &'static [i64],
    refused: &'static [i64],
    next: i64,
}

const PUNCTUAL: Row = Row {
    now: 10,
    coalesce: true,
    grace: None,
    running: 0,
    started: &[10],
    missed: &[],
    refused: &[],
    next: 20,
};

#[test]
fn what_is_due_is_started_missed_or_refused() {
    let rows = [
        ("punctual", PUNCTUAL),
        ("late, no grace asked for", Row { now: 45, started: &[40], next: 50, ..PUNCTUAL }),
        (
            "late, one by one",
            Row { now: 45, coalesce: false, started: &[10, 20, 30, 40], next: 50, ..PUNCTUAL },
        ),
        (
            "exactly as late as allowed",
            Row { now: 45, grace: Some(5), started: &[40], next: 50, ..PUNCTUAL },
        ),
        (
            "even the last is too late",
            Row { now: 46, grace: Some(5), started: &[], missed: &[40], next: 50, ..PUNCTUAL },
        ),
        (
            "each late fire is judged for itself",
            Row {
                now: 45,
                coalesce: false,
                grace: Some(15),
                started: &[30, 40],
                missed: &[10, 20],
                next: 50,
                ..PUNCTUAL
            },
        ),
        (
            "as many run as may",
            Row { now: 45, running: 2, started: &[], refused: &[40], next: 50, ..PUNCTUAL },
        ),
        ("one less runs than may", Row { running: 1, ..PUNCTUAL }),
        (
            "what is too late is missed, not refused",
            Row {
                now: 45,
                coalesce: false,
                grace: Some(15),
                running: 2,
                started: &[],
                missed: &[10, 20],
                refused: &[30, 40],
                next: 50,
            },
        ),
        (
            "nothing but what is too late",
            Row {
                now: 49,
                grace: Some(5),
                running: 2,
                started: &[],
                missed: &[40],
                next: 50,
                ..PUNCTUAL
            },
        ),
    ];
    for (name, row) in rows {
        let spec = every_ten(|job| {
            let grace = row.grace.map(secs);
            job.coalesce(row.coalesce).misfire_grace_time(grace).max_instances(2)
        });
        let facts = Facts { running: row.running, ..at_time(row.now) };
        let plan = plan(&spec, &next_at(10), facts).expect(name);
        assert_eq!(started(&plan), moments(row.started), "{name}: started");
        assert_eq!(plan.missed, moments(row.missed), "{name}: missed");
        assert_eq!(plan.refused, moments(row.refused), "{name}: refused");
        assert_eq!(plan.schedule.next, Some(Fire::exactly(at(row.next))), "{name}: next");
        assert_eq!(plan.schedule.last, Some(at(row.next - 10)), "{name}: last");
        assert_eq!(plan.schedule.phase, Phase::Scheduled, "{name}");
        assert_eq!(plan.lost, None, "{name}");
    }
}

#[test]
fn nothing_is_due() {
    let spec = every_ten(|job| job);
    let phase = |phase| Schedule { phase, ..Schedule::new(None) };
    let waits_for_a_retry =
        Schedule { extras: vec![extra(ExtraKind::Retry, 11, 0, 2)], ..phase(Phase::Finished) };
    let runs = Schedule { live: vec![live(1, &[0], 1, 11)], ..next_at(11) };
    let schedules = [
        ("in the future", next_at(11)),
        ("paused", phase(Phase::Paused)),
        ("waiting for a run to end", phase(Phase::Waiting)),
        ("finished", phase(Phase::Finished)),
        ("waiting for a retry", waits_for_a_retry),
        ("under an unexpired lease", runs),
    ];
    for (name, schedule) in schedules {
        assert_eq!(plan(&spec, &schedule, at_time(10)), None, "{name}");
        assert_eq!(plan(&spec, &schedule, claiming(10)), None, "{name}, on a shared store");
    }
}

#[test]
fn the_last_fire_ends_the_schedule() {
    let until_40 =
        Interval::every(secs(10)).start_date("1970-01-01").end_date("1970-01-01 00:00:40");
    let spec = spec(|job| job.trigger(until_40));
    for now in [40, 41, 1_000_000] {
        let plan = plan(&spec, &next_at(30), at_time(now)).unwrap();
        assert_eq!(started(&plan), [at(40)]);
        assert_eq!((plan.schedule.phase, plan.schedule.next), (Phase::Finished, None));
        assert!(plan.schedule.is_over());
    }
    let plan = plan(&spec, &next_at(40), claiming(40)).unwrap();
    assert!(!plan.schedule.is_over(), "its run is noted in the record");
}

#[test]
fn a_last_fire_that_does_not_run_ends_the_schedule_too() {
    let once = spec(|job| job.at("1970-01-01 00:00:10").misfire_grace_time(secs(1)));
    let missed = plan(&once, &next_at(10), at_time(12)).unwrap();
    assert_eq!((missed.missed.as_slice(), &missed.start), ([at(10)].as_slice(), &None));
    assert!(missed.schedule.is_over());
    let refused = plan(&once, &next_at(10), Facts { running: 1, ..at_time(10) }).unwrap();
    assert_eq!((refused.refused.as_slice(), &refused.start), ([at(10)].as_slice(), &None));
    assert!(refused.schedule.is_over());
}

/// A run that was asked for at a moment between two fires does not shift them.
#[test]
fn an_explicit_first_fire_counts_as_the_previous_one() {
    let free = spec(|job| job.every(secs(10)));
    let plan = plan(&free, &next_at(3), at_time(3)).unwrap();
    assert_eq!((started(&plan), plan.schedule.next), (vec![at(3)], Some(Fire::exactly(at(13)))));
}

#[test]
fn the_next_fire_is_later_than_the_last_even_if_the_clock_was_put_back() {
    let jobs = [
        every_ten(|job| job),
        spec(|job| job.trigger(Cron::new().second("*/10"))),
        spec(|job| job.trigger(crate::trigger::Or::new().with(Cron::new().second("*/10")))),
    ];
    for spec in jobs {
        assert_eq!(following(&spec, at(40), at(15)), Some(Fire::exactly(at(50))));
        assert_eq!(first(&spec, Some(at(40)), at(15)), Some(Fire::exactly(at(50))));
        assert_eq!(first(&spec, Some(at(40)), at(40)), Some(Fire::exactly(at(50))));
        assert_eq!(first(&spec, Some(at(40)), at(70)), Some(Fire::exactly(at(70))));
        assert_eq!(first(&spec, None, at(15)), Some(Fire::exactly(at(20))));
    }
}

#[derive(Debug)]
struct Stuck;

impl CustomTrigger for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn next_fire_time(&self, _: Option<Timestamp>, _: Timestamp) -> Option<Timestamp> {
        Some(at(10))
    }

    fn state(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

#[test]
fn a_trigger_that_names_one_moment_for_ever_fires_once() {
    let spec = spec(|job| job.trigger(Trigger::custom(Stuck)).coalesce(false));
    let plan = plan(&spec, &next_at(10), at_time(99)).unwrap();
    assert_eq!(started(&plan), [at(10)]);
    assert!(plan.schedule.is_over());
}

#[test]
fn the_last_of_a_billion_fires_is_found_without_listing_them() {
    let quick = spec(|job| job.every(Duration::from_millis(1)));
    let plan = plan(&quick, &next_at(1), at_time(1_000_000_000)).unwrap();
    assert_eq!(started(&plan), [at(1_000_000_000)]);
}

#[test]
fn catching_up_one_by_one_is_bounded_and_goes_on_where_it_stopped() {
    let quick = spec(|job| job.every(Duration::from_millis(1)).coalesce(false));
    let plan = plan(&quick, &next_at(1), at_time(1_000_000)).unwrap();
    assert_eq!(started(&plan).len(), CATCH_UP);
    let last = at(1) + Duration::from_millis(CATCH_UP as u64 - 1);
    assert_eq!(plan.schedule.last, Some(last));
    assert_eq!(plan.schedule.next, Some(Fire::exactly(last + Duration::from_millis(1))));
}

#[test]
fn a_fixed_delay_waits_for_the_end_of_the_run() {
    let delay = || Interval::every(secs(10)).fixed_delay();
    let spec = spec(|job| job.trigger(delay()).coalesce(false).misfire_grace_time(secs(60)));
    let begun = plan(&spec, &next_at(10), at_time(45)).unwrap();
    assert_eq!(started(&begun), [at(10)]);
    assert_eq!((begun.schedule.phase, begun.schedule.next), (Phase::Waiting, None));

    let missed = plan(&spec, &next_at(10), at_time(75)).unwrap();
    assert_eq!(missed.missed, [at(10)]);
    assert_eq!(missed.schedule.next, Some(Fire::exactly(at(85))), "no run, so it counts from now");
    let refused = plan(&spec, &next_at(10), Facts { running: 1, ..at_time(45) }).unwrap();
    assert_eq!(refused.refused, [at(10)]);
    assert_eq!(refused.schedule.next, Some(Fire::exactly(at(55))));
}

#[test]
fn a_retry_waits_where_a_fire_would_be_dropped() {
    let spec = every_ten(|job| job);
    let schedule = Schedule { extras: vec![extra(ExtraKind::Retry, 5, 0, 2)], ..next_at(10) };
    let retried = plan(&spec, &schedule, at_time(5)).unwrap();
    let start = retried.start.unwrap();
    assert_eq!((start.fires.scheduled(), start.attempt, start.recovers), (vec![at(0)], 2, None));
    assert_eq!(retried.schedule, next_at(10), "the schedule goes on as before");

    let full = Facts { running: 1, ..at_time(5) };
    let deferred = plan(&spec, &schedule, full.clone()).unwrap();
    assert_eq!((deferred.start, deferred.refused), (None, Vec::new()));
    assert_eq!(
        deferred.schedule.extras,
        [Extra { fire: Fire { at: UNTIL_A_RUN_ENDS, scheduled: at(0) }, ..schedule.extras[0] }]
    );

    let asked = Schedule { extras: vec![extra(ExtraKind::RunNow, 5, 5, 1)], ..next_at(10) };
    let refused = plan(&spec, &asked, full).unwrap();
    assert_eq!((refused.start, refused.refused), (None, vec![at(5)]));
    assert_eq!(standing(&refused.schedule), next_at(10));
}

#[test]
fn a_run_that_was_asked_for_is_no_fire_of_the_trigger() {
    let spec = every_ten(|job| job);
    let paused =
        Schedule { extras: vec![extra(ExtraKind::RunNow, 5, 5, 1)], ..Schedule::new(None) };
    let plan = plan(&spec, &paused, at_time(7)).unwrap();
    assert_eq!(started(&plan), [at(5)]);
    assert_eq!(plan.schedule, Schedule::new(None), "still paused, and nothing fired");
}

#[test]
fn the_record_is_due_at_the_first_of_all_that_waits() {
    let extras = vec![extra(ExtraKind::Retry, 30, 0, 2), extra(ExtraKind::RunNow, 25, 25, 1)];
    let all = Schedule { extras, live: vec![live(1, &[0], 1, 22)], ..next_at(20) };
    assert_eq!(all.due_at(), Some(at(20)));
    let running = Schedule { next: None, phase: Phase::Paused, ..all };
    assert_eq!(running.due_at(), Some(at(22)));
    let ended = Schedule { live: Vec::new(), ..running };
    assert_eq!(ended.due_at(), Some(at(25)));
    assert_eq!(Schedule::new(None).due_at(), None);
}
