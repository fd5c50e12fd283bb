//! Jobs with a trigger of somebody's own, looked up from a store that kept it as a name and a state.

use sched_core::trigger::{CustomTrigger, Trigger, TriggerError, TriggerRegistry};
use sched_core::{Conflict, Error, InlineExecutor, JobFilter, Timestamp, task};
use sched_testkit::{EncodedStore, TestScheduler, moment};
use serde_json::{Value, json};

use crate::{SECOND, START};

#[task]
async fn nothing() {}

/// Fires every minute.
#[derive(Debug)]
struct Minutely;

impl CustomTrigger for Minutely {
    fn name(&self) -> &str {
        "minutely"
    }

    fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let least = previous.map_or(now.as_micros(), |fire| fire.as_micros() + 1);
        let minutes = least.div_euclid(60_000_000) + i64::from(least.rem_euclid(60_000_000) > 0);
        Some(Timestamp::from_micros(minutes * 60_000_000))
    }

    fn state(&self) -> Value {
        json!({})
    }
}

/// A scheduler on the store, which knows the trigger or does not.
async fn scheduler(store: &EncodedStore, knows: bool) -> TestScheduler {
    let mut triggers = TriggerRegistry::new();
    if knows {
        triggers.register("minutely", |_| Ok(Minutely)).unwrap();
    }
    let describe = |builder: sched_core::SchedulerBuilder| {
        let builder = builder.executor("default", InlineExecutor::new()).triggers(triggers);
        builder.jobstore("default", store.clone())
    };
    let test = TestScheduler::build(START, describe).unwrap();
    test.start().await.unwrap();
    test
}

async fn stored() -> EncodedStore {
    let store = EncodedStore::new();
    let test = scheduler(&store, true).await;
    let job = test.add(nothing.call()).trigger(Trigger::custom(Minutely)).id("own");
    job.next_run_time("2026-01-01 00:00:30").await.unwrap();
    store
}

#[tokio::test]
async fn it_is_shown_as_it_was_added() {
    let store = stored().await;
    let test = scheduler(&store, true).await;
    let job = test.get_job("own").await.unwrap().unwrap();
    assert_eq!(job.trigger().to_string(), "minutely");
    assert_eq!(job.next_fire_times(3).len(), 3);
    let [job] = &test.get_jobs(JobFilter::all()).await.unwrap()[..] else { panic!("one job") };
    assert_eq!(job.next_fire_times(3).len(), 3);
}

#[tokio::test]
async fn it_is_resumed_by_its_trigger() {
    let store = stored().await;
    let test = scheduler(&store, true).await;
    test.pause_job("own").await.unwrap();
    test.clock().advance(90 * SECOND);
    let job = test.resume_job("own").await.unwrap().expect("it has fires left");
    assert_eq!(job.next_run_time(), Some(moment("2026-01-01T00:02:00Z")));
}

/// Who cannot ask the trigger does not know that it has ended, and removes nothing.
#[tokio::test]
async fn it_is_not_resumed_by_one_who_does_not_know_its_trigger() {
    let store = stored().await;
    let test = scheduler(&store, false).await;
    test.pause_job("own").await.unwrap();
    let refused = test.resume_job("own").await.unwrap_err();
    let unknown = matches!(&refused, Error::Trigger(TriggerError::UnknownTrigger { name }) if name == "minutely");
    assert!(unknown, "{refused}");
    let job = test.get_job("own").await.unwrap().expect("it is still there");
    assert!(job.is_paused());
}

#[tokio::test]
async fn it_keeps_its_next_run_time_when_it_is_added_again() {
    let store = stored().await;
    let test = scheduler(&store, true).await;
    let again = test.add(nothing.call()).trigger(Trigger::custom(Minutely)).id("own");
    let job = again.on_conflict(Conflict::ReplaceKeepNext).await.unwrap();
    assert_eq!(job.next_run_time(), Some(moment("2026-01-01T00:00:30Z")));
}
