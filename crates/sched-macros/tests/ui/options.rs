use sched_macros::task;

#[task(nmae = "a")]
fn misspelt() {}

#[task(name = "a", name = "b")]
fn twice() {}

#[task(name = " ")]
fn empty() {}

#[task(name = 5)]
fn number() {}

#[task(crate = "no path")]
fn elsewhere() {}

#[task(name = "a"; alias = "b")]
fn separated() {}

#[task]
#[task(name = "again")]
fn two_tasks() {}

fn main() {}
