//! The commands of this repository, run as `cargo xtask <command>`.
//!
//! They need nothing but Rust and a C compiler, and run from any folder of the checkout. What the
//! tests need beyond that, they install or find in Docker.

use std::error::Error as _;
use std::process::ExitCode;

mod ci;
mod failure;
mod interrupt;
mod links;
mod native;
mod package;
mod services;
mod step;
mod test;
mod tidy;
mod tree;

use failure::Failure;

const USAGE: &str = "\
usage: cargo xtask <command>

commands:
  test [arguments]   start the servers, run every test of the workspace, stop the servers;
                     arguments go to the test runner
  ci                 check format, lints, documentation and files, then do what `test` does
  package            make the packages of the crates that are published, and send nothing
  services up        start every server that the stores are tested on, and leave them running
  services env       print where they are, as `export` lines of a shell
  services status    print what is up
  services down      stop them
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let watched = interrupt::watch().map_err(Failure::Signals);
    match watched.and_then(|()| dispatch(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Failure::Usage("no command given".to_owned()));
    };
    match (command.as_str(), rest) {
        ("test", rest) => test::run(rest, test::Profile::Default),
        ("services", rest) => services::run(rest),
        ("ci", []) => ci::run(),
        ("package", []) => package::check(),
        (command @ ("ci" | "package"), [extra, ..]) => {
            Err(Failure::Usage(format!("`{command}` takes no argument `{extra}`")))
        }
        ("help" | "--help" | "-h", _) => {
            print!("{USAGE}");
            Ok(())
        }
        (unknown, _) => Err(Failure::Usage(format!("unknown command `{unknown}`"))),
    }
}

fn report(failure: &Failure) {
    eprintln!("xtask: {failure}");
    let mut source = failure.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    if let Failure::Usage(_) = failure {
        eprint!("\n{USAGE}");
    }
}
