//! The cases by name.

mod add;
mod cron;
mod drain;
mod fire;
mod idle;
#[cfg(feature = "stores")]
mod persist;
mod scale;

use std::future::Future;

use crate::Outcome;

/// Something to be measured, at a size.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The name under which it is run together with others.
    family: &'static str,
    measure: fn(usize) -> Outcome,
}

/// All there are.
pub(crate) const ALL: &[Case] = &[
    Case::new("cron", "cron", |_| cron::measure()),
    Case::new("add-one", "add", |n| on_runtime(add::one_by_one(n))),
    Case::new("add-bulk", "add", |n| on_runtime(add::in_bulk(n))),
    Case::new("fire-burst", "fire", |n| on_runtime(fire::burst(n))),
    Case::new("fire-spread", "fire", |n| on_runtime(fire::spread(n))),
    Case::new("fire-recurring", "fire", |n| on_runtime(fire::recurring(n))),
    Case::new("idle", "idle", |n| on_runtime(idle::measure(n))),
    Case::new("drain-inline", "drain", |n| on_runtime(drain::inline(n))),
    Case::new("drain-tokio", "drain", |n| on_runtime(drain::tokio(n))),
    #[cfg(feature = "stores")]
    Case::new("persist", "persist", |n| on_runtime(persist::measure(n))),
    #[cfg(feature = "stores")]
    Case::new("herd", "herd", |n| on_runtime(persist::herd(n))),
    // Started by `persist`.
    #[cfg(feature = "stores")]
    Case::new("persist-member", "", |n| on_runtime(persist::member(n))),
    Case::new("scale", "scale", |n| on_runtime(scale::measure(n))),
];

/// The case of this name, or those of this family.
pub(crate) fn named(name: &str) -> Vec<&'static Case> {
    match ALL.iter().find(|case| case.name == name) {
        Some(case) => vec![case],
        None => ALL.iter().filter(|case| case.family == name).collect(),
    }
}

impl Case {
    const fn new(name: &'static str, family: &'static str, measure: fn(usize) -> Outcome) -> Self {
        Case { name, family, measure }
    }

    pub(crate) fn run(&self, n: usize) -> Outcome {
        (self.measure)(n)
    }
}

/// On a runtime as `#[tokio::main]` makes it.
fn on_runtime(case: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(case)
}
