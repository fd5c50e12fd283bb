//! What `services up` leaves for `down`, `env` and `status`: a file in the target folder.

use std::path::PathBuf;
use std::{fs, io};

use sched_testservers::{Instance, Service};
use serde::{Deserialize, Serialize};

use super::docker;
use crate::failure::Failure;
use crate::tree;

/// What is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub(crate) enum State {
    /// All of docker-compose.yml. The engine knows the rest.
    Docker,
    /// Processes of this machine.
    Packages {
        /// One for each server.
        servers: Vec<Entry>,
    },
}

/// A server: which, where, and what to end and remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) pid: u32,
    /// Tells the process from a later one with its number.
    pub(crate) started: u64,
    pub(crate) folder: PathBuf,
}

impl State {
    pub(crate) fn of(instances: &[Instance]) -> State {
        let entry = |instance: &Instance| Entry {
            name: instance.service().name().to_owned(),
            port: instance.port(),
            pid: instance.process().pid,
            started: instance.process().started,
            folder: instance.folder().to_owned(),
        };
        State::Packages { servers: instances.iter().map(entry).collect() }
    }

    /// Where it is kept.
    pub(crate) fn path() -> PathBuf {
        tree::target().join("services").join("state.json")
    }

    /// None if nothing is up.
    pub(crate) fn read() -> Result<Option<State>, Failure> {
        let path = State::path();
        let read = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        read.map(Some).map_err(|source| Failure::Read { path, source })
    }

    pub(crate) fn write(&self) -> Result<(), Failure> {
        let path = State::path();
        let folder = path.parent().expect("a file is in a folder");
        let text = serde_json::to_vec_pretty(self).expect("names and numbers");
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|source| Failure::Write { path, source })
    }

    /// Whether all of it is still there.
    pub(crate) fn is_alive(&self) -> bool {
        match self {
            State::Docker => docker::is_up(),
            State::Packages { servers } => servers.iter().all(|its| its.process().is_alive()),
        }
    }

    /// Where each server is.
    pub(crate) fn urls(&self) -> Result<Vec<(Service, String)>, Failure> {
        match self {
            State::Docker => Ok(docker::urls()),
            State::Packages { servers } => servers
                .iter()
                .map(|entry| entry.service().map(|service| (service, service.url(entry.port))))
                .collect(),
        }
    }
}

impl Entry {
    pub(crate) fn service(&self) -> Result<Service, Failure> {
        let named = Service::ALL.into_iter().find(|service| service.name() == self.name);
        named.ok_or_else(|| {
            let path = State::path();
            Failure::Servers(format!("{} names `{}`, which is none", path.display(), self.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let entry = Entry {
            name: "redis".to_owned(),
            port: 12345,
            pid: 7,
            started: 8,
            folder: "some/where".into(),
        };
        let state = State::Packages { servers: vec![entry] };
        assert_eq!(state.urls().unwrap(), [(Service::Redis, Service::Redis.url(12345))]);
        for state in [state, State::Docker] {
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
        }
    }
}
