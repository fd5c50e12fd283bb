//! `cargo xtask test`: every test of the workspace on real servers, the examples in the
//! documentation included.

use sched_testservers::{Reference, Service};

use crate::failure::Failure;
use crate::native;
use crate::services::ForTests;
use crate::step::Step;
use crate::tree;

/// How a run is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For a person: stops at the first failure.
    Default,
    /// For a log: goes on after a failure, and repeats failures at the end.
    Ci,
}

/// Runs the tests with nextest where it is installed, else with cargo's own runner. The servers
/// come up while cargo compiles, and go down when the tests are over.
///
/// `extra` goes to that runner. Documentation examples, which nextest cannot run, and the examples
/// on libraries of the system run when there is none: an argument that picks tests for the one
/// means nothing to the other.
pub(crate) fn run(extra: &[String], profile: Profile) -> Result<(), Failure> {
    let has_nextest = Step::cargo(["nextest", "--version"]).succeeds();
    let compile: &[&str] = if has_nextest {
        &["nextest", "run", "--no-run", "--workspace"]
    } else {
        eprintln!("cargo-nextest is not installed: using `cargo test`");
        &["test", "--no-run", "--workspace"]
    };
    let servers = ForTests::start(|| Step::cargo(compile.iter().copied()).run())?;
    let missing = servers.missing();
    tell_of(&missing);
    // One failing does not hide the other, here and below.
    let native = if extra.is_empty() { native::test(profile) } else { Ok(native::Tested::Yes) };
    let result = if !has_nextest {
        cargo_test(extra, profile).envs(servers.variables()).run()
    } else if extra.is_empty() {
        // Nextest comes last: its summary is the larger.
        let examples = Step::cargo(["test", "--workspace", "--doc"]).run();
        let without = without(&missing);
        let tests = nextest(&without, profile).envs(servers.variables()).run();
        tests.and(examples)
    } else {
        eprintln!("arguments given: documentation and examples/native are left out");
        nextest(extra, profile).envs(servers.variables()).run()
    };
    drop(servers);
    // Once more, where it is seen.
    tell_of(&missing);
    if let Ok(native::Tested::Without(what)) = &native {
        eprintln!("\nNOT TESTED: examples/native. Not on this machine: {what}.");
    }
    result.and(native.map(drop))
}

fn tell_of(missing: &[Service]) {
    for service in missing {
        let variable = service.variable();
        eprintln!("\nNOT TESTED: {service}. No package has it, and {variable} is not set.");
    }
    for reference in Reference::ALL.into_iter().filter(|reference| !reference.is_installed()) {
        eprintln!(
            "\nNOT TESTED: jobs that {} writes now; what it wrote once is read. There is no pip.",
            reference.name
        );
    }
}

/// Leaves out the suites of servers that are missing, so that they count as skipped: nextest does
/// not show what a test says that passes.
fn without(missing: &[Service]) -> Vec<String> {
    let suites = missing.iter().map(|service| format!("sched-store-{service}"));
    let suites =
        suites.filter(|name| tree::root().join("crates").join(name).join("tests").is_dir());
    // What is in a file `options` talks to no server.
    let filter = |name| format!("not (binary_id({name}::*) - binary_id({name}::options))");
    let filters: Vec<String> = suites.map(filter).collect();
    match filters.is_empty() {
        true => Vec::new(),
        false => vec!["-E".to_owned(), filters.join(" & ")],
    }
}

fn nextest(extra: &[String], profile: Profile) -> Step {
    let step = Step::cargo(with_extra(&["nextest", "run", "--workspace"], extra));
    match profile {
        Profile::Default => step,
        Profile::Ci => step.env("NEXTEST_PROFILE", "ci"),
    }
}

fn cargo_test(extra: &[String], profile: Profile) -> Step {
    let arguments: &[&str] = match profile {
        Profile::Default => &["test", "--workspace"],
        Profile::Ci => &["test", "--workspace", "--no-fail-fast"],
    };
    Step::cargo(with_extra(arguments, extra))
}

fn with_extra<'a>(arguments: &[&'a str], extra: &'a [String]) -> Vec<&'a str> {
    arguments.iter().copied().chain(extra.iter().map(String::as_str)).collect()
}
