//! Waiting for another process, which tells nobody what it has come to.

use std::time::{Duration, Instant};

/// Far longer than any server takes, on a machine with much else to do.
pub(crate) const LONG: Duration = Duration::from_secs(120);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again. False once `limit` has passed without a yes.
#[expect(
    clippy::disallowed_methods,
    reason = "what is waited for is a process, on the time of the machine; there is no event"
)]
pub(crate) fn wait_until(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}
