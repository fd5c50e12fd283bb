//! What is printed: one figure, one line.

use serde_json::{Value, json};

/// Prints figures about one case at one size.
#[derive(Debug)]
pub(crate) struct Figures {
    case: String,
    n: usize,
}

impl Figures {
    pub(crate) fn of(case: impl Into<String>, n: usize) -> Self {
        Figures { case: case.into(), n }
    }

    /// Numbers are rounded to three places: nothing here is known better than that.
    pub(crate) fn print(&self, metric: &str, value: f64) {
        let value = (value * 1e3).round() / 1e3;
        let whole = value.fract() == 0.0 && value.abs() < 1e15;
        self.line(metric, if whole { json!(value as i64) } else { json!(value) });
    }

    pub(crate) fn count(&self, metric: &str, value: usize) {
        self.line(metric, json!(value));
    }

    fn line(&self, metric: &str, value: Value) {
        let Figures { case, n } = self;
        let line = json!({"peer": "sched", "case": case, "n": n, "metric": metric, "value": value});
        println!("{line}");
    }
}
