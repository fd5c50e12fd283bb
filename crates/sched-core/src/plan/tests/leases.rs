//! What becomes of the runs of a scheduler that died.

use super::*;
use crate::job::OnCrash;

#[test]
fn a_run_is_noted_with_its_lease() {
    let spec = every_ten(|job| job.coalesce(false));
    let plan = plan(&spec, &next_at(10), claiming(25)).unwrap();
    assert_eq!(plan.schedule.live, [live(100, &[10, 20], 1, 31)]);
    assert_eq!(plan.schedule.due_at(), Some(at(30)));
}

#[test]
fn the_limit_counts_runs_wherever_they_are() {
    let spec = every_ten(|job| job);
    let elsewhere = Schedule { live: vec![live(1, &[0], 1, 99)], ..next_at(10) };
    let plan = plan(&spec, &elsewhere, claiming(10)).unwrap();
    assert_eq!((plan.start, plan.refused), (None, vec![at(10)]));
    assert_eq!(plan.schedule.live, elsewhere.live);
}

#[test]
fn a_dead_run_is_run_again_with_its_fires() {
    let spec = every_ten(|job| job.coalesce(false));
    let schedule = Schedule {
        live: vec![live(1, &[10, 20], 1, 26), live(2, &[0], 1, 99)],
        last: Some(at(20)),
        ..next_at(30)
    };
    let plan = plan(&spec, &schedule, claiming(26)).unwrap();
    let start = plan.start.unwrap();
    assert_eq!(start.fires.scheduled(), [at(10), at(20)]);
    assert_eq!((start.attempt, start.recovers), (2, Some(run(1))));
    assert_eq!((start.recoveries, &plan.lost), (1, &None));
    assert_eq!(plan.schedule.live, [live(2, &[0], 1, 99), live(100, &[10, 20], 2, 32)]);
    assert_eq!(plan.schedule.next, schedule.next);
    assert_eq!(plan.schedule.last, schedule.last);
}

#[test]
fn a_dead_run_is_lost_when_it_must_not_be_repeated_or_has_been_too_often() {
    let skips = every_ten(|job| job.on_crash(OnCrash::Skip));
    let reruns = every_ten(|job| job);
    for (name, spec, attempt, again) in [
        ("first recovery", &reruns, 1, true),
        ("last recovery", &reruns, 3, true),
        ("one too many", &reruns, 4, false),
        ("never to be repeated", &skips, 1, false),
    ] {
        let dead = live(1, &[10], attempt, 26);
        let schedule = Schedule { live: vec![dead.clone()], last: Some(at(10)), ..next_at(30) };
        let plan = plan(spec, &schedule, claiming(27)).expect(name);
        assert_eq!(plan.start.is_some(), again, "{name}");
        assert_eq!(plan.lost, (!again).then_some(dead), "{name}");
        assert_eq!(plan.schedule.live.len(), usize::from(again), "{name}");
    }
}

#[test]
fn retries_are_no_recoveries() {
    let spec = every_ten(|job| job);
    let dead = LiveRun { recoveries: 0, ..live(1, &[10], 9, 26) };
    let schedule = Schedule { live: vec![dead], ..next_at(30) };
    let start = plan(&spec, &schedule, claiming(27)).unwrap().start.unwrap();
    assert_eq!((start.attempt, start.recoveries), (10, 1));
}

#[test]
fn the_dead_come_before_what_else_is_due() {
    let spec = every_ten(|job| job);
    let extras = vec![extra(ExtraKind::RunNow, 20, 20, 1)];
    let schedule = Schedule { live: vec![live(1, &[10], 1, 26)], extras, ..next_at(20) };
    let recovered = plan(&spec, &schedule, claiming(26)).unwrap();
    assert_eq!(recovered.start.unwrap().recovers, Some(run(1)));
    assert_eq!(recovered.schedule.extras, schedule.extras);
    // The run has the only place now: what else was due finds it taken.
    let next = plan(&spec, &recovered.schedule, claiming(26)).unwrap();
    assert_eq!((next.start, next.refused), (None, vec![at(20)]));
    assert!(next.schedule.extras.is_empty());
}

#[test]
fn a_lost_run_ends_the_wait_of_a_fixed_delay() {
    let delay = Interval::every(secs(10)).fixed_delay();
    let spec = spec(|job| job.trigger(delay).on_crash(OnCrash::Skip));
    let waits = Schedule { phase: Phase::Waiting, ..Schedule::new(None) };
    let schedule = Schedule { live: vec![live(1, &[10], 1, 26)], last: Some(at(10)), ..waits };
    let plan = plan(&spec, &schedule, claiming(50)).unwrap();
    assert!(plan.lost.is_some());
    assert_eq!(plan.schedule.next, Some(Fire::exactly(at(60))));
    assert_eq!(plan.schedule.phase, Phase::Scheduled);
}

/// The record of a job without a further fire stays until its last run has ended or is given up.
#[test]
fn a_lost_last_run_is_the_end_of_the_job() {
    let once = spec(|job| job.at("1970-01-01 00:00:10").on_crash(OnCrash::Skip));
    let begun = plan(&once, &next_at(10), claiming(10)).unwrap();
    assert!(!begun.schedule.is_over());
    assert_eq!(begun.schedule.due_at(), Some(at(16)));
    let lost = plan(&once, &begun.schedule, claiming(16)).unwrap();
    assert!(lost.schedule.is_over());
}
