//! The examples that are built on libraries of the system, which are a workspace of their own: no
//! other cargo command needs those libraries.

use crate::failure::Failure;
use crate::services;
use crate::step::Step;
use crate::test::Profile;
use crate::tree;

const MANIFEST: &str = "examples/native/Cargo.toml";

/// Format and lints.
pub(crate) fn check() -> Result<(), Failure> {
    cargo(&["fmt", "--all", "--check", "--manifest-path", MANIFEST]).run()?;
    services::install_libraries()?;
    let clippy = ["clippy", "--locked", "--all-targets", "--manifest-path", MANIFEST];
    cargo(&[&clippy[..], &["--", "-D", "warnings"]].concat()).run()
}

/// Whether there was anything to test.
pub(crate) enum Tested {
    Yes,
    /// These are not there, and nothing installs them.
    Without(String),
}

/// Runs them, if the libraries are there or can be installed. For a CI they must.
pub(crate) fn test(profile: Profile) -> Result<Tested, Failure> {
    match services::install_libraries() {
        Err(Failure::NoInstaller { what }) if profile == Profile::Default => {
            Ok(Tested::Without(what))
        }
        Err(failure) => Err(failure),
        Ok(()) => {
            let tests = cargo(&["test", "--manifest-path", MANIFEST]).run();
            tests.map(|()| Tested::Yes)
        }
    }
}

/// What both workspaces use is compiled once.
fn cargo(arguments: &[&str]) -> Step {
    Step::cargo(arguments.iter().copied()).envs([("CARGO_TARGET_DIR", tree::target())])
}
