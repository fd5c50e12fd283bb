//! `cargo xtask services`: real servers for the tests, up until they are told to go down.

use std::fs;
use std::sync::atomic::AtomicBool;

use sched_testservers::{Instance, Lifetime, ProcessId, Service};

use crate::failure::Failure;

mod docker;
mod for_tests;
mod install;
mod launch;
mod state;

pub(crate) use for_tests::{ForTests, install_for_tests};
pub(crate) use install::libraries as install_libraries;

use state::{Entry, State};

/// One of `up`, `down`, `env` and `status`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["up"] => up(),
        ["down"] => down(),
        ["env"] => env(),
        ["status"] => status(),
        [] => Err(Failure::Usage("`services` what?".to_owned())),
        _ => Err(Failure::Usage(format!("`services {}` is not known", arguments.join(" ")))),
    }
}

fn up() -> Result<(), Failure> {
    if let Some(state) = State::read()? {
        if state.is_alive() {
            eprintln!("the servers are up already");
            return status();
        }
        // Some have ended by themselves, or the machine has.
        end(&state)?;
    }
    if docker::answers() {
        // First, so that `down` ends what has come up if the rest does not.
        State::Docker.write()?;
        docker::up()?;
    } else {
        // Those, too, that a variable names: it may be left over from an earlier time.
        let services = packaged();
        install::servers(&services)?;
        let instances = launch::all(&services, Lifetime::UntilEnded, &AtomicBool::new(false))?;
        State::of(&instances).write()?;
    }
    status()?;
    eprintln!("\nfor a shell: eval \"$(cargo xtask services env)\"");
    Ok(())
}

fn down() -> Result<(), Failure> {
    match State::read()? {
        Some(state) => end(&state),
        None => {
            eprintln!("no servers are up");
            Ok(())
        }
    }
}

fn end(state: &State) -> Result<(), Failure> {
    match state {
        State::Docker => docker::down()?,
        State::Packages { servers } => {
            for entry in servers {
                Instance::end(entry.service()?, entry.process(), &entry.folder)?;
                eprintln!("{} is down", entry.name);
            }
        }
    }
    let path = State::path();
    fs::remove_file(&path).map_err(|source| Failure::Write { path, source })
}

fn env() -> Result<(), Failure> {
    let Some(state) = State::read()? else {
        return Err(Failure::Servers("no servers are up: `cargo xtask services up`".to_owned()));
    };
    for (service, url) in state.urls()? {
        println!("export {}='{url}'", service.variable());
    }
    Ok(())
}

fn status() -> Result<(), Failure> {
    let Some(state) = State::read()? else {
        println!("no servers are up");
        return Ok(());
    };
    match &state {
        State::Docker => docker::status()?,
        State::Packages { servers } => {
            for entry in servers {
                let condition = if entry.process().is_alive() { "up" } else { "ended" };
                let url = entry.service()?.url(entry.port);
                println!("{:<10} {condition:<6} process {:<8} {url}", entry.name, entry.pid);
            }
            for service in missing() {
                println!("{:<10} none: set {}", service.name(), service.variable());
            }
        }
    }
    Ok(())
}

/// What packages have.
fn packaged() -> Vec<Service> {
    Service::ALL.into_iter().filter(|service| service.is_packaged()).collect()
}

/// What neither a package nor somebody else has.
fn missing() -> impl Iterator<Item = Service> {
    Service::ALL
        .into_iter()
        .filter(|service| !service.is_packaged() && std::env::var_os(service.variable()).is_none())
}

impl Entry {
    fn process(&self) -> ProcessId {
        ProcessId { pid: self.pid, started: self.started }
    }
}
