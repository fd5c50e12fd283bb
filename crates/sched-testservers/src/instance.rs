//! One server process that we started.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::patience::{LONG, wait_until};
use crate::process::ProcessId;
use crate::recipe::{Recipe, recipe};
use crate::site::Site;
use crate::{Error, Service};

/// How long a server lives if nobody ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It dies with the process that started it, however that dies.
    OfThisProcess,
    /// It stays until [`Instance::end`].
    UntilEnded,
}

/// A server of our own: a process, a port of 127.0.0.1, a folder.
#[derive(Debug)]
pub struct Instance {
    service: Service,
    site: Site,
    process: ProcessId,
}

impl Instance {
    /// Starts an empty one at a free port. Blocks until it is ready for clients.
    ///
    /// Dropping the value does not end it.
    ///
    /// # Errors
    /// [`Error::NotInstalled`]; whatever keeps it from coming up. What was begun is then undone.
    pub fn launch(service: Service, lifetime: Lifetime) -> Result<Instance, Error> {
        Instance::launch_unless(service, lifetime, &AtomicBool::new(false))
    }

    /// As [`launch`](Self::launch), and gives up soon after `given_up` has become true.
    ///
    /// # Errors
    /// As [`launch`](Self::launch).
    pub fn launch_unless(
        service: Service,
        lifetime: Lifetime,
        given_up: &AtomicBool,
    ) -> Result<Instance, Error> {
        let recipe = recipe(service);
        if !recipe.is_installed() {
            return Err(Error::NotInstalled(service));
        }
        match Instance::launch_once(service, recipe, lifetime, given_up) {
            // Between finding a free port and using it, somebody else may have taken it.
            Err(Error::NotUp { ended: true, .. }) => {
                Instance::launch_once(service, recipe, lifetime, given_up)
            }
            other => other,
        }
    }

    fn launch_once(
        service: Service,
        recipe: &dyn Recipe,
        lifetime: Lifetime,
        given_up: &AtomicBool,
    ) -> Result<Instance, Error> {
        let site = Site::new(service, lifetime).map_err(|source| Error::Around {
            service,
            action: "making a folder for it",
            source,
        })?;
        let started = recipe
            .prepare(&site)
            .map_err(|source| Error::Around { service, action: "preparing its data", source })
            .and_then(|()| bring_up(service, recipe, &site, given_up));
        match started {
            Ok(process) => Ok(Instance { service, site, process }),
            Err(error) => {
                // The error is what counts. It has the end of the log, which goes with the folder.
                let _ = fs::remove_dir_all(&site.folder);
                Err(error)
            }
        }
    }

    /// What kind of server it is.
    pub fn service(&self) -> Service {
        self.service
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.site.port
    }

    /// Where it keeps everything.
    pub fn folder(&self) -> &Path {
        &self.site.folder
    }

    /// Its process.
    pub fn process(&self) -> ProcessId {
        self.process
    }

    /// Ends it without a chance to put things in order. Its data stay.
    ///
    /// # Errors
    /// [`Error::NotGone`].
    pub fn kill(&mut self) -> Result<(), Error> {
        if self.process.kill() { Ok(()) } else { Err(self.not_gone()) }
    }

    /// Starts it again on its data, at its port. Blocks until it is ready for clients.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_again(&mut self) -> Result<(), Error> {
        let recipe = recipe(self.service);
        self.process = bring_up(self.service, recipe, &self.site, &AtomicBool::new(false))?;
        Ok(())
    }

    /// Ends it in order, and removes all it has kept.
    ///
    /// # Errors
    /// When it does not go, or its folder does not.
    pub fn remove(self) -> Result<(), Error> {
        Instance::end(self.service, self.process, &self.site.folder)
    }

    /// [Removes](Self::remove) a server that another process launched.
    ///
    /// # Errors
    /// When it does not go, or its folder does not.
    pub fn end(service: Service, process: ProcessId, folder: &Path) -> Result<(), Error> {
        let signal = recipe(service).stop_signal();
        if !process.stop(signal) {
            return Err(Error::NotGone { service, pid: process.pid });
        }
        remove_folder(service, folder)
    }

    fn not_gone(&self) -> Error {
        Error::NotGone { service: self.service, pid: self.process.pid }
    }
}

fn bring_up(
    service: Service,
    recipe: &dyn Recipe,
    site: &Site,
    given_up: &AtomicBool,
) -> Result<ProcessId, Error> {
    let process = site
        .server(recipe.command(site))
        .and_then(ProcessId::start)
        .map_err(|source| Error::Around { service, action: "starting it", source })?;
    let mut ready = false;
    let over = wait_until(LONG, || {
        ready = recipe.is_ready(site);
        ready || !process.is_alive() || given_up.load(Ordering::Relaxed)
    });
    // Another server at our port would answer too.
    if ready && process.is_alive() {
        return Ok(process);
    }
    let ended = !process.is_alive();
    process.kill();
    if !ended && over {
        return Err(Error::GivenUp(service));
    }
    Err(Error::NotUp { service, ended, log_end: site.log_end() })
}

fn remove_folder(service: Service, folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Around { service, action: "removing its folder", source })
        }
        _ => Ok(()),
    }
}
