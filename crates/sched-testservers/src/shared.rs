//! The server that all tests share.

use crate::{Service, absent, probe};

/// The URL of the server that tests share.
///
/// It is what the [variable](Service::variable) says, else that of docker-compose.yml where such
/// a server answers at that [port](Service::compose_port). None where neither is there; a notice
/// on the standard error output then says so, and how to get one.
///
/// # Panics
/// When there is none, `CI` is `true` and [a package has it](Service::is_packaged).
pub fn shared(service: Service) -> Option<String> {
    let said = std::env::var(service.variable()).ok().filter(|url| !url.is_empty());
    if said.is_some() {
        // Not asked whether it answers: a test that was given one and cannot use it must fail.
        return said;
    }
    let port = service.compose_port();
    if probe::answers(service, port) {
        return Some(service.url(port));
    }
    let sought = format!("{} is not set, and none answers at port {port}", service.variable());
    absent::report(service, &sought);
    None
}
