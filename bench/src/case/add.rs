//! Adding jobs whose time is far off to the memory store.

use std::time::{Duration, Instant};

use sched_core::{JobFilter, JobRequest, Scheduler, Timestamp, task};
use sched_exec_tokio::TokioExecutor;

use crate::figure::Figures;
use crate::{Outcome, fires, meter};

/// Added at once in bulk: what a program has at hand, not all that there will ever be.
const BULK: usize = 1_000;

pub(crate) async fn one_by_one(n: usize) -> Outcome {
    let scheduler = started().await?;
    let at = far_off();
    let (began, cpu) = (Instant::now(), meter::process_cpu());
    for _ in 0..n {
        scheduler.add(nothing.call()).at(at).await?;
    }
    print("add", n, &scheduler, began.elapsed(), meter::process_cpu() - cpu).await
}

pub(crate) async fn in_bulk(n: usize) -> Outcome {
    let scheduler = started().await?;
    let (began, cpu) = (Instant::now(), meter::process_cpu());
    fill(&scheduler, n, far_off()).await?;
    print("add-bulk", n, &scheduler, began.elapsed(), meter::process_cpu() - cpu).await
}

async fn print(
    case: &str,
    n: usize,
    scheduler: &Scheduler,
    took: Duration,
    cpu: Duration,
) -> Outcome {
    let figures = Figures::of(case, n);
    figures.print("add_s", took.as_secs_f64());
    figures.print("adds_per_s", n as f64 / took.as_secs_f64());
    figures.print("cpu_s", cpu.as_secs_f64());
    // Before they are counted, which takes memory of its own.
    figures.print("peak_rss_mib", meter::peak_rss_mib()?);
    figures.count("added", scheduler.get_jobs(JobFilter::all()).await?.len());
    Ok(())
}

/// A scheduler that runs, with nothing to do.
pub(crate) async fn started() -> Result<Scheduler, sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// Adds jobs that are due at `at`.
pub(crate) async fn fill(
    scheduler: &Scheduler,
    n: usize,
    at: Timestamp,
) -> Result<(), sched_core::Error> {
    let mut left = n;
    while left > 0 {
        let some = left.min(BULK);
        for added in
            scheduler.add_all((0..some).map(|_| JobRequest::new(nothing.call()).at(at))).await
        {
            added?;
        }
        left -= some;
    }
    Ok(())
}

/// A moment that no measurement lives to see.
pub(crate) fn far_off() -> Timestamp {
    fires::now() + Duration::from_secs(365 * 86_400)
}

/// What jobs call that are not there to do anything.
#[task]
pub(crate) async fn nothing() {}
