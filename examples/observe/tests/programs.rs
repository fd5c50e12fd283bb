//! Each program ends by itself, and shows what it should.

use std::process::Command;

use sched_core::observe::{METRICS, MetricKind};

/// What a program prints that must end well.
fn output_of(program: &str) -> String {
    let output = Command::new(program).output().expect("it was built");
    let [said, complained] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it prints text"));
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    said
}

#[test]
fn prometheus() {
    // In descriptions a quote needs no backslash, and has one in some versions.
    let page = output_of(env!("CARGO_BIN_EXE_with-prometheus")).replace("\\\"", "\"");
    let has = |line: &str| assert!(page.lines().any(|said| said == line), "{line}\n{page}");
    has(r#"sched_fires_total{store="default"} 3"#);
    has(r#"sched_runs_total{executor="default",outcome="success"} 3"#);
    has(r#"sched_runs_total{executor="default",outcome="failed"} 0"#);
    has(r#"sched_lateness_seconds_count{executor="default"} 3"#);
    has(r#"sched_live_runs{store="default"} 0"#);
    has(r#"sched_store_up{store="default"} 1"#);
    // Each sample is of a metric that the page has described.
    for line in page.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().expect("a line has a first word");
        let metric = METRICS.iter().find(|metric| match metric.kind {
            MetricKind::Histogram => ["_bucket", "_count", "_sum"]
                .iter()
                .any(|part| name.strip_suffix(part) == Some(metric.name)),
            _ => name == metric.name,
        });
        let metric = metric.unwrap_or_else(|| panic!("who is {name}?"));
        has(&format!("# HELP {} {}", metric.name, metric.help));
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(value.is_some_and(f64::is_finite), "{line}");
    }
}

#[test]
fn opentelemetry() {
    let traces = output_of(env!("CARGO_BIN_EXE_with-opentelemetry"));
    let count = |text: &str| traces.matches(text).count();
    assert_eq!(count("sched.run"), 2, "{traces}");
    assert_eq!(count("read rows"), 2, "{traces}");
    for shown in ["orders", "returns", "success", "failed", "Error"] {
        assert!(count(shown) > 0, "{shown} is missing in\n{traces}");
    }
}
