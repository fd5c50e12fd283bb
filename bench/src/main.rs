//! Figures about speed, punctuality and memory, one line of JSON for each.
//!
//! `cargo run --release -p sched-bench -- CASE N`; cases with stores on servers take
//! `--features stores`, and the variables that `cargo xtask services env` prints. What the cases measure is said in their files,
//! and in docs/performance.md.

use std::error::Error;
use std::process::{Command, ExitCode};

mod case;
#[cfg(feature = "stores")]
mod counted;
mod figure;
mod fires;
mod meter;
#[cfg(feature = "stores")]
mod stores;

use case::Case;

type Fault = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Fault>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sched-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome {
    let [name, n] = arguments else {
        return Err(usage().into());
    };
    let n: usize = n.parse().map_err(|_| usage())?;
    match case::named(name)[..] {
        [] => Err(usage().into()),
        [one] => one.run(n),
        // Each in a process of its own, so that none sees the memory of another.
        ref several => several.iter().try_for_each(|case| alone(case, n)),
    }
}

fn alone(case: &Case, n: usize) -> Outcome {
    let program = std::env::current_exe()?;
    let ended = Command::new(program).arg(case.name).arg(n.to_string()).status()?;
    if ended.success() { Ok(()) } else { Err(format!("{}: {ended}", case.name).into()) }
}

fn usage() -> String {
    let cases: Vec<&str> = case::ALL.iter().map(|case| case.name).collect();
    format!("CASE N, where CASE is one of: {}", cases.join(", "))
}
