//! What the end of a run does to the schedule.

use super::*;
use crate::job::Retry;

fn end(number: u64, scheduled: i64) -> Ending {
    Ending {
        run: run(number),
        fire: Fire::exactly(at(scheduled)),
        attempt: 1,
        how: How::Done,
        last: true,
        at: at(scheduled + 3),
    }
}

#[test]
fn a_run_is_struck_out_when_its_last_fire_has_ended() {
    let spec = every_ten(|job| job.coalesce(false));
    let runs = vec![live(1, &[10, 20], 1, 99), live(2, &[0], 1, 99)];
    let mut schedule = Schedule { live: runs.clone(), last: Some(at(20)), ..next_at(30) };
    let before = schedule.clone();
    assert_eq!(settle(&spec, &mut schedule, Ending { last: false, ..end(1, 10) }), After::Nothing);
    assert_eq!(schedule, before, "its second fire is still to be run");
    assert_eq!(settle(&spec, &mut schedule, end(1, 20)), After::Nothing);
    assert_eq!(schedule, Schedule { live: vec![runs[1].clone()], ..before });
}

#[test]
fn a_failure_is_tried_again_as_often_as_the_job_says() {
    let retry = Retry::new(3).backoff(secs(4));
    let patient = every_ten(|job| job.retry(retry));
    for (attempt, longest) in [(1, Some(secs(4))), (2, Some(secs(8))), (3, None)] {
        let mut schedule = next_at(30);
        let failed = Ending { how: How::Failed, attempt, ..end(1, 20) };
        let retry_at = settle(&patient, &mut schedule, failed);
        match longest {
            None => {
                assert_eq!(retry_at, After::Nothing);
                assert_eq!(standing(&schedule), next_at(30));
            }
            Some(longest) => {
                let After::Again(due) = retry_at else { panic!("{retry_at:?}") };
                let wait = due.since(failed.at);
                assert!(wait <= longest && wait >= longest / 2, "{attempt}: {wait:?}");
                let fire = Fire { at: due, scheduled: at(20) };
                let again = Extra { fire, attempt: attempt + 1, kind: ExtraKind::Retry };
                assert_eq!(schedule, Schedule { extras: vec![again], ..next_at(30) });
            }
        }
    }
}

#[test]
fn only_failures_are_tried_again_and_only_where_the_job_says_so() {
    let patient = every_ten(|job| job.retry(Retry::new(9)));
    let plain = every_ten(|job| job);
    for (name, spec, how) in [("success", &patient, How::Done), ("no retry", &plain, How::Failed)] {
        let mut schedule = next_at(30);
        let after = settle(spec, &mut schedule, Ending { how, ..end(1, 20) });
        assert_eq!(after, After::Nothing, "{name}");
        assert_eq!(standing(&schedule), next_at(30), "{name}");
    }
}

/// Each of several fires run one after the other has its own attempts.
#[test]
fn fires_of_one_submission_fail_for_themselves() {
    let spec = every_ten(|job| job.retry(Retry::new(2)).coalesce(false));
    let mut schedule = next_at(30);
    for (scheduled, last) in [(10, false), (20, true)] {
        let failed = Ending { how: How::Failed, last, ..end(1, scheduled) };
        assert!(matches!(settle(&spec, &mut schedule, failed), After::Again(_)));
    }
    let scheduled: Vec<_> = schedule.extras.iter().map(|extra| extra.fire.scheduled).collect();
    assert_eq!(scheduled, [at(10), at(20)]);
}

#[test]
fn an_interrupted_run_is_run_again_at_once_where_the_job_allows_it() {
    let interrupted = Ending { how: How::Interrupted, ..end(1, 20) };
    let mut schedule = next_at(30);
    let after = settle(&every_ten(|job| job), &mut schedule, interrupted);
    assert_eq!(after, After::Again(interrupted.at));
    let fire = Fire { at: interrupted.at, scheduled: at(20) };
    let again = Extra { fire, attempt: 2, kind: ExtraKind::Retry };
    assert_eq!(schedule, Schedule { extras: vec![again], ..next_at(30) });

    let mut schedule = next_at(30);
    let once = every_ten(|job| job.on_crash(OnCrash::Skip));
    assert_eq!(settle(&once, &mut schedule, interrupted), After::Lost);
    assert_eq!(schedule, next_at(30));
}

#[test]
fn a_run_that_never_began_is_given_to_another_as_it_was() {
    let taken = Ending { how: How::TakenBack, ..end(1, 20) };
    for policy in [OnCrash::Skip, OnCrash::Rerun] {
        let mut schedule = Schedule { live: vec![live(1, &[20], 1, 99)], ..next_at(30) };
        let after = settle(&every_ten(|job| job.on_crash(policy)), &mut schedule, taken);
        assert_eq!(after, After::Again(at(20)));
        let fire = Fire::exactly(at(20));
        let again = Extra { fire, attempt: 1, kind: ExtraKind::Retry };
        assert_eq!(schedule, Schedule { extras: vec![again], ..next_at(30) });
    }
}

fn waiting(last: i64) -> Schedule {
    Schedule { phase: Phase::Waiting, last: Some(at(last)), ..Schedule::new(None) }
}

#[test]
fn a_fixed_delay_counts_from_the_end() {
    let delay = Interval::every(secs(10)).fixed_delay().end_date("1970-01-01 00:01:00");
    let spec = spec(|job| job.trigger(delay));
    for (ended, next) in [(47, Some(57)), (50, Some(60)), (51, None)] {
        let mut schedule = waiting(40);
        settle(&spec, &mut schedule, Ending { at: at(ended), ..end(1, 40) });
        assert_eq!(schedule.next, next.map(at).map(Fire::exactly), "{ended}");
        let phase = if next.is_some() { Phase::Scheduled } else { Phase::Finished };
        assert_eq!(schedule.phase, phase, "{ended}");
    }
}

#[test]
fn a_fixed_delay_counts_from_the_end_of_the_last_attempt() {
    let delay = Interval::every(secs(10)).fixed_delay();
    let spec = spec(|job| job.trigger(delay).retry(Retry::new(2)));
    let mut schedule = waiting(40);
    let failed = Ending { how: How::Failed, ..end(1, 40) };
    let After::Again(retry_at) = settle(&spec, &mut schedule, failed) else { panic!("no retry") };
    assert_eq!((schedule.phase, schedule.next), (Phase::Waiting, None));
    schedule.extras.clear();
    settle(&spec, &mut schedule, Ending { attempt: 2, at: retry_at + secs(5), ..failed });
    assert_eq!(schedule.next, Some(Fire::exactly(retry_at + secs(15))));
}

/// A run that was asked for, or one that was there before the job was rescheduled.
#[test]
fn the_end_of_another_run_sets_no_fixed_delay() {
    let spec = spec(|job| job.trigger(Interval::every(secs(10)).fixed_delay()));
    let mut schedule = waiting(40);
    settle(&spec, &mut schedule, end(1, 42));
    assert_eq!(schedule, waiting(40));
    let mut schedule = Schedule { last: Some(at(40)), ..next_at(70) };
    settle(&spec, &mut schedule, end(1, 40));
    assert_eq!(schedule.next, Some(Fire::exactly(at(70))));
}

#[test]
fn on_a_volatile_store_an_end_matters_to_retries_and_fixed_delays_alone() {
    assert!(!end_matters(&every_ten(|job| job)));
    assert!(end_matters(&every_ten(|job| job.retry(Retry::new(2)))));
    assert!(end_matters(&spec(|job| job.trigger(Interval::every(secs(1)).fixed_delay()))));
}
