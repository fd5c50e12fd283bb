//! Fires that find no room, runs that are counted, failures that are.

use super::*;
use crate::job::Outcome;

/// What is known on a volatile store while one run goes on.
fn busy(second: i64) -> Facts {
    Facts { running: 1, ..at_time(second) }
}

fn waiting(scheduled: &[i64]) -> Vec<Extra> {
    let wait = |second: &i64| Extra::waiting(Fire::exactly(at(*second)), ExtraKind::Queued);
    scheduled.iter().map(wait).collect()
}

fn kind(schedule: &Schedule) -> Option<OutcomeKind> {
    schedule.outcome.as_deref().map(|outcome: &Outcome| outcome.kind.clone())
}

fn ended(number: u64, scheduled: i64, how: How) -> Ending {
    let fire = Fire::exactly(at(scheduled));
    Ending { run: run(number), fire, attempt: 1, how, last: true, at: at(scheduled + 3) }
}

#[test]
fn a_fire_without_room_is_dropped_unless_said() {
    let plan = plan(&every_ten(|job| job), &next_at(10), busy(10)).unwrap();
    assert_eq!((plan.start, plan.refused), (None, vec![at(10)]));
    assert_eq!(kind(&plan.schedule), Some(OutcomeKind::MaxInstances));
    assert_eq!(standing(&plan.schedule).extras, []);
}

#[test]
fn as_many_wait_as_the_queue_takes_and_each_end_lets_one_in() {
    let spec = every_ten(|job| job.overlap(Overlap::Queue { limit: 2 }));
    let mut schedule = next_at(10);
    for (now, refused) in [(10, vec![]), (20, vec![]), (30, vec![at(30)])] {
        let plan = plan(&spec, &schedule, busy(now)).unwrap();
        assert_eq!((plan.start, plan.refused), (None, refused), "{now}");
        schedule = plan.schedule;
    }
    assert_eq!(schedule.extras, waiting(&[10, 20]));
    assert_eq!(schedule.due_at(), Some(at(40)), "what waits for a run wakes nobody");

    settle(&spec, &mut schedule, ended(1, 0, How::Succeeded));
    assert_eq!(schedule.due_at(), Some(at(3)));
    let let_in = plan(&spec, &schedule, at_time(3)).unwrap();
    assert_eq!(started(&let_in), [at(10)]);
    assert_eq!(let_in.schedule.extras, waiting(&[20]));
}

/// A run that another scheduler lost makes room as well as one that ends.
#[test]
fn a_lost_run_lets_one_in() {
    let spec = every_ten(|job| job.overlap(Overlap::Queue { limit: 1 }).on_crash(OnCrash::Skip));
    let schedule =
        Schedule { live: vec![live(1, &[0], 1, 16)], extras: waiting(&[10]), ..next_at(20) };
    let lost = plan(&spec, &schedule, claiming(16)).unwrap();
    assert!(lost.lost.is_some());
    let let_in = plan(&spec, &lost.schedule, claiming(16)).unwrap();
    assert_eq!(started(&let_in), [at(10)]);
}

#[test]
fn the_oldest_run_makes_way_for_the_last_fire() {
    let spec = every_ten(|job| job.overlap(Overlap::CancelRunning).max_instances(2));
    let runs = vec![live(2, &[0], 1, 17), live(1, &[0], 1, 16)];
    let schedule = Schedule { live: runs, ..next_at(10) };
    let first = plan(&spec, &schedule, claiming(10)).unwrap();
    assert!(first.cancels);
    let unwanted: Vec<RunId> =
        first.schedule.live.iter().filter(|run| run.cancel).map(|run| run.run).collect();
    assert_eq!(unwanted, [run(1)]);
    let second = plan(
        &spec,
        &Schedule { next: Some(Fire::exactly(at(12))), ..first.schedule },
        claiming(12),
    );
    let second = second.unwrap();
    assert_eq!(second.refused, [at(10)], "only the last of those that wait is run");
    assert_eq!(second.schedule.extras, waiting(&[12]));
}

#[test]
fn a_job_ends_after_as_many_runs_as_it_may_have() {
    let spec = every_ten(|job| job.max_runs(3));
    let mut schedule = next_at(10);
    for (now, busy_then, so_far) in [(10, 0, 1), (20, 1, 1), (30, 0, 2), (40, 0, 3)] {
        let facts = Facts { running: busy_then, ..at_time(now) };
        schedule = plan(&spec, &schedule, facts).unwrap().schedule;
        assert_eq!(schedule.runs, so_far, "{now}");
    }
    assert_eq!((schedule.phase, schedule.next), (Phase::Finished, None));
}

#[test]
fn fires_that_are_caught_up_with_count_one_by_one() {
    let spec = every_ten(|job| job.max_runs(3).coalesce(false));
    let plan = plan(&spec, &next_at(10), at_time(95)).unwrap();
    assert_eq!(started(&plan), moments(&[10, 20, 30]));
    assert_eq!(plan.schedule.phase, Phase::Finished);
}

