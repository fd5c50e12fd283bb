//! Adding: one by one, by many at once, and in bulk.

use std::sync::Arc;
use std::time::Instant;

use sched_core::Shutdown;

use super::{case, fill, note, scheduler};
use crate::Outcome;
use crate::case::add::far_off;
use crate::figure::Figures;
use crate::fires::Fires;
use crate::stores::Kind;

/// The most that are added one by one: each takes a round trip, and often a disk.
const ONE_BY_ONE: usize = 1_000;

/// As many callers add jobs one by one at the same time, as those of a web service do.
const AT_ONCE: usize = 64;

pub(super) async fn measure(kind: &Kind, n: usize) -> Outcome {
    let scheduler = scheduler(kind.empty().await?, &Arc::new(Fires::expect(0)))?;
    scheduler.start().await?;
    let at = far_off();

    let few = n.min(ONE_BY_ONE);
    let began = Instant::now();
    for number in 0..few {
        scheduler.add(note.call(number)).at(at).await?;
    }
    let rate = few as f64 / began.elapsed().as_secs_f64();
    Figures::of(case("add", kind), few).print("adds_per_s", rate);

    let each = few.div_ceil(AT_ONCE);
    let began = Instant::now();
    let callers = (0..AT_ONCE).map(|_| {
        let scheduler = scheduler.clone();
        tokio::spawn(async move {
            for number in 0..each {
                scheduler.add(note.call(number)).at(at).await?;
            }
            Ok::<(), sched_core::Error>(())
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await??;
    }
    let rate = (each * AT_ONCE) as f64 / began.elapsed().as_secs_f64();
    Figures::of(case("add-at-once", kind), each * AT_ONCE).print("adds_per_s", rate);

    let began = Instant::now();
    fill(&scheduler, n, |_| at).await?;
    let rate = n as f64 / began.elapsed().as_secs_f64();
    Figures::of(case("add-bulk", kind), n).print("adds_per_s", rate);

    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
