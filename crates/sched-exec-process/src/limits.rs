//! What a worker may use, set by the worker for itself: the system then ends it.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// On Linux what counts is what a process can write and shares with nobody: heap, stacks, private
/// maps. The whole address space, which is the rest's only measure, has in it what threads and
/// files reserve and never use.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MEMORY: Resource = Resource::Data;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MEMORY: Resource = Resource::As;

/// Limits this process's memory to so many bytes, for good.
pub(crate) fn limit_memory(bytes: u64) -> io::Result<()> {
    let bytes = getrlimit(MEMORY).maximum.map_or(bytes, |most| most.min(bytes));
    Ok(setrlimit(MEMORY, Rlimit { current: Some(bytes), maximum: Some(bytes) })?)
}

/// Limits the time that this process computes from now on, rounded up to whole seconds; none: as
/// far as it may go.
pub(crate) fn limit_cpu(span: Option<Duration>) -> io::Result<()> {
    // What the system limits is all that the process ever computes.
    let Rlimit { maximum, .. } = getrlimit(Resource::Cpu);
    let until = span.map(|span| {
        let used = clock_gettime(ClockId::ProcessCPUTime);
        let used = Duration::new(
            u64::try_from(used.tv_sec).unwrap_or(0),
            u32::try_from(used.tv_nsec).unwrap_or(0),
        );
        let until = used.saturating_add(span);
        let seconds = until.as_secs().saturating_add(u64::from(until.subsec_nanos() > 0));
        maximum.map_or(seconds, |most| most.min(seconds))
    });
    Ok(setrlimit(Resource::Cpu, Rlimit { current: until.or(maximum), maximum })?)
}
