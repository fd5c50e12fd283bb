//! `cargo xtask ci`: what a change must pass. The quick checks come first.
//!
//! Nothing here changes a file: a fault is named, and mended by whoever made it.

use crate::failure::Failure;
use crate::step::Step;
use crate::{links, native, package, services, test, tidy};

/// The other programs that end by themselves within seconds.
const EXAMPLES: [&str; 22] = [
    "background",
    "blocking",
    "cluster",
    "config_apscheduler_keys",
    "config_objects",
    "config_toml",
    "custom_executor",
    "custom_store",
    "custom_trigger",
    "decorator",
    "events",
    "export_and_move",
    "graceful_shutdown",
    "listener",
    "pause_resume",
    "persistent",
    "process_pool",
    "simulate",
    "testing_with_manual_clock",
    "transactional_add",
    "triggers",
    "virtual_year",
];

pub(crate) fn run() -> Result<(), Failure> {
    Step::cargo(["fmt", "--all", "--check"]).run()?;
    tidy::check()?;
    links::check()?;
    package::check()?;
    // Compiling some crates takes a tool. The servers come with it, for the tests below.
    services::install_for_tests()?;
    // `--locked`: a dependency that changed without Cargo.lock is an error, not an edit.
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    Step::cargo(clippy).run()?;
    native::check()?;
    Step::cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings").run()?;
    // The first command of the README, and once more, with the jobs of the first time.
    for example in ["quickstart", "quickstart"].into_iter().chain(EXAMPLES) {
        Step::cargo(["run", "--example", example]).run()?;
    }
    test::run(&[], test::Profile::Ci)
}
