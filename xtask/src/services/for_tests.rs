//! Servers for one run of the tests: gone when it is over, however it ends.

use std::thread;

use sched_testservers::{Instance, Lifetime, Service};

use super::state::State;
use super::{docker, install, launch, missing, packaged};
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
    /// Starts the servers while `meanwhile` goes on. What is missing is installed before.
    pub(crate) fn start(
        meanwhile: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<ForTests, Failure> {
        let source = Source::choose()?;
        source.install()?;
        thread::scope(|scope| {
            let servers = scope.spawn(move || source.start());
            let done = meanwhile();
            // If that has failed, what has come up goes down again here.
            let servers = servers.join().expect("starting servers does not panic");
            done.and(servers)
        })
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

/// Installs what the tests will need, as [`ForTests::start`] does.
pub(crate) fn install_for_tests() -> Result<(), Failure> {
    Source::choose()?.install()
}

/// Where the servers come from.
enum Source {
    /// `services up` has started them.
    Up(State),
    Docker,
    /// But for those that are somewhere else already.
    Packages(Vec<Service>),
}

impl Source {
    fn choose() -> Result<Source, Failure> {
        if let Some(state) = State::read()?.filter(State::is_alive) {
            return Ok(Source::Up(state));
        }
        if docker::answers() {
            return Ok(Source::Docker);
        }
        let mut services = packaged();
        services.retain(|service| std::env::var_os(service.variable()).is_none());
        Ok(Source::Packages(services))
    }

    fn install(&self) -> Result<(), Failure> {
        match self {
            Source::Up(_) | Source::Docker => install::servers_and_tools(&[]),
            Source::Packages(services) => install::servers_and_tools(services),
        }
    }

    fn start(self) -> Result<ForTests, Failure> {
        match self {
            Source::Up(state) => {
                eprintln!("using the servers of `cargo xtask services up`");
                Ok(ForTests { urls: state.urls()?, owned: Owned::Nothing })
            }
            Source::Docker => {
                let servers = ForTests { urls: docker::urls(), owned: Owned::Docker };
                // If it fails half-way, the half goes down with the value.
                docker::up().map(|()| servers)
            }
            Source::Packages(services) => {
                let instances = launch::all(&services, Lifetime::OfThisProcess, interrupt::flag())?;
                let urls =
                    instances.iter().map(|its| (its.service(), its.service().url(its.port())));
                Ok(ForTests { urls: urls.collect(), owned: Owned::Instances(instances) })
            }
        }
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
