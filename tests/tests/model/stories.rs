//! Scripts that once broke a promise, each for a reason of its own.

use std::time::Duration;

use crate::cluster::play;
use crate::request::{Description, Request, When};
use crate::script::{Mishap, Script, Step, Trap, World};

const fn plain(when: When) -> Description {
    Description {
        when,
        coalesce: true,
        max_instances: 1,
        grace: None,
        reruns: true,
        attempts: 1,
        millis: 0,
        failures: 0,
    }
}

fn add(place: usize, of: Description) -> Step {
    Step::Ask(place, Request::Add(0, of))
}

fn pass(millis: u64) -> Step {
    Step::Pass(Duration::from_millis(millis), 0)
}

fn trap(place: usize, calls: u32, done: bool, mishap: Mishap) -> Step {
    Step::Trap(place, Trap { calls, done, mishap })
}

/// Plays a script on two schedulers with wall clocks that agree.
#[track_caller]
fn keeps_promises(steps: Vec<Step>) {
    let script = Script { world: World { skews: vec![0, 0], hints: false }, steps };
    let outcome = play(&script, None, true);
    let story = outcome.story.join("\n");
    assert!(outcome.broken.is_none(), "{story}\n{}", outcome.broken.expect("a broken promise"));
}

#[test]
fn a_job_that_is_replaced_while_it_fires_does_not_fire_again() {
    let job = || add(0, plain(When::Every(1)));
    keeps_promises(vec![job(), job(), pass(1)]);
}

#[test]
fn a_slow_answer_does_not_put_the_time_forward() {
    for calls in 0..4 {
        keeps_promises(vec![
            add(1, Description { millis: 4_000, ..plain(When::Every(5)) }),
            pass(1_000),
            Step::Crash(0),
            Step::Start(0),
            trap(0, calls, false, Mishap::Hold),
            pass(10_000),
            Step::Release,
            pass(20_000),
        ]);
    }
}

#[test]
fn whoever_stands_still_while_it_claims_does_not_begin_what_others_have_taken_over() {
    for calls in 0..6 {
        for done in [false, true] {
            keeps_promises(vec![
                add(0, Description { millis: 10_000, ..plain(When::Every(20)) }),
                pass(15_000),
                trap(0, calls, done, Mishap::Freeze),
                pass(14_000),
                Step::Thaw(0),
                pass(5_000),
            ]);
        }
    }
}

#[test]
fn a_run_is_not_forgotten_when_its_job_is_resumed_with_no_fire_left() {
    keeps_promises(vec![
        add(0, Description { millis: 10_000, ..plain(When::Until(10, 25)) }),
        pass(15_000),
        Step::Ask(0, Request::Pause(0)),
        pass(15_000),
        Step::Ask(0, Request::RunNow(0)),
        pass(1_000),
        Step::Ask(0, Request::Resume(0)),
        pass(1_000),
        Step::Crash(0),
        pass(20_000),
    ]);
}
