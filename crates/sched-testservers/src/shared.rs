//! The server that all tests share.

use crate::Service;

/// The URL of the server that tests share.
///
/// It is what the [variable](Service::variable) says, else that of docker-compose.yml where such
/// a server answers at that [port](Service::compose_port). None where neither is there; a notice
/// on the standard error output then says so, and how to get one.
///
/// # Panics
/// When there is none, `CI` is `true` and [a package has it](Service::is_packaged).
pub fn shared(service: Service) -> Option<String> {
    std::env::var(service.variable()).ok()
}
