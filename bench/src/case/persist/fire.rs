//! One scheduler: a backlog, and 500 fires a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sched_core::store::{Record, StoreError};
use sched_core::{JobStore, Shutdown};

use super::{case, fill, raw, scheduler};
use crate::counted::Counted;
use crate::figure::Figures;
use crate::fires::{self, Fires};
use crate::stores::Kind;
use crate::{Outcome, meter};

const PATIENCE: Duration = Duration::from_secs(300);

/// Jobs that are due already: claimed, run, their ends written.
pub(super) async fn backlog(kind: &Kind, n: usize) -> Outcome {
    let fires = Arc::new(Fires::expect(n));
    let store = Arc::new(Counted::new(kind.empty().await?));
    let scheduler = scheduler(store.clone(), &fires)?;
    scheduler.start_paused().await?;
    let due = fires::now() - Duration::from_secs(60);
    fill(&scheduler, n, |_| due).await?;
    let bare = raw::fires_per_second(kind, &all(&*store).await?).await?;
    let (began, cpu, calls) = (Instant::now(), meter::process_cpu(), store.calls());
    scheduler.resume()?;
    fires.wait(PATIENCE).await;
    // The last ends are written when it is down.
    scheduler.shutdown(Shutdown::Wait).await?;
    let took = began.elapsed().as_secs_f64();
    let figures = Figures::of(case("fire", kind), n);
    figures.print("fires_per_s", n as f64 / took);
    figures.print("raw_fires_per_s", bare);
    figures.print("ratio_to_raw", n as f64 / took / bare);
    figures.print("cpu_us_per_fire", (meter::process_cpu() - cpu).as_secs_f64() * 1e6 / n as f64);
    figures.print("store_calls_per_fire", (store.calls() - calls) as f64 / n as f64);
    fires.print_counts(&figures);
    Ok(())
}

async fn all(store: &dyn JobStore) -> Result<Vec<Record>, StoreError> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after = records.last().map(|record| record.id.clone());
        let page = store.list(after.as_ref(), 1_000).await?;
        if page.is_empty() {
            return Ok(records);
        }
        records.extend(page);
    }
}

/// 500 jobs that fall due in each of ten seconds, evenly.
pub(super) async fn steady(kind: &Kind) -> Outcome {
    const N: usize = 5_000;
    let fires = Arc::new(Fires::expect(N));
    let scheduler = scheduler(kind.empty().await?, &fires)?;
    scheduler.start_paused().await?;
    let first = fires::now() + Duration::from_secs(10);
    fill(&scheduler, N, |number| first + Duration::from_millis(2) * number as u32).await?;
    if fires::now() >= first {
        return Err("the first fires were due before all jobs were added".into());
    }
    scheduler.resume()?;
    fires.wait(first.since(fires::now()) + Duration::from_secs(30)).await;
    let figures = Figures::of(case("late", kind), N);
    fires.print(&figures);
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
