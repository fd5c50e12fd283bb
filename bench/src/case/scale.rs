//! What a large store costs a scheduler: to open it, to find the one job that is due, to list some.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sched_core::{EventMask, JobRequest, JobStore, MemoryStore, Scheduler, Shutdown};
use sched_exec_tokio::TokioExecutor;

use super::add;
use crate::figure::Figures;
use crate::{Outcome, fires, meter};

/// How many jobs a page has.
const PAGE: usize = 100;
/// How many pages are read to find what one takes.
const PAGES: usize = 20;

/// In memory, then in every store that the environment names.
pub(crate) async fn measure(n: usize) -> Outcome {
    in_store("memory", Arc::new(MemoryStore::new()), n).await?;
    #[cfg(feature = "stores")]
    for kind in crate::stores::named() {
        let store = kind.empty().await?;
        store.close().await?;
        in_store(kind.name, store.clone(), n).await?;
        store.open().await?;
        store.clear().await?;
        store.close().await?;
    }
    Ok(())
}

async fn in_store(name: &str, store: Arc<dyn JobStore>, n: usize) -> Outcome {
    let figures = Figures::of(format!("scale/{name}"), n);
    let filler = scheduler(&store)?;
    filler.start_paused().await?;
    let began = Instant::now();
    add::fill(&filler, n, add::far_off()).await?;
    figures.print("add_s", began.elapsed().as_secs_f64());
    filler.shutdown(Shutdown::Wait).await?;
    drop(filler);

    let before = meter::rss_mib()?;
    let scheduler = scheduler(&store)?;
    let began = Instant::now();
    scheduler.start().await?;
    figures.print("open_ms", millis(began));
    let mut ends = scheduler.events(EventMask::JOB_EXECUTED);
    let began = Instant::now();
    let due = fires::now() - Duration::from_secs(1);
    for added in scheduler.add_all([JobRequest::new(add::nothing.call()).at(due)]).await {
        added?;
    }
    ends.next().await;
    figures.print("add_claim_run_ms", millis(began));

    let mut after = None;
    let began = Instant::now();
    for _ in 0..PAGES {
        after = store.list(after.as_ref(), PAGE).await?.pop().map(|record| record.id);
    }
    figures.print("page_ms", millis(began) / PAGES as f64);
    figures.print("scheduler_rss_mib", meter::rss_mib()? - before);
    figures.print("peak_rss_mib", meter::peak_rss_mib()?);
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}

fn scheduler(store: &Arc<dyn JobStore>) -> Result<Scheduler, sched_core::Error> {
    Scheduler::builder()
        .shared_jobstore("default", store.clone())
        .executor("default", TokioExecutor::new())
        .build()
}

fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
