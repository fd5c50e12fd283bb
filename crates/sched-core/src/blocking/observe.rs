//! Seeing what happens: none of these ever waits.

use crate::blocking::Scheduler;
use crate::event::{Event, EventMask, ListenerId};
use crate::scheduler::RunStatus;

/// Seeing what happens.
impl Scheduler {
    /// As [`crate::Scheduler::add_listener`]. A listener, as a job, that holds the scheduler keeps
    /// its runtime alive; one that holds [`asynchronous`](Self::asynchronous) does not, and can
    /// make a blocking one of it.
    pub fn add_listener(
        &self,
        mask: EventMask,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> ListenerId {
        self.asynchronous().add_listener(mask, listener)
    }

    /// Takes a listener away; false if it is gone already. It may still be hearing an event.
    pub fn remove_listener(&self, listener: ListenerId) -> bool {
        self.asynchronous().remove_listener(listener)
    }

    /// The runs that go on in this process, the oldest first.
    pub fn local_runs(&self) -> Vec<RunStatus> {
        self.asynchronous().local_runs()
    }
}
