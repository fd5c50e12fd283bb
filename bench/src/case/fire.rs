//! Punctuality: jobs that fall due all at once, evenly, and again and again.

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sched_core::trigger::Interval;
use sched_core::{JobRequest, Scheduler, Timestamp};

use super::add;
use crate::figure::Figures;
use crate::fires::{self, Fires};
use crate::{Outcome, meter};

/// Added at once.
const BULK: usize = 1_000;
/// For how long fires fall due, in seconds, from the first on.
const SPAN: usize = 10;
/// How long is waited for fires that do not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One-off jobs, a tenth of them at each of ten whole seconds.
pub(crate) async fn burst(n: usize) -> Outcome {
    let due = |first: Timestamp, number: usize| first + Duration::from_secs((number % SPAN) as u64);
    one_off("fire-burst", n, due).await
}

/// One-off jobs, evenly over ten seconds.
pub(crate) async fn spread(n: usize) -> Outcome {
    let due = |first: Timestamp, number: usize| {
        let micros = number as u128 * SPAN as u128 * 1_000_000 / n as u128;
        first + Duration::from_micros(micros as u64)
    };
    one_off("fire-spread", n, due).await
}

async fn one_off(case: &str, n: usize, due: impl Fn(Timestamp, usize) -> Timestamp) -> Outcome {
    let scheduler = add::started().await?;
    let first = first_second(n);
    let fires = Arc::new(Fires::expect(n));
    let began = Instant::now();
    add_all(&scheduler, n, |number| {
        let fires = fires.clone();
        let scheduled = due(first, number);
        let task = move || {
            fires.ran(number, scheduled);
            ready(())
        };
        JobRequest::new(task).at(scheduled)
    })
    .await?;
    watch(case, n, &fires, first, began.elapsed()).await
}

/// Jobs that run every second, ten times each.
pub(crate) async fn recurring(n: usize) -> Outcome {
    let scheduler = add::started().await?;
    let first = first_second(n);
    let fires = Arc::new(Fires::expect(n * SPAN));
    let began = Instant::now();
    add_all(&scheduler, n, |number| {
        let fires = fires.clone();
        let task = move |cx: sched_core::Context| {
            let scheduled = cx.scheduled_time();
            let nth = scheduled.since(first).as_secs() as usize;
            fires.ran(number * SPAN + nth, scheduled);
            ready(())
        };
        let last = first + Duration::from_secs(SPAN as u64 - 1);
        let every_second = Interval::every(Duration::from_secs(1)).start_date(first).end_date(last);
        JobRequest::new(task).trigger(every_second)
    })
    .await?;
    watch("fire-recurring", n, &fires, first, began.elapsed()).await
}

/// The first whole second by which `n` jobs have surely been added.
fn first_second(n: usize) -> Timestamp {
    let ready = fires::now() + Duration::from_millis(1_000 + n as u64 / 20);
    Timestamp::from_secs(ready.as_micros().div_euclid(1_000_000) + 1)
}

async fn add_all(
    scheduler: &Scheduler,
    n: usize,
    request: impl Fn(usize) -> JobRequest,
) -> Result<(), sched_core::Error> {
    let mut from = 0;
    while from < n {
        let to = n.min(from + BULK);
        for added in scheduler.add_all((from..to).map(&request)).await {
            added?;
        }
        from = to;
    }
    Ok(())
}

async fn watch(case: &str, n: usize, fires: &Fires, first: Timestamp, adding: Duration) -> Outcome {
    if fires::now() >= first {
        return Err("the first fires were due before all jobs were added".into());
    }
    let cpu = meter::process_cpu();
    fires.wait(first.since(fires::now()) + Duration::from_secs(SPAN as u64) + PATIENCE).await;
    let (span, cpu) = (fires::now().since(first), meter::process_cpu() - cpu);
    let figures = Figures::of(case, n);
    fires.print(&figures);
    figures.print("add_s", adding.as_secs_f64());
    figures.print("span_s", span.as_secs_f64());
    figures.print("cpu_s", cpu.as_secs_f64());
    figures.print("peak_rss_mib", meter::peak_rss_mib()?);
    Ok(())
}
