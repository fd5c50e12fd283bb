//! The list of jobs as text.

use sched_core::trigger::{Cron, Interval};
use sched_core::{Context, MemoryStore};
use sched_testkit::TestScheduler;

use crate::{SECOND, START, build, describe, nothing};

#[tokio::test]
async fn stores_are_in_the_order_of_their_aliases_whatever_order_they_were_added_in() {
    let build = TestScheduler::build(START, |b| {
        describe(b).jobstore("z", MemoryStore::new()).jobstore("a", MemoryStore::new())
    });
    let test = build.unwrap();
    test.start().await.unwrap();
    test.add(nothing).name("hourly").store("z").trigger(Cron::new().minute(0)).await.unwrap();
    let text = "Jobstore a:\n    No scheduled jobs\nJobstore default:\n    No scheduled jobs\n\
                Jobstore z:\n    hourly (trigger: cron[minute='0'], next run at: \
                2026-01-01 00:00:00 UTC)\n";
    assert_eq!(test.jobs_text(None).await.unwrap(), text);
    assert_eq!(test.jobs_text(Some("a")).await.unwrap(), "Jobstore a:\n    No scheduled jobs\n");
    test.print_jobs(Some("a")).await.unwrap();
}

#[tokio::test]
async fn a_job_is_shown_in_the_zone_of_its_trigger() {
    let test = build();
    test.start().await.unwrap();
    let in_zone =
        |name: &str| Cron::new().hour(9).timezone(name.parse::<sched_core::Zone>().unwrap());
    for (zone, shown) in [
        ("Europe/Berlin", "next run at: 2026-01-01 09:00:00 CET)"),
        ("America/New_York", "next run at: 2026-01-01 09:00:00 EST)"),
    ] {
        let job = test.add(nothing).trigger(in_zone(zone)).await.unwrap();
        assert!(job.to_string().ends_with(shown), "{job}");
    }
}

#[tokio::test]
async fn a_fixed_delay_is_shown_as_waiting_while_it_runs() {
    let mut test = build();
    test.start().await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let delay = Interval::every(10 * SECOND).fixed_delay();
    test.add(slow).id("delay").name("delay").trigger(delay).await.unwrap();
    test.advance(10 * SECOND).await;
    let job = test.get_job("delay").await.unwrap().unwrap();
    assert!(job.to_string().ends_with(", waiting for its run to end)"), "{job}");
    assert!(!job.is_paused());
}
