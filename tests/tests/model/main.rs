//! A model of the claim protocol.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod cluster;
mod connection;
mod ledger;
mod node;
mod promise;
mod record;
mod request;
mod script;
mod server;
mod timetable;
mod transition;

use proptest::strategy::ValueTree;
use sched_core::Timestamp;

use cluster::play;
use script::Script;
use server::Flaw;

/// When a model begins, by the store's clock.
const START: Timestamp = Timestamp::from_secs(1_767_225_600);

fn seeds() -> u64 {
    std::env::var("MODEL_SEEDS").map_or(300, |n| n.parse().unwrap())
}

fn find(flaw: Option<Flaw>, seeds: u64) {
    let (mut starts, mut writes) = (0, 0);
    let survey = std::env::var("SURVEY").is_ok();
    let mut counts = std::collections::BTreeMap::<String, Vec<u64>>::new();
    let from = std::env::var("SEED").map_or(0, |n| n.parse().unwrap());
    for seed in from..from + seeds {
        let tree = Script::of(seed).unwrap();
        let outcome = play(&tree.current(), flaw, false);
        starts += outcome.starts;
        writes += outcome.writes;
        if let Some(broken) = outcome.broken {
            if survey { counts.entry(format!("{:?} {}", broken.promise, broken.seen.chars().filter(|c| !c.is_ascii_hexdigit()).take(40).collect::<String>())).or_default().push(seed); continue; }
            if let Ok(only) = std::env::var("ONLY") && !format!("{broken}").contains(&only) { continue; }
            println!("seed {seed}: {broken}");
            let script = script::shrink(tree, |s| play(s, flaw, false).broken.is_some_and(|b| b.promise == broken.promise));
            let outcome = play(&script, flaw, true);
            println!("shrunk to {} steps: {:?}", script.steps.len(), script.world);
            for line in outcome.story { println!("{line}"); }
            println!("{}", outcome.broken.map_or("not again".into(), |b| b.to_string()));
            std::process::exit(1);
        }
    }
    for (what, seeds) in counts { println!("{:>5} {what} {:?}", seeds.len(), &seeds[..seeds.len().min(5)]); }
    println!("{seeds} seeds, {starts} starts, {writes} writes");
}

#[test]
fn clean() { find(None, seeds()); }
#[test]
fn always() { find(Some(Flaw::EveryWriteWins), seeds()); }
#[test]
fn leases() { find(Some(Flaw::LeasesAreIgnored), seeds()); }
#[test]
fn clockless() { find(Some(Flaw::HasNoClock), seeds()); }
