//! All servers at once: the slowest decides how long it takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use sched_testservers::{Error, Instance, Lifetime, Service};

use crate::failure::Failure;

/// Starts every server that packages have. All of them, or none: if one does not come up, the
/// others are removed again.
pub(crate) fn all(lifetime: Lifetime, given_up: &AtomicBool) -> Result<Vec<Instance>, Failure> {
    sched_testservers::remove_leftovers();
    let launched: Vec<Result<Instance, Error>> = thread::scope(|scope| {
        let launches: Vec<_> = Service::ALL
            .into_iter()
            .filter(|service| service.is_packaged())
            .map(|service| {
                scope.spawn(move || {
                    let launched = Instance::launch_unless(service, lifetime, given_up);
                    if launched.is_err() {
                        given_up.store(true, Ordering::Relaxed);
                    }
                    launched
                })
            })
            .collect();
        launches.into_iter().map(|launch| launch.join().expect("a launch does not panic")).collect()
    });
    let (mut instances, mut errors) = (Vec::new(), Vec::new());
    for result in launched {
        match result {
            Ok(instance) => instances.push(instance),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        return Ok(instances);
    }
    remove(instances);
    // Those that were given up say less than the one for which they were.
    let told = errors.iter().position(|error| !matches!(error, Error::GivenUp(_))).unwrap_or(0);
    Err(errors.swap_remove(told).into())
}

/// Ends them all. What cannot be ended is named.
pub(crate) fn remove(instances: Vec<Instance>) {
    thread::scope(|scope| {
        for instance in instances {
            scope.spawn(move || {
                if let Err(error) = instance.remove() {
                    eprintln!("xtask: {error}");
                }
            });
        }
    });
}
