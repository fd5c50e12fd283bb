//! Keeps a ledger of real schedulers on a real store, and checks it: see [`sched_tests::ledger`].

use std::process::ExitCode;

use sched_tests::ledger;

#[tokio::main]
async fn main() -> ExitCode {
    match ledger::main().await {
        Ok(code) => code,
        Err(error) => {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
            let text: Vec<String> = causes.map(ToString::to_string).collect();
            eprintln!("ledger: {}", text.join(": "));
            ExitCode::from(2)
        }
    }
}
