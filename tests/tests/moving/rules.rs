//! What may be moved, and what is told of it.

use std::sync::Arc;

use sched_core::{Error, EventMask, JobFilter, JobKey, MemoryStore, OutcomeKind, Shutdown};

use crate::SECOND;
use crate::two_stores::{TwoStores, noted, told};

async fn both(stores: &mut TwoStores) -> (sched_core::Scheduler, sched_core::event::EventStream) {
    let both = stores.describe().shared_jobstore("a", Arc::new(stores.a.clone()));
    let both = both.shared_jobstore("b", Arc::new(stores.b.clone()));
    stores.start(both.jobstore("memory", MemoryStore::new())).await
}

#[tokio::test]
async fn a_moved_job_is_the_job_that_it_was() {
    let mut stores = TwoStores::new();
    let (scheduler, mut events) = both(&mut stores).await;
    let job = scheduler.add(noted(0)).id("job").store("a").every(10 * SECOND);
    job.tag("kept").max_runs(7).name("a name").await.unwrap();
    stores.advance(25 * SECOND).await;
    told(&mut events, EventMask::all());
    let before = scheduler.get_job("job").await.unwrap().unwrap();
    // To another of its kind, to one of another kind, and back.
    for to in ["b", "memory", "a"] {
        let moved = scheduler.move_job("job", to).await.unwrap();
        assert_eq!(moved.store().map(|alias| &**alias), Some(to));
        for job in [moved, scheduler.get_job("job").await.unwrap().unwrap()] {
            assert_eq!(job.to_string(), before.to_string());
            assert_eq!((job.tags(), job.max_runs()), (before.tags(), before.max_runs()));
            assert_eq!(job.runs_so_far(), 2);
            assert_eq!(job.last_fire_time(), before.last_fire_time());
            let outcome = job.last_outcome().map(|outcome| &outcome.kind);
            assert!(matches!(outcome, Some(OutcomeKind::Success { .. })), "{outcome:?}");
        }
        let told: Vec<_> =
            told(&mut events, EventMask::all()).iter().map(|event| event.code()).collect();
        assert_eq!(told, [EventMask::JOB_ADDED, EventMask::JOB_REMOVED], "{to}");
    }
    let paused = scheduler.pause_job("job").await.unwrap();
    assert!(paused.is_paused());
    assert!(scheduler.move_job("job", "b").await.unwrap().is_paused());
    assert_eq!(stores.ids().await.map(|ids| ids.len()), [0, 1]);
}

#[tokio::test]
async fn what_cannot_be_moved_stays_where_it_is() {
    let mut stores = TwoStores::new();
    let (scheduler, _) = both(&mut stores).await;
    let refused = |key: &str, to: &str| {
        let (scheduler, key, to) = (scheduler.clone(), key.to_owned(), to.to_owned());
        async move { scheduler.move_job(&*key, &to).await.unwrap_err() }
    };
    assert!(matches!(refused("none", "b").await, Error::JobLookup { .. }));
    scheduler.add(noted(0)).id("job").store("a").every(10 * SECOND).await.unwrap();
    assert!(matches!(refused("job", "nowhere").await, Error::UnknownStore { .. }));
    scheduler.add(noted(0)).id("job").name("other").store("b").every(10 * SECOND).await.unwrap();
    let conflict = scheduler.move_job(JobKey::from("job").in_store("a"), "b").await.unwrap_err();
    assert!(matches!(&conflict, Error::ConflictingId { store, .. } if &**store == "b"));
    scheduler.add(|| async {}).id("closure").store("memory").every(10 * SECOND).await.unwrap();
    assert!(matches!(refused("closure", "b").await, Error::NotStorable { .. }));
    assert_eq!(stores.ids().await.map(|ids| ids.len()), [1, 1]);

    // One that is there already is no error: whoever tries again need not know.
    let there = scheduler.move_job(JobKey::from("job").in_store("b"), "b").await.unwrap();
    assert_eq!(there.name(), "other");
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    assert!(matches!(refused("job", "b").await, Error::NotRunning));
    assert!(matches!(scheduler.move_jobs("a", "b").await, Err(Error::NotRunning)));
}

#[tokio::test]
async fn all_jobs_of_a_filter_are_moved_and_each_is_answered_for() {
    let mut stores = TwoStores::new();
    let (scheduler, _) = both(&mut stores).await;
    for n in 0..30 {
        let job = scheduler.add(noted(0)).id(format!("{n:02}")).store("a").every(10 * SECOND);
        let job = if n % 3 == 0 { job.tag("third") } else { job };
        job.await.unwrap();
    }
    scheduler.add(noted(0)).id("06").store("b").every(10 * SECOND).await.unwrap();
    let moved = scheduler.move_jobs(JobFilter::from("a").tag("third"), "b").await.unwrap();
    let ids: Vec<_> = moved.iter().map(|moved| moved.id.as_str()).collect();
    assert_eq!(ids, ["00", "03", "06", "09", "12", "15", "18", "21", "24", "27"]);
    for moved in &moved {
        assert_eq!(moved.result.is_err(), moved.id.as_str() == "06", "{moved:?}");
    }
    assert_eq!(stores.ids().await.map(|ids| ids.len()), [21, 10]);
    // Those in the other store already are not asked about.
    assert_eq!(scheduler.move_jobs(JobFilter::all().tag("third"), "b").await.unwrap().len(), 1);
}
