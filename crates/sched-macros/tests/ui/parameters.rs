use sched_macros::task;

#[task]
fn method(self) {}

#[task]
fn pattern((left, right): (u8, u8)) {}

#[task]
fn nameless(_: u8) {}

#[task]
fn any_type(text: impl ToString) {}

#[task]
fn late_context(count: u8, cx: Context) {}

#[task]
fn all_at_once(_: u8, text: &str, cx: Context) {}

fn main() {}
