use sched_macros::task;

#[task]
fn plain(to: &str) {}

#[task]
fn inside(names: Vec<(u8, &'static str)>) {}

#[task]
fn in_disguise(name: std::borrow::Cow<'_, str>) {}

#[task]
async fn context(cx: &Context) {}

fn main() {}
