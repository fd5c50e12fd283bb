//! A job that is removed and added again under its id.

use sched_core::store::{Change, Record};
use sched_core::{JobId, JobStore};

use crate::cluster::{Cluster, SECOND, nap};

#[tokio::test]
async fn nothing_decided_on_a_job_hits_the_next_one_of_its_id() {
    let mut cluster = Cluster::new();
    let node = cluster.join(|b| b).await;
    let scheduler = cluster.nodes[node].scheduler.clone();
    let id = JobId::from("again");
    let mut seen: Vec<Record> = Vec::new();
    for life in 0..3 {
        if life > 0 {
            scheduler.remove_job("again").await.unwrap();
        }
        scheduler.add(nap(1)).id("again").every(10 * SECOND).await.unwrap();
        for _ in 0..4 {
            seen.push(cluster.store.get(&id).await.unwrap().unwrap());
            cluster.advance(10 * SECOND).await;
        }
    }
    let now = cluster.store.get(&id).await.unwrap().unwrap();
    // And so do fencing tokens, which are revisions.
    assert!(seen.iter().chain([&now]).is_sorted_by(|a, b| a.revision < b.revision), "they grow");
    for old in seen {
        let change = Change { id: old.id, revision: old.revision, to: None };
        assert_eq!(cluster.store.swap(vec![change]).await.unwrap(), [false]);
    }
    scheduler.remove_job("again").await.unwrap();
}
