//! Servers for one run of the tests: gone when it is over, however it ends.

use std::thread;

use sched_testservers::{Instance, Lifetime, Service};

use super::state::State;
use super::{docker, install, launch, missing};
use crate::failure::Failure;
use crate::interrupt;

/// The servers of a run. Dropped, they are down, unless `services up` had started them.
#[derive(Debug)]
pub(crate) struct ForTests {
    urls: Vec<(Service, String)>,
    owned: Owned,
}

#[derive(Debug)]
enum Owned {
    Nothing,
    Docker,
    /// They die with this process, should it be killed before it can end them.
    Instances(Vec<Instance>),
}

impl ForTests {
    /// Installs what is missing, then starts the servers while `meanwhile` goes on.
    pub(crate) fn start(
        meanwhile: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<ForTests, Failure> {
        if let Some(state) = State::read()?.filter(State::is_alive) {
            eprintln!("using the servers of `cargo xtask services up`");
            install::for_tests()?;
            meanwhile()?;
            return Ok(ForTests { urls: state.urls()?, owned: Owned::Nothing });
        }
        install::for_tests()?;
        let with_docker = docker::answers();
        thread::scope(|scope| {
            let servers = scope.spawn(move || {
                if with_docker { ForTests::in_containers() } else { ForTests::as_processes() }
            });
            let done = meanwhile();
            // If that has failed, what has come up goes down again here.
            let servers = servers.join().expect("starting servers does not panic");
            done.and(servers)
        })
    }

    fn in_containers() -> Result<ForTests, Failure> {
        let servers = ForTests { urls: docker::urls(), owned: Owned::Docker };
        // If it fails half-way, the half goes down with the value.
        docker::up().map(|()| servers)
    }

    fn as_processes() -> Result<ForTests, Failure> {
        let instances = launch::all(Lifetime::OfThisProcess, interrupt::flag())?;
        let url =
            |instance: &Instance| (instance.service(), instance.service().url(instance.port()));
        let urls = instances.iter().map(url).collect();
        Ok(ForTests { urls, owned: Owned::Instances(instances) })
    }

    /// Variables that tell the tests where the servers are. What somebody has set already stands.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let variables = self.urls.iter().map(|(service, url)| (service.variable(), url.as_str()));
        variables.filter(|(variable, _)| std::env::var_os(variable).is_none())
    }

    /// What is not there, and so not tested.
    pub(crate) fn missing(&self) -> Vec<Service> {
        missing().filter(|service| self.urls.iter().all(|(its, _)| its != service)).collect()
    }
}

impl Drop for ForTests {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.owned, Owned::Nothing) {
            Owned::Nothing => {}
            Owned::Docker => {
                if let Err(failure) = docker::down() {
                    eprintln!("xtask: {failure}");
                }
            }
            Owned::Instances(instances) => launch::remove(instances),
        }
    }
}
