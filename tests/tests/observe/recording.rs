//! A recorder that keeps what it is told, however often it is asked.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_util::registry::{AtomicStorage, Registry};
use sched_core::observe::{Metric, MetricKind};

pub(crate) struct Recording {
    metrics: Registry<Key, AtomicStorage>,
    help: Mutex<BTreeMap<String, String>>,
}

/// One series: a metric with the values of its labels.
pub(crate) struct Series {
    pub(crate) kind: MetricKind,
    pub(crate) key: Key,
    /// The value of a counter or gauge; of a histogram the number of its samples.
    pub(crate) value: f64,
}

impl Recording {
    pub(crate) fn new() -> Self {
        Recording { metrics: Registry::atomic(), help: Mutex::default() }
    }

    pub(crate) fn help(&self, name: &str) -> Option<String> {
        self.help.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn series(&self) -> Vec<Series> {
        let mut all = Vec::new();
        let mut add = |kind, key: &Key, value| all.push(Series { kind, key: key.clone(), value });
        self.metrics.visit_counters(|key, counter| {
            add(MetricKind::Counter, key, counter.load(Ordering::SeqCst) as f64);
        });
        self.metrics.visit_gauges(|key, gauge| {
            add(MetricKind::Gauge, key, f64::from_bits(gauge.load(Ordering::SeqCst)));
        });
        self.metrics.visit_histograms(|key, samples| {
            add(MetricKind::Histogram, key, samples.data().len() as f64);
        });
        all
    }

    /// The value of a series; none if it was never registered.
    pub(crate) fn value(&self, metric: Metric, labels: &[&str]) -> Option<f64> {
        let is_it = |series: &Series| {
            series.key.name() == metric.name
                && series.key.labels().map(|label| label.value()).eq(labels.iter().copied())
        };
        self.series().into_iter().find(is_it).map(|series| series.value)
    }

    fn describe(&self, name: &KeyName, help: &SharedString) {
        self.help.lock().unwrap().insert(name.as_str().to_owned(), help.to_string());
    }
}

impl Recorder for Recording {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.metrics.get_or_create_counter(key, |counter| Counter::from_arc(Arc::clone(counter)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.metrics.get_or_create_gauge(key, |gauge| Gauge::from_arc(Arc::clone(gauge)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.metrics
            .get_or_create_histogram(key, |samples| Histogram::from_arc(Arc::clone(samples)))
    }
}
