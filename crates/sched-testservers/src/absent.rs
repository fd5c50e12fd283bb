//! What happens when a test's server is not there: people see it, machines fail.

use std::io::Write;

use crate::Service;

/// Says that this server is not there.
///
/// # Panics
/// Where every server must be there.
pub(crate) fn report(service: Service, sought: &str) {
    let text = notice(service, sought);
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!(is_ci && service.is_packaged()), "{text}");
    // Not `eprintln!`: what a test prints is not shown unless it fails.
    let _ = writeln!(std::io::stderr(), "\nNOT TESTED: {text}");
}

fn notice(service: Service, sought: &str) -> String {
    format!(
        "{service} is not there: {sought}. `cargo xtask test` starts every server it can, and so \
         does `docker compose up -d`; or set {}.",
        service.variable(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_says_what_to_do() {
        let text = notice(Service::Redis, "nothing answers");
        for part in ["redis", "nothing answers", "cargo xtask test", "docker compose", "REDIS_URL"]
        {
            assert!(text.contains(part), "{text}");
        }
    }
}
