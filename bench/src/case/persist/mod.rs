//! Stores that outlive the process: adding, and fires from claim to written end.

mod add;
mod crowd;
mod fire;
mod herd;
mod raw;

use std::sync::Arc;

use sched_core::{Context, JobRequest, JobStore, Scheduler, Timestamp, task};
use sched_exec_tokio::TokioExecutor;

use crate::Outcome;
use crate::fires::Fires;
use crate::stores::{self, Kind};

pub(crate) use crowd::member;
pub(crate) use herd::measure as herd;

/// Added at once in bulk.
const BULK: usize = 1_000;

pub(crate) async fn measure(n: usize) -> Outcome {
    let mut any = false;
    for kind in stores::named() {
        any = true;
        add::measure(kind, n).await?;
        fire::backlog(kind, n).await?;
        crowd::backlog(kind, n).await?;
        fire::steady(kind).await?;
        kind.empty().await?.close().await?;
    }
    if any { Ok(()) } else { Err("no variable names a store; see docs/performance.md".into()) }
}

/// Notes that it has run.
#[task]
async fn note(cx: Context, number: usize) -> Result<(), sched_core::task::NoSuchState> {
    cx.state::<Arc<Fires>>()?.ran(number, cx.scheduled_time());
    Ok(())
}

fn case(what: &str, kind: &Kind) -> String {
    format!("persist-{what}/{}", kind.name)
}

fn scheduler(store: Arc<dyn JobStore>, fires: &Arc<Fires>) -> Result<Scheduler, sched_core::Error> {
    Scheduler::builder()
        .shared_jobstore("default", store)
        .executor("default", TokioExecutor::new())
        .state(fires.clone())
        .build()
}

/// Adds jobs with the numbers from 0 on, due as `due` says.
async fn fill(
    scheduler: &Scheduler,
    n: usize,
    due: impl Fn(usize) -> Timestamp,
) -> Result<(), sched_core::Error> {
    for from in (0..n).step_by(BULK) {
        let some = from..n.min(from + BULK);
        let requests = some.map(|number| JobRequest::new(note.call(number)).at(due(number)));
        for added in scheduler.add_all(requests).await {
            added?;
        }
    }
    Ok(())
}
