//! A trigger of one's own: high tide. It is stored by its name and its settings, and comes back to
//! life in the next program that registers it.

use std::path::Path;
use std::time::Duration;

use sched_core::trigger::{CustomTrigger, Trigger, TriggerRegistry};
use sched_core::{EventMask, InlineExecutor, Scheduler, Shutdown, Timestamp, task};
use sched_store_sql::SqlStore;
use serde_json::{Value, json};

/// From one high tide to the next: 12 hours, 25 minutes and 14 seconds.
const TIDE: Duration = Duration::from_secs(12 * 3_600 + 25 * 60 + 14);

/// Fires at high tide, or so.
#[derive(Debug)]
struct HighTide {
    /// A moment of high tide. Nothing else is needed: a trigger keeps no progress.
    once: Timestamp,
}

impl CustomTrigger for HighTide {
    fn name(&self) -> &str {
        "high_tide"
    }

    fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        // After the previous fire; without one, from now on.
        let least = previous.map_or(now, |fire| fire + Duration::from_micros(1));
        let tides = least.since(self.once).as_micros().div_ceil(TIDE.as_micros());
        Some(self.once + TIDE * u32::try_from(tides).ok()?)
    }

    fn state(&self) -> Value {
        json!({"once": self.once.as_micros()})
    }

    fn text(&self) -> String {
        format!("high_tide[{}]", self.once)
    }
}

#[task(name = "open the lock")]
fn open_the_lock() {
    println!("the lock is open");
}

/// Every program that is to run such jobs registers how the trigger is made of its state.
fn scheduler(file: &Path) -> Result<Scheduler, Box<dyn std::error::Error>> {
    let mut triggers = TriggerRegistry::new();
    triggers.register("high_tide", |state| {
        let once = state["once"].as_i64().ok_or("once: a number of microseconds is missing")?;
        Ok(HighTide { once: Timestamp::from_micros(once) })
    })?;
    let builder = Scheduler::builder().triggers(triggers);
    let store = SqlStore::sqlite(file).build()?;
    Ok(builder.jobstore("default", store).executor("default", InlineExecutor::new()).build()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("jobs.sqlite");

    let first = scheduler(&file)?;
    first.start().await?;
    let tide = HighTide { once: Timestamp::from_secs(1_767_268_800) };
    first.add(open_the_lock.call()).trigger(Trigger::custom(tide)).id("lock").await?;
    first.shutdown(Shutdown::Wait).await?;

    let second = scheduler(&file)?;
    second.start().await?;
    let job = second.get_job("lock").await?.ok_or("it was stored")?;
    println!("{job}");
    for fire in job.next_fire_times(4) {
        println!("  {fire}");
    }
    // Nobody waits half a day for an example.
    let mut ended = second.events(EventMask::JOB_EXECUTED);
    job.run_now().await?;
    ended.next().await;
    second.shutdown(Shutdown::Wait).await?;
    Ok(())
}
