//! Jobs that are added while another is being written go into the store together.

use std::sync::Arc;

use futures_util::FutureExt;
use sched_core::{Conflict, Error, EventMask, Job, JobRequest, JobStore};
use sched_testkit::{EncodedStore, FaultyStore, Verb};

use crate::cluster::{Cluster, nap};

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

#[tokio::test]
async fn when_the_write_for_all_fails_each_is_written_for_itself() {
    let (cluster, way) = one_node().await;
    let before = way.calls(Verb::Insert);
    let added = add(&cluster, &way, &ids(20), |way| way.fail(Verb::Insert, 1)).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert_eq!(stored(&cluster).await, 20);
    assert!(way.calls(Verb::Insert) - before > 19, "the first, the batch, and each");
}

/// The answer was lost on its way: what is there already is their own.
#[tokio::test]
async fn what_a_failed_write_has_inserted_is_no_conflict() {
    let (cluster, way) = one_node().await;
    let added = add(&cluster, &way, &ids(20), |way| way.fail_late(Verb::Insert, 1)).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert_eq!(stored(&cluster).await, 20);
    // Another's is.
    let again = cluster.nodes[0].scheduler.add(nap(0)).id("005").at(FAR).await;
    assert!(matches!(again, Err(Error::ConflictingId { .. })), "{again:?}");
    let scheduler = &cluster.nodes[0].scheduler;
    scheduler.add(nap(0)).id("005").at(FAR).on_conflict(Conflict::Replace).await.unwrap();
}

#[tokio::test]
async fn nor_is_what_a_failed_bulk_has_inserted() {
    let (cluster, way) = one_node().await;
    way.fail_late(Verb::Insert, 1);
    let request = |id: String| JobRequest::new(nap(0)).id(id).at(FAR);
    let added = cluster.nodes[0].scheduler.add_all(ids(20).into_iter().map(request)).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert_eq!(stored(&cluster).await, 20);
}

/// A future that is kept and not polled holds up nobody.
#[tokio::test]
async fn whoever_does_not_go_on_with_his_addition_holds_up_nobody() {
    let (cluster, way) = one_node().await;
    let scheduler = cluster.nodes[0].scheduler.clone();
    let held = way.hold(Verb::Insert);
    let mut kept =
        Box::pin(std::future::IntoFuture::into_future(scheduler.add(nap(0)).id("kept").at(FAR)));
    assert!(kept.as_mut().now_or_never().is_none());
    for id in ids(3) {
        scheduler.add(nap(0)).id(id).at(FAR).await.unwrap();
    }
    assert_eq!(stored(&cluster).await, 3);
    held.release();
    kept.await.unwrap();
    assert_eq!(stored(&cluster).await, 4);
}