#[test]
fn a_job_that_fails_too_often_in_a_row_is_paused() {
    let spec = every_ten(|job| job.pause_after_failures(2));
    let mut schedule = next_at(30);
    for (how, after) in [
        (How::FailedForGood, After::Nothing),
        (How::Succeeded, After::Nothing),
        (How::Failed, After::Nothing),
        (How::Done, After::Nothing),
        (How::FailedForGood, After::Paused),
    ] {
        assert_eq!(settle(&spec, &mut schedule, ended(1, 20, how)), after, "{how:?}");
    }
    assert_eq!((schedule.phase, schedule.next), (Phase::Paused, None));
}

#[test]
fn attempts_of_one_run_are_one_failure() {
    let spec = every_ten(|job| job.retry(crate::job::Retry::new(2)).pause_after_failures(1));
    let mut schedule = next_at(30);
    let first = ended(1, 20, How::Failed);
    assert!(matches!(settle(&spec, &mut schedule, first), After::Again(_)));
    assert_eq!(schedule.failures, 0);
    let second = Ending { attempt: 2, ..first };
    assert_eq!(settle(&spec, &mut schedule, second), After::Paused);
}

#[test]
fn a_job_whose_runs_take_their_schedulers_down_is_paused() {
    let reruns = every_ten(|job| job);
    let schedule = Schedule { live: vec![live(1, &[10], 4, 26)], ..next_at(30) };
    let poisoned = plan(&reruns, &schedule, claiming(27)).unwrap();
    assert!(poisoned.poisoned && poisoned.lost.is_some());
    assert_eq!((poisoned.schedule.phase, poisoned.schedule.due_at()), (Phase::Paused, None));
    assert_eq!(kind(&poisoned.schedule), Some(OutcomeKind::Lost));
    // One that has no fire left is kept too, for somebody to see.
    let last = Schedule { phase: Phase::Finished, next: None, ..schedule };
    assert!(!plan(&reruns, &last, claiming(27)).unwrap().schedule.is_over());
}

#[test]
fn fires_that_are_queued_count_among_those_that_a_job_may_have() {
    let queue = |max| every_ten(move |job| job.max_runs(max).overlap(Overlap::Queue { limit: 9 }));
    let spec = queue(3);
    let first = plan(&spec, &next_at(10), at_time(10)).unwrap();
    let second = plan(&spec, &first.schedule, busy(20)).unwrap();
    assert_eq!(second.schedule.extras, waiting(&[20]));
    let third = plan(&spec, &second.schedule, busy(30)).unwrap();
    assert_eq!(third.schedule.extras, waiting(&[20, 30]));
    assert_eq!((third.schedule.phase, third.schedule.next), (Phase::Finished, None));

    // A limit that somebody has lowered since holds for them, too: the earliest are run.
    for (most, runs) in [(1, vec![]), (2, vec![at(20)]), (3, vec![at(20), at(30)])] {
        let (spec, mut schedule) = (queue(most), third.schedule.clone());
        settle(&spec, &mut schedule, ended(1, 10, How::Succeeded));
        let mut ran = Vec::new();
        while let Some(next) = plan(&spec, &schedule, at_time(40)) {
            schedule = next.schedule.clone();
            if next.start.is_some() {
                ran.extend(started(&next));
                settle(&spec, &mut schedule, ended(100, 20, How::Succeeded));
            }
        }
        assert_eq!(ran, runs);
        assert!(schedule.is_over(), "{schedule:?}");
    }
    // And for the next fire.
    let over = plan(&every_ten(|job| job.max_runs(1)), &first.schedule, at_time(20)).unwrap();
    assert_eq!((over.start, over.missed, over.schedule.phase), (None, vec![], Phase::Finished));
}

#[test]
fn fires_that_are_queued_are_held_while_their_job_is_paused() {
    let spec = every_ten(|job| job.overlap(Overlap::Queue { limit: 9 }));
    let asked = Extra::waiting(Fire::exactly(at(15)), ExtraKind::RunNow);
    let extras = [waiting(&[10]), vec![asked]].concat();
    let mut schedule = Schedule { extras, ..next_at(20) };
    schedule.set_next(None);
    settle(&spec, &mut schedule, ended(1, 0, How::Succeeded));
    let asked_for = plan(&spec, &schedule, at_time(16)).unwrap();
    assert_eq!(started(&asked_for), [at(15)], "what somebody asked for is run");
    let mut schedule = asked_for.schedule;
    settle(&spec, &mut schedule, ended(1, 15, How::Succeeded));
    assert_eq!(schedule.due_at(), None);
    assert_eq!(plan(&spec, &schedule, at_time(1_000)), None);

    let mut finished = schedule.clone();
    finished.finish();
    schedule.set_next(Some(Fire::exactly(at(1_010))));
    for resumed in [schedule, finished] {
        assert_eq!(resumed.due_at(), Some(at(10)));
        let plan = plan(&spec, &resumed, at_time(1_001)).unwrap();
        assert_eq!(started(&plan), [at(10)]);
    }
}

