//! Jobs that are added while another is being written go into the store together.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use sched_core::store::StoreError;
use sched_core::{Conflict, Error, EventMask, Job, JobRequest, JobStore};
use sched_testkit::{EncodedStore, FaultyStore, Verb};
use tokio::runtime::Runtime;

use crate::cluster::{Cluster, SECOND, nap};

type Way = Arc<FaultyStore<EncodedStore>>;

const FAR: &str = "2030-01-01 00:00:00";

async fn one_node() -> (Cluster, Way) {
    let mut cluster = Cluster::new();
    let way = Arc::new(FaultyStore::new((*cluster.store).clone()));
    cluster.join_by(way.clone()).await;
    cluster.settle().await;
    (cluster, way)
}

/// Adds a job for each id, all at once. The first call is held up in the store until all have
/// begun; those after it have the faults that are scripted.
async fn add(
    cluster: &Cluster,
    way: &Way,
    ids: &[String],
    script: impl FnOnce(&Way),
) -> Vec<Result<Job, Error>> {
    let scheduler = &cluster.nodes[0].scheduler;
    let held = way.hold(Verb::Insert);
    script(way);
    let mut adding = Vec::new();
    for id in ids {
        let (scheduler, id) = (scheduler.clone(), id.clone());
        adding.push(tokio::spawn(async move { scheduler.add(nap(0)).id(id).at(FAR).await }));
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    held.release();
    let mut added = Vec::new();
    for adding in adding {
        added.push(adding.await.unwrap());
    }
    added
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:03}")).collect()
}

async fn stored(cluster: &Cluster) -> usize {
    cluster.store.list(None, 1_000).await.unwrap().len()
}

#[tokio::test]
async fn a_hundred_additions_at_once_are_a_few_writes() {
    let (mut cluster, way) = one_node().await;
    let before = way.calls(Verb::Insert);
    let added = add(&cluster, &way, &ids(100), |_| {}).await;
    assert!(added.iter().all(Result::is_ok));
    assert_eq!(stored(&cluster).await, 100);
    let writes = way.calls(Verb::Insert) - before;
    assert!(writes <= 5, "{writes} writes");
    assert_eq!(cluster.told(0, EventMask::JOB_ADDED).len(), 100);
}

#[tokio::test]
async fn of_jobs_that_are_written_together_each_has_its_own_answer() {
    let (cluster, way) = one_node().await;
    let mut ids = ids(20);
    ids[7] = "005".into();
    let added = add(&cluster, &way, &ids, |_| {}).await;
    for (number, added) in added.iter().enumerate() {
        match added {
            Ok(job) => assert_eq!(&**job.id(), ids[number]),
            // Which of the two is first, nobody has said.
            Err(error) => {
                assert!(matches!(error, Error::ConflictingId { id, .. } if &**id == "005"));
            }
        }
    }
    assert_eq!(added.iter().filter(|added| added.is_err()).count(), 1);
    assert_eq!(stored(&cluster).await, 19);
}

/// What was refused may be another's record, and what is there already is their own.
#[tokio::test]
async fn when_the_write_for_all_is_refused_each_is_written_for_itself() {
    let (cluster, way) = one_node().await;
    let before = way.calls(Verb::Insert);
    let added = add(&cluster, &way, &ids(20), |way| way.refuse(Verb::Insert, 1)).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert_eq!(stored(&cluster).await, 20);
    assert!(way.calls(Verb::Insert) - before > 19, "the first, the batch, and each");
    // Another's is a conflict.
    let again = cluster.nodes[0].scheduler.add(nap(0)).id("005").at(FAR).await;
    assert!(matches!(again, Err(Error::ConflictingId { .. })), "{again:?}");
    let scheduler = &cluster.nodes[0].scheduler;
    scheduler.add(nap(0)).id("005").at(FAR).on_conflict(Conflict::Replace).await.unwrap();
}

#[tokio::test]
async fn when_a_bulk_is_refused_each_is_written_for_itself() {
    let (cluster, way) = one_node().await;
    way.refuse(Verb::Insert, 1);
    let request = |id: String| JobRequest::new(nap(0)).id(id).at(FAR);
    let added = cluster.nodes[0].scheduler.add_all(ids(20).into_iter().map(request)).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert_eq!(stored(&cluster).await, 20);
}

fn is_unavailable(added: &Result<Job, Error>) -> bool {
    matches!(added, Err(Error::Store { source: StoreError::Unavailable { .. }, .. }))
}

/// Another scheduler may have run and deleted what was inserted: it would run twice.
#[tokio::test]
async fn what_was_written_together_and_has_no_answer_is_not_written_again() {
    let (mut cluster, way) = one_node().await;
    let before = way.calls(Verb::Insert);
    let added = add(&cluster, &way, &ids(20), |way| way.fail_late(Verb::Insert, 1)).await;
    assert_eq!(added.iter().filter(|added| is_unavailable(added)).count(), 19, "{added:?}");
    assert_eq!(way.calls(Verb::Insert) - before, 2, "the first, and the batch");
    assert_eq!(cluster.told(0, EventMask::JOB_ADDED).len(), 1);
}

