//! What a running scheduler shows to those who operate it: metrics and spans, by name.
//!
//! Metrics go through the [`metrics`] facade and spans through [`tracing`]: where they end up is
//! the program's choice, and with neither a recorder nor a subscriber they cost next to nothing,
//! and no memory for any fire. Install a recorder before the scheduler is started for the first
//! time: that is when its metrics are registered.
//!
//! The names are stable: one that changes or goes is a breaking change, a new one is not.
//!
//! What a program wants to know of single jobs it asks for with a
//! [listener](crate::Scheduler::add_listener): as labels of metrics, jobs would be too many.

mod meter;
mod names;

pub(crate) use meter::{ExecutorMeter, StoreMeter, outcome};
pub(crate) use names::span;
pub use names::{METRICS, Metric, MetricKind, SPANS, SpanName, describe_metrics, metric};
