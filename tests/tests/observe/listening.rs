//! A subscriber that writes down what it is told.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// A span as it was opened, and what was recorded in it since.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) level: Level,
    pub(crate) fields: Vec<&'static str>,
    pub(crate) values: String,
}

#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) spans: Mutex<Vec<Span>>,
    /// Events, as `LEVEL message field=value ...`.
    pub(crate) lines: Mutex<Vec<String>>,
    open: AtomicU64,
}

/// Hears what the scheduler tells, at every level.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listening(pub(crate) Arc<Heard>);

#[derive(Default)]
struct Values(String);

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        }
        .unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl Listening {
    /// How many spans have been opened and not closed.
    pub(crate) fn open(&self) -> u64 {
        self.0.open.load(Ordering::SeqCst)
    }
}

impl Subscriber for Listening {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("sched_core")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let (metadata, mut values) = (attributes.metadata(), Values::default());
        attributes.record(&mut values);
        let mut spans = self.0.spans.lock().unwrap();
        spans.push(Span {
            name: metadata.name(),
            level: *metadata.level(),
            fields: metadata.fields().iter().map(|field| field.name()).collect(),
            values: values.0,
        });
        self.0.open.fetch_add(1, Ordering::SeqCst);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, recorded: &Record<'_>) {
        let mut values = Values::default();
        recorded.record(&mut values);
        let mut spans = self.0.spans.lock().unwrap();
        let span = &mut spans[span.into_u64() as usize - 1];
        write!(span.values, " {}", values.0).unwrap();
    }

    fn event(&self, event: &Event<'_>) {
        let mut values = Values::default();
        event.record(&mut values);
        let line = format!("{} {}", event.metadata().level(), values.0);
        self.0.lines.lock().unwrap().push(line);
    }

    /// Called for each handle that is dropped; handles are counted by `clone_span`.
    fn try_close(&self, _: Id) -> bool {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        false
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.open.fetch_add(1, Ordering::SeqCst);
        id.clone()
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