/// What takes its schedulers down does not go on doing so with the fires that wait.
#[test]
fn a_poisoned_job_keeps_its_queue_until_it_is_resumed() {
    let spec = every_ten(|job| job.overlap(Overlap::Queue { limit: 9 }));
    let live = vec![live(1, &[10], 4, 26)];
    let schedule = Schedule { live, extras: waiting(&[20]), ..next_at(30) };
    let poisoned = plan(&spec, &schedule, claiming(27)).unwrap();
    assert!(poisoned.poisoned);
    assert_eq!(poisoned.schedule.due_at(), None);
    assert_eq!(poisoned.schedule.extras, waiting(&[20]));
}

#[test]
fn with_a_fixed_delay_every_fire_is_followed_by_another() {
    let spec = spec(|job| job.trigger(Interval::every(secs(10)).fixed_delay()));
    for (named, ended_at) in [(40, 41), (-9_000, 41), (40, 12)] {
        let before = Schedule { last: Some(at(30)), ..next_at(named) };
        let fired = plan(&spec, &before, at_time(40)).unwrap();
        let mut schedule = fired.schedule;
        assert_eq!(schedule.phase, Phase::Waiting);
        let end = Ending { at: at(ended_at), ..ended(1, named, How::Succeeded) };
        settle(&spec, &mut schedule, end);
        // Not at or before the last, though the clock was set back.
        let next = schedule.next.map(|fire| fire.at);
        assert_eq!(next, Some(at(ended_at.max(named) + 10)), "{named} {ended_at}");
    }
}

#[test]
fn only_the_loss_of_its_last_fire_ends_the_wait_of_a_fixed_delay() {
    let spec =
        spec(|job| job.trigger(Interval::every(secs(10)).fixed_delay()).on_crash(OnCrash::Skip));
    let runs = vec![live(1, &[7], 1, 12), live(2, &[10], 1, 20)];
    let waits = Schedule { phase: Phase::Waiting, next: None, last: Some(at(10)), ..next_at(10) };
    let asked_for = plan(&spec, &Schedule { live: runs, ..waits.clone() }, claiming(13)).unwrap();
    assert!(asked_for.lost.is_some());
    assert_eq!(asked_for.schedule.phase, Phase::Waiting);
    let own = plan(&spec, &asked_for.schedule, claiming(21)).unwrap();
    assert_eq!(own.schedule.next, Some(Fire::exactly(at(31))));

    // A retry of another run does not end it either.
    let retry = Extra { fire: Fire::exactly(at(7)), attempt: 2, kind: ExtraKind::Retry };
    let moved = without_runs(&spec, Schedule { extras: vec![retry], ..waits }, at(40));
    assert_eq!(moved.next, Some(Fire::exactly(at(50))));
}

/// Those beyond the limit are none of the job's, whether there is room for them or not.
#[test]
fn fires_beyond_the_limit_of_runs_are_not_refused() {
    for overlap in [Overlap::Skip, Overlap::Queue { limit: 9 }, Overlap::CancelRunning] {
        let spec = every_ten(|job| job.max_runs(2).coalesce(false).overlap(overlap));
        let plan = plan(&spec, &next_at(10), busy(55)).unwrap();
        let refused = match overlap {
            Overlap::Queue { .. } => vec![],
            Overlap::CancelRunning => vec![at(10)],
            _ => vec![at(10), at(20)],
        };
        assert_eq!(plan.refused, refused, "{overlap:?}");
    }
}

#[test]
fn a_count_that_somebody_wrote_by_hand_is_no_reason_to_panic() {
    let spec = every_ten(|job| job.max_runs(3));
    let schedule = Schedule { runs: u64::MAX, extras: waiting(&[10]), ..next_at(20) };
    assert_eq!(spec.runs_left(&schedule), Some(0));
}

/// Its end says nothing of the job that is there now: nothing is run for it again.
#[test]
fn a_dead_run_of_an_earlier_job_is_lost() {
    let spec = every_ten(|job| job.overlap(Overlap::Queue { limit: 1 }));
    let mut schedule =
        Schedule { live: vec![live(1, &[0], 1, 16)], extras: waiting(&[10]), ..next_at(20) };
    schedule.disown_runs();
    let lost = plan(&spec, &schedule, claiming(16)).unwrap();
    assert_eq!((lost.start, lost.poisoned), (None, false));
    assert!(lost.lost.is_some() && lost.schedule.outcome.is_none());
    let let_in = plan(&spec, &lost.schedule, claiming(16)).unwrap();
    assert_eq!(started(&let_in), [at(10)]);
}
