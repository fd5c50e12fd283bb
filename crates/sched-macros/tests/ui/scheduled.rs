use sched_macros::{scheduled, task};

#[scheduled]
fn never() {}

#[scheduled(cron = "@daily", every = "1d")]
fn two_ways() {}

#[scheduled(every = "1 fortnight")]
fn unit() {}

#[scheduled(every = "0s")]
fn at_once() {}

#[scheduled(every = "1d", max_instances = 0)]
fn no_instances() {}

#[scheduled(every = "1d", id = "a", id = "b")]
fn two_ids() {}

#[scheduled(every = "1d", tags = [1])]
fn tags() {}

#[scheduled(every = "1d", next_run_time = "now")]
fn unknown() {}

#[scheduled(every = "1d")]
async fn arguments(cx: Context, to: String) {}

#[task(name = "both")]
#[scheduled(every = "1d", id = "daily")]
#[scheduled(every = "1h")]
fn nameless() {}

fn main() {}
