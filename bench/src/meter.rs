//! CPU time and memory of this process.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time of this process so far, all threads.
pub(crate) fn process_cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// CPU time of this thread so far.
pub(crate) fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let nanos = u32::try_from(time.tv_nsec).expect("a fraction of a second");
    Duration::new(u64::try_from(time.tv_sec).expect("a process begins at zero"), nanos)
}

/// The most memory that this process has held at once, in MiB.
pub(crate) fn peak_rss_mib() -> Result<f64, std::io::Error> {
    status_mib("VmHWM:")
}

/// The memory that this process holds now, in MiB.
pub(crate) fn rss_mib() -> Result<f64, std::io::Error> {
    status_mib("VmRSS:")
}

fn status_mib(field: &str) -> Result<f64, std::io::Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next());
    let kib = kib.and_then(|kib| kib.parse::<f64>().ok());
    let absent =
        || std::io::Error::other(format!("{field} is not in the status of a process here"));
    Ok(kib.ok_or_else(absent)? / 1024.0)
}
