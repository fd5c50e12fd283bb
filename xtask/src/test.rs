//! `cargo xtask test`: every test of the workspace, the examples in the documentation included.

use crate::failure::Failure;
use crate::step::Step;

/// How a run is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For a person: stops at the first failure.
    Default,
    /// For a log: goes on after a failure, and repeats failures at the end.
    Ci,
}

/// Runs the tests with nextest where it is installed, else with cargo's own runner.
///
/// `extra` goes to that runner. Documentation examples, which nextest cannot run, run when there
/// is none: an argument that picks tests for the one means nothing to the other.
pub(crate) fn run(extra: &[String], profile: Profile) -> Result<(), Failure> {
    if !Step::cargo(["nextest", "--version"]).succeeds() {
        eprintln!("cargo-nextest is not installed: using `cargo test`");
        return cargo_test(extra, profile).run();
    }
    if !extra.is_empty() {
        eprintln!("arguments given: examples in the documentation are left out");
        return nextest(extra, profile).run();
    }
    // One failing does not hide the other. Nextest comes last: its summary is the larger.
    let examples = Step::cargo(["test", "--workspace", "--doc"]).run();
    let tests = nextest(extra, profile).run();
    tests.and(examples)
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
