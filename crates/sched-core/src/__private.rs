//! What the code uses that `#[task]` and `#[scheduled]` generate. Not for anybody else: it may
//! change with every release.

pub use inventory;
pub use serde;

pub use crate::job::JobRequest;
pub use crate::task::returned::{PlainValue, Returned};
pub use crate::task::scheduled::ScheduledEntry;
pub use crate::task::{Args, IntoOutcome, Invocation, Task, TaskEntry};
pub use crate::trigger::{Cron, Date, Interval, IntoTrigger};
pub use crate::zone::Zone;
