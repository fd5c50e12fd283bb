//! A backlog: jobs that are due already, and how fast they are run.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sched_core::{Executor, InlineExecutor, JobRequest, Scheduler};
use sched_exec_tokio::TokioExecutor;
use tokio::sync::Notify;

use crate::figure::Figures;
use crate::{Outcome, fires, meter};

/// Added at once.
const BULK: usize = 1_000;

/// In the scheduler's own loop.
pub(crate) async fn inline(n: usize) -> Outcome {
    measure("drain/inline", n, InlineExecutor::new()).await
}

/// As tasks of the runtime.
pub(crate) async fn tokio(n: usize) -> Outcome {
    measure("drain/tokio", n, TokioExecutor::new()).await
}

async fn measure(case: &str, n: usize, executor: impl Executor + 'static) -> Outcome {
    let scheduler = Scheduler::builder().executor("default", executor).build()?;
    scheduler.start_paused().await?;
    let backlog = Arc::new(Backlog { left: AtomicUsize::new(n), empty: Notify::new() });
    let due = fires::now() - Duration::from_secs(60);
    let mut left = n;
    while left > 0 {
        let some = left.min(BULK);
        let requests = (0..some).map(|_| {
            let backlog = backlog.clone();
            let task = move || {
                backlog.one_less();
                ready(())
            };
            JobRequest::new(task).at(due)
        });
        for added in scheduler.add_all(requests).await {
            added?;
        }
        left -= some;
    }
    let (began, cpu) = (Instant::now(), meter::process_cpu());
    scheduler.resume()?;
    backlog.empty.notified().await;
    let (took, cpu) = (began.elapsed(), meter::process_cpu() - cpu);
    let figures = Figures::of(case, n);
    figures.print("fires_per_s", n as f64 / took.as_secs_f64());
    figures.print("cpu_s", cpu.as_secs_f64());
    figures.print("cpu_us_per_fire", cpu.as_secs_f64() * 1e6 / n as f64);
    figures.print("peak_rss_mib", meter::peak_rss_mib()?);
    Ok(())
}

struct Backlog {
    left: AtomicUsize,
    empty: Notify,
}

impl Backlog {
    fn one_less(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.empty.notify_one();
        }
    }
}
