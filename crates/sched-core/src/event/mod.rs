//! What happens, told: to listeners in order, and to streams.

mod bus;
mod kind;
mod mask;

pub(crate) use bus::EventBus;
pub use bus::{EventStream, ListenerId, StreamItem};
pub use kind::{Event, EventKind, JobRef, ParkReason, RunInfo};
pub use mask::EventMask;