#[tokio::test]
async fn nor_is_a_bulk_that_has_no_answer() {
    let (mut cluster, way) = one_node().await;
    let before = way.calls(Verb::Insert);
    way.fail_late(Verb::Insert, 1);
    let request = |id: String| JobRequest::new(nap(0)).id(id).at(FAR);
    let added = cluster.nodes[0].scheduler.add_all(ids(20).into_iter().map(request)).await;
    assert!(added.iter().all(is_unavailable), "{added:?}");
    assert_eq!(way.calls(Verb::Insert) - before, 1);
    assert_eq!(cluster.told(0, EventMask::JOB_ADDED).len(), 0);
}

/// A future that is kept and not polled holds up nobody.
#[tokio::test]
async fn whoever_does_not_go_on_with_his_addition_holds_up_nobody() {
    let (cluster, way) = one_node().await;
    let scheduler = cluster.nodes[0].scheduler.clone();
    let held = way.hold(Verb::Insert);
    let kept = begun(scheduler.add(nap(0)).id("kept").at(FAR));
    for id in ids(3) {
        scheduler.add(nap(0)).id(id).at(FAR).await.unwrap();
    }
    assert_eq!(stored(&cluster).await, 3);
    held.release();
    kept.await.unwrap();
    assert_eq!(stored(&cluster).await, 4);
}

type Adding = Pin<Box<dyn Future<Output = Result<Job, Error>> + Send>>;

/// An addition that has been begun, and waits.
fn begun(request: impl IntoFuture<IntoFuture = Adding>) -> Adding {
    let mut adding = request.into_future();
    assert!(adding.as_mut().now_or_never().is_none());
    adding
}

/// A runtime that stands still as long as nobody is inside.
fn own_runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The first to be queued has the others written, but not by a runtime that may stand still or be
/// gone before it has begun.
#[tokio::test]
async fn whoever_is_the_first_in_a_runtime_of_his_own_holds_up_nobody() {
    for ends in [false, true] {
        let (cluster, way) = one_node().await;
        let scheduler = &cluster.nodes[0].scheduler;
        let held = way.hold(Verb::Insert);
        let alone = begun(scheduler.add(nap(0)).id("alone").at(FAR));
        let request = scheduler.add(nap(0)).id("first").at(FAR);
        let (first, runtime) = std::thread::spawn(move || {
            let runtime = own_runtime();
            let inside = runtime.enter();
            let first = begun(request);
            drop(inside);
            (first, (!ends).then_some(runtime))
        })
        .join()
        .unwrap();
        scheduler.add(nap(0)).id("second").at(FAR).await.unwrap();
        first.await.unwrap();
        held.release();
        alone.await.unwrap();
        assert_eq!(stored(&cluster).await, 3);
        tokio::task::spawn_blocking(|| drop(runtime)).await.unwrap();
    }
}

/// A scheduler whose runtime has ended runs nothing; yet whoever adds has an answer.
#[tokio::test]
async fn the_end_of_the_schedulers_runtime_is_an_answer_for_all() {
    let cluster = Cluster::new();
    let way = Arc::new(FaultyStore::new((*cluster.store).clone()));
    let scheduler = cluster.describe_on(way.clone()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let started = scheduler.clone();
    runtime.spawn(async move { started.start().await }).await.unwrap().unwrap();

    let held = way.hold(Verb::Insert);
    let mut held_too = way.hold(Verb::Insert);
    let alone = begun(scheduler.add(nap(0)).id("alone").at(FAR));
    let written = begun(scheduler.add(nap(0)).id("written").at(FAR));
    held_too.reached().await;
    let queued = begun(scheduler.add(nap(0)).id("queued").at(FAR));
    tokio::task::spawn_blocking(|| drop(runtime)).await.unwrap();
    let written = written.await;
    assert!(is_unavailable(&written), "{written:?}");
    queued.await.unwrap();
    scheduler.add(nap(0)).id("later").at(FAR).await.unwrap();
    held.release();
    alone.await.unwrap();
    assert_eq!(stored(&cluster).await, 3);
}

#[tokio::test]
async fn whoever_has_stopped_waiting_adds_nothing() {
    let (mut cluster, way) = one_node().await;
    let scheduler = cluster.nodes[0].scheduler.clone();
    let held = way.hold(Verb::Insert);
    let alone = begun(scheduler.add(nap(0)).id("alone").at(FAR));
    drop(begun(scheduler.add(nap(0)).id("gone").at(FAR)));
    scheduler.add(nap(0)).id("queued").at(FAR).await.unwrap();
    held.release();
    alone.await.unwrap();
    assert!(scheduler.get_job("gone").await.unwrap().is_none());
    assert_eq!(cluster.told(0, EventMask::JOB_ADDED).len(), 2);
}

/// It is in the store by then, and runs in time.
#[tokio::test]
async fn whoever_stops_waiting_while_his_job_is_written_has_it_run() {
    for is_answered in [false, true] {
        let (mut cluster, way) = one_node().await;
        let scheduler = cluster.nodes[0].scheduler.clone();
        let held = way.hold(Verb::Insert);
        let mut held_too = way.hold(Verb::Insert);
        let alone = begun(scheduler.add(nap(0)).id("alone").at(FAR));
        let gone = begun(scheduler.add(nap(0)).id("gone").at("2026-01-01 00:00:01"));
        held_too.reached().await;
        let gone = is_answered.then_some(gone);
        held_too.release();
        while stored(&cluster).await == 0 {
            tokio::task::yield_now().await;
        }
        cluster.settle().await;
        drop(gone);
        cluster.advance(SECOND).await;
        assert_eq!(cluster.told(0, EventMask::JOB_EXECUTED).len(), 1);
        held.release();
        alone.await.unwrap();
    }
}
