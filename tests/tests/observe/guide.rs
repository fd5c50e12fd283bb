//! The guide's tables are those of the code.

use sched_core::observe::{METRICS, MetricKind, SPANS};

pub(crate) const GUIDE: &str = include_str!("../../../docs/guide/observability.md");

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The lines of the first table whose header begins like this.
fn table(header: &str) -> Vec<&'static str> {
    let lines = GUIDE.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    lines.take_while(|line| line.starts_with('|')).collect()
}

#[test]
fn the_table_of_metrics() {
    let lines = METRICS.iter().map(|metric| {
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            other => panic!("the guide has no word for {other:?}"),
        };
        format!("| `{}` | {kind} | {} | {} |", metric.name, list(metric.labels), metric.help)
    });
    assert_eq!(table("| name | kind |"), lines.collect::<Vec<_>>());
}

#[test]
fn the_table_of_spans() {
    let lines = SPANS.iter().map(|span| {
        let level = span.level.as_str().to_lowercase();
        format!("| `{}` | {level} | {} | {} |", span.name, list(span.fields), span.help)
    });
    assert_eq!(table("| name | level |"), lines.collect::<Vec<_>>());
}
