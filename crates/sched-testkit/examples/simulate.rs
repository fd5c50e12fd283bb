//! When jobs will run in the coming year, and where they pile up, before any of them is deployed.

use std::time::Duration;

use sched_core::trigger::{CalendarInterval, Cron, Interval, IntoTrigger};
use sched_testkit::Simulation;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let year = Simulation::between("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
        .timezone("Europe/Berlin".parse()?)
        .trigger("backup", Cron::standard("0 3 * * *"))?
        .trigger("statistics", Cron::standard("0 */6 * * *"))?
        .trigger("invoices", Cron::standard("0 3 1 * *"))?
        .trigger("newsletter", Cron::standard("0 9 * * mon-fri").jitter(Duration::from_secs(900)))?
        .trigger("certificates", CalendarInterval::new().weeks(2))?
        .trigger("health", Interval::every(Duration::from_secs(900)))?;

    println!("the fullest minutes of the year:\n{}", year.peaks(Duration::from_secs(60), 5));
    println!("the fullest hours:\n{}", year.peaks(Duration::from_secs(3_600), 5));
    println!("the first fires:");
    for fire in year.fires().filter(|fire| &*fire.job_id != "health").take(5) {
        println!("{} {}", fire.at, fire.job_id);
    }
    Ok(())
}
