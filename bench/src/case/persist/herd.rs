//! What several schedulers cost a store: four of them, one of which has to run each fire, against
//! one alone.

use std::sync::Arc;
use std::time::Duration;

use sched_core::{Scheduler, Shutdown};

use super::{case, fill, scheduler};
use crate::counted::Counted;
use crate::figure::Figures;
use crate::fires::{self, Fires};
use crate::stores::{self, Kind};
use crate::{Fault, Outcome};

const SEVERAL: usize = 4;
/// Between two fires: each is claimed by itself.
const APART: Duration = Duration::from_millis(20);
/// Between the last fire and the time in which there is nothing to do.
const REST: Duration = Duration::from_secs(8);
/// For how long there is nothing to do.
const IDLE: Duration = Duration::from_secs(10);

pub(crate) async fn measure(n: usize) -> Outcome {
    for kind in stores::named() {
        let one = Calls::of(kind, 1, n).await?;
        let several = Calls::of(kind, SEVERAL, n).await?;
        let figures = Figures::of(case("herd", kind), n);
        figures.print("calls_per_fire_of_1", one.per_fire);
        figures.print("calls_per_fire_of_4", several.per_fire);
        figures.print("calls_ratio", several.per_fire / one.per_fire);
        figures.print("idle_calls_per_10s_of_1", one.idle);
        figures.print("idle_calls_per_10s_of_4", several.idle);
        kind.empty().await?.close().await?;
    }
    Ok(())
}

/// Calls of all schedulers together to their store.
struct Calls {
    per_fire: f64,
    idle: f64,
}

impl Calls {
    async fn of(kind: &Kind, schedulers: usize, n: usize) -> Result<Self, Fault> {
        let fires = Arc::new(Fires::expect(n));
        kind.empty().await?.close().await?;
        let mut members: Vec<(Arc<Counted>, Scheduler)> = Vec::new();
        for _ in 0..schedulers {
            let store = Arc::new(Counted::new(kind.connect()?));
            let scheduler = scheduler(store.clone(), &fires)?;
            scheduler.start().await?;
            members.push((store, scheduler));
        }
        let calls = || members.iter().map(|(store, _)| store.calls()).sum::<usize>();
        let first = fires::now() + Duration::from_secs(2);
        fill(&members[0].1, n, |number| first + APART * number as u32).await?;
        // Everybody has taken note by then, and nothing is due yet.
        tokio::time::sleep(first.since(fires::now()).saturating_sub(APART)).await;
        let before = calls();
        fires.wait(APART * n as u32 + Duration::from_secs(30)).await;
        let fired = calls() - before;
        // The last end is written, the last lease would have ended, and everybody knows that
        // nothing is left.
        tokio::time::sleep(REST).await;
        let before = calls();
        tokio::time::sleep(IDLE).await;
        let idle = calls() - before;
        for (_, scheduler) in members {
            scheduler.shutdown(Shutdown::Wait).await?;
        }
        Ok(Calls { per_fire: fired as f64 / n as f64, idle: idle as f64 })
    }
}
