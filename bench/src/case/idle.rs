//! What a scheduler costs that has many jobs and nothing to do.

use std::time::Duration;

use super::add;
use crate::figure::Figures;
use crate::{Outcome, meter};

const REST: Duration = Duration::from_secs(10);

pub(crate) async fn measure(n: usize) -> Outcome {
    let scheduler = add::started().await?;
    add::fill(&scheduler, n, add::far_off()).await?;
    // What adding left to do is done.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cpu = meter::process_cpu();
    tokio::time::sleep(REST).await;
    let cpu = meter::process_cpu() - cpu;
    let figures = Figures::of("idle", n);
    // Microseconds matter here: `print` keeps three places, so milliseconds are given as well.
    figures.print("idle_cpu_s_per_10s", cpu.as_secs_f64());
    figures.print("idle_cpu_ms_per_10s", cpu.as_secs_f64() * 1e3);
    figures.print("peak_rss_mib", meter::peak_rss_mib()?);
    Ok(())
}
