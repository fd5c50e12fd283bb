//! Seeing what happens: listeners and streams.

use std::sync::Arc;

use crate::event::{Event, EventMask, EventStream, ListenerId};
use crate::scheduler::Scheduler;

impl Scheduler {
    /// Calls `listener` for every event of the kinds in `mask`, in order, on a thread of its own
    /// kind: it may take its time and may panic, and hurts nobody. Listeners are called one after
    /// the other, in the order added; what one misses because they are far too slow is logged.
    pub fn add_listener(
        &self,
        mask: EventMask,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> ListenerId {
        self.inner.events.add_listener(mask, Arc::new(listener))
    }

    /// Takes a listener away; false if it is gone already. It may still be hearing an event.
    pub fn remove_listener(&self, listener: ListenerId) -> bool {
        self.inner.events.remove_listener(listener)
    }

    /// The events of the kinds in `mask`, from now on.
    pub fn events(&self, mask: EventMask) -> EventStream {
        self.inner.events.stream(mask)
    }

    /// Whether there is nothing to do until the clock has moved on: nothing is due that could be
    /// started, and no run goes on but those that [sleep](crate::Context::sleep). For tests under a
    /// manual clock.
    pub fn is_idle(&self) -> bool {
        if !self.inner.is_open() {
            return self.local_runs().is_empty();
        }
        self.inner.stores().iter().all(|slot| slot.is_idle(&*self.inner.clock))
    }
}
