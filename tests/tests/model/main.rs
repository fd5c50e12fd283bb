//! A model of the claim protocol: whole schedulers on one store, and everything that happens to
//! them drawn from a seed.
//!
//! Up to four real schedulers, each with a runtime and a clock of its own, share a durable store in
//! memory. None of them does anything by itself. Each of their calls to the store waits until the
//! model lets it through, and again until the model lets the answer through; so the seed decides
//! who is faster, and at which call a process is killed, stands still or is cut off. Time passes
//! when the model says so, by the clocks of all, which may differ and be set. Programs add, pause,
//! resume, reschedule, remove and run jobs meanwhile, and their tasks last, succeed and fail.
//!
//! Every write, every start and every end is judged by what is promised ([`promise`]), from what
//! the store holds and what the tasks saw, and so is every moment at which nobody has anything to
//! do. What is due is counted by arithmetic of the model's own. A script that breaks a promise is
//! made as short as it gets, and told.
//!
//! The tests try a few scripts, which takes seconds. For more, and optimized:
//!
//! ```sh
//! MODEL_SEEDS=10000 cargo test --release --workspace --test model
//! MODEL_FROM=614 MODEL_SEEDS=1 cargo test --workspace --test model whatever    # that one again
//! ```

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod cluster;
mod connection;
mod ledger;
mod node;
mod promise;
mod record;
mod request;
mod runs;
mod script;
mod server;
mod timetable;
mod traffic;
mod transition;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use proptest::strategy::ValueTree;
use sched_core::Timestamp;

use cluster::play;
use promise::{Broken, Promise};
use script::{Script, Weather, shrink};
use server::Flaw;

/// When a model begins, by the store's clock.
const START: Timestamp = Timestamp::from_secs(1_767_225_600);

const FAIR: Weather = Weather { clocks: false, stalls: false, again: false };

/// The seeds to be tried.
fn seeds() -> Range<u64> {
    let number = |name, unless: u64| {
        std::env::var(name).map_or(unless, |text| text.parse().expect("a number of seeds"))
    };
    let from = number("MODEL_FROM", 0);
    from..from + number("MODEL_SEEDS", 100)
}

/// Plays the scripts of some seeds. Answers how many tasks were called, or with the first seed that
/// breaks a promise.
fn search(seeds: Range<u64>, weather: Weather, flaw: Option<Flaw>) -> Result<usize, (u64, Broken)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, starts) = (AtomicU64::new(seeds.start), AtomicUsize::new(0));
    let found: Mutex<Option<(u64, Broken)>> = Mutex::new(None);
    let play_some = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let outcome = play(&Script::of(seed, weather).current(), flaw, false);
            starts.fetch_add(outcome.starts, Ordering::Relaxed);
            if let Some(broken) = outcome.broken {
                // Nobody needs a later one.
                next.fetch_max(seeds.end, Ordering::Relaxed);
                let mut found = found.lock().unwrap();
                if found.as_ref().is_none_or(|(before, _)| seed < *before) {
                    *found = Some((seed, broken));
                }
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(play_some))));
    found.into_inner().unwrap().map_or(Ok(starts.into_inner()), Err)
}

/// The shortest script that breaks this promise, of those that a seed's can be made into.
fn shortest(seed: u64, weather: Weather, flaw: Option<Flaw>, promise: Promise) -> Script {
    shrink(Script::of(seed, weather), |script| {
        play(script, flaw, false).broken.is_some_and(|broken| broken.promise == promise)
    })
}

/// Tries scripts, and tells the story of one that breaks a promise.
///
/// # Panics
/// If there is one.
fn keeps_its_promises(weather: Weather) {
    let seeds = seeds();
    let (seed, broken) = match search(seeds.clone(), weather, None) {
        Ok(starts) => {
            eprintln!("seeds {seeds:?}: {starts} tasks were called");
            return;
        }
        Err(found) => found,
    };
    let script = shortest(seed, weather, None, broken.promise);
    let outcome = play(&script, None, true);
    let story = outcome.story.join("\n");
    let seen = outcome.broken.map_or_else(|| "not again".to_owned(), |again| again.to_string());
    panic!("seed {seed}: {broken}\n\nshortest, in {:?}:\n{story}\n{seen}", script.world);
}

#[test]
fn whoever_crashes_and_whoever_is_faster_promises_are_kept() {
    keeps_its_promises(FAIR);
}

/// Plays a script until the store breaks a promise of its own, and finds the shortest that shows
/// it.
#[track_caller]
fn is_caught(flaw: Flaw, weather: Weather, by: &[Promise]) {
    let found = search(0..20, weather, Some(flaw));
    let (seed, broken) = found.expect_err("a broken promise within 20 seeds");
    assert!(by.contains(&broken.promise), "{broken}");
    let script = shortest(seed, weather, Some(flaw), broken.promise);
    assert!(script.steps.len() <= 5, "{script:#?}");
    assert!(play(&script, None, false).broken.is_none(), "it is the store's fault: {script:#?}");
}

#[test]
fn a_script_has_its_tasks_called() {
    let starts = search(0..20, FAIR, None).expect("promises that are kept");
    assert!(starts > 20 * 10, "{starts}");
}

#[test]
fn a_store_that_lets_every_write_win_is_caught() {
    let by = [Promise::ClaimedOnce, Promise::NeverEarly, Promise::AsAsked, Promise::NothingLost];
    is_caught(Flaw::EveryWriteWins, FAIR, &by);
}

#[test]
fn ignored_leases_are_caught() {
    is_caught(Flaw::LeasesAreIgnored, FAIR, &[Promise::Fenced]);
}
