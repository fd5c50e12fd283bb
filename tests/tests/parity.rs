//! What `docs/parity.md` says is tested, is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What a name of a test may begin with, and where that is.
const PLACES: &[(&str, &str)] = &[
    ("tests", "tests/tests"),
    ("core", "crates/sched-core/tests"),
    ("plan", "crates/sched-core/src/plan/tests"),
    ("codec", "crates/sched-core/src/store/codec"),
    ("kit", "crates/sched-testkit/src"),
    ("thread", "crates/sched-exec-thread/tests"),
    ("tokio", "crates/sched-exec-tokio/tests"),
    ("process", "crates/sched-exec-process/tests"),
    ("loop", "crates/sched-exec-loop/tests"),
    ("import", "crates/sched-import/tests"),
    ("examples", "examples"),
    ("sql", "crates/sched-store-sql/tests"),
    ("redis", "crates/sched-store-redis/tests"),
    ("mongo", "crates/sched-store-mongo/tests"),
    ("zk", "crates/sched-store-zk/tests"),
    ("etcd", "crates/sched-store-etcd/tests"),
    ("rethinkdb", "crates/sched-store-rethinkdb/tests"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn parity() -> String {
    fs::read_to_string(root().join("docs/parity.md")).unwrap()
}

/// The names of tests in a text: place, file, and the test if one is named.
fn names(text: &str) -> Vec<(&str, &str, Option<&str>)> {
    let places: BTreeMap<_, _> = PLACES.iter().copied().collect();
    let spans = text.split('`').skip(1).step_by(2);
    let named = spans.filter_map(|span| span.split_once(':'));
    let ours = named.filter_map(|(place, rest)| Some((*places.get(place)?, rest)));
    ours.map(|(place, rest)| match rest.split_once("::") {
        Some((file, test)) => (place, file, Some(test)),
        None => (place, rest, None),
    })
    .collect()
}

#[test]
fn every_test_that_is_named_exists() {
    let guarantees = fs::read_to_string(root().join("docs/guarantees.md")).unwrap();
    let text = parity() + &guarantees;
    let names = names(&text);
    assert!(names.len() > 150, "only {} are named", names.len());
    let mut missing = Vec::new();
    for (place, file, test) in names {
        let file = root().join(place).join(format!("{file}.rs"));
        let file = if file.exists() { file } else { file.with_extension("").join("main.rs") };
        let source = fs::read_to_string(&file).unwrap_or_default();
        let there = match test {
            Some(test) => source.contains(&format!("fn {test}(")),
            None => !source.is_empty(),
        };
        if !there {
            missing.push(format!("{}::{}", file.display(), test.unwrap_or("")));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Each line of the two lists has a row, and at least one test.
#[test]
fn no_defect_and_no_habit_is_left_out() {
    let text = parity();
    for (heading, prefix, last) in [
        ("## Defects that are not reproduced", "not_reproduced_", 28),
        ("## Habits that are kept", "kept_", 14),
    ] {
        let (_, section) = text.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let mut numbers = BTreeSet::new();
        for (.., test) in names(section) {
            let number = test.and_then(|test| test.strip_prefix(prefix));
            let number = number.and_then(|rest| rest.get(..2)?.parse::<u32>().ok());
            numbers.extend(number);
        }
        assert_eq!(numbers, (1..=last).collect(), "{heading}");
    }
}

/// Nor is any kind of event.
#[test]
fn no_kind_of_event_is_left_out() {
    let text = parity();
    let (_, section) = text.split_once("## Events").unwrap();
    for (name, _) in sched_core::EventMask::all().iter_names() {
        let (_, ending) = name.split_once('_').unwrap();
        let there = section.contains(&format!("`{name}`"));
        assert!(there || section.contains(&format!("`_{ending}`")), "{name}");
    }
}
