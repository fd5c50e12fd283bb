//! Wall clocks that are wrong: the store's is the one that counts.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::event::EventKind;
use sched_core::{Clock, EventMask, Timestamp};
use sched_testkit::{EncodedStore, moment};

use crate::cluster::{Cluster, SECOND, START, nap};

/// The cluster's clock, with hands that are wrong.
#[derive(Debug)]
struct Wrong {
    clock: sched_testkit::ManualClock,
    micros: i64,
}

#[async_trait]
impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.now().as_micros() + self.micros)
    }

    fn steady(&self) -> Duration {
        self.clock.steady()
    }

    async fn sleep_until(&self, moment: Duration) {
        self.clock.sleep_until(moment).await;
    }

    async fn jumped(&self) -> i64 {
        self.clock.jumped().await
    }
}

const TEN_MINUTES: i64 = 600_000_000;

/// A cluster whose store has a clock, and two nodes ten minutes wrong, one each way.
async fn skewed() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.store = Arc::new(EncodedStore::new().with_clock(Arc::new(cluster.clock.clone())));
    for micros in [TEN_MINUTES, -TEN_MINUTES] {
        let clock = Wrong { clock: cluster.clock.clone(), micros };
        cluster.join(|builder| builder.clock(Arc::new(clock))).await;
    }
    cluster
}

#[tokio::test]
async fn clocks_ten_minutes_apart_make_no_fire_early_late_or_double() {
    let mut cluster = skewed().await;
    for (node, id) in [(0, "added ahead"), (1, "added behind")] {
        let add = cluster.nodes[node].scheduler.add(nap(0)).id(id).misfire_grace_time(SECOND);
        add.every(60 * SECOND).await.unwrap();
    }
    let mut fires = Vec::new();
    for _ in 0..60 {
        cluster.advance(10 * SECOND).await;
        let now = cluster.clock.now();
        for node in 0..2 {
            for event in cluster.told(node, EventMask::JOB_EXECUTED | EventMask::JOB_MISSED) {
                assert_eq!(event.code(), EventMask::JOB_EXECUTED);
                let run = event.run().unwrap();
                assert!(run.scheduled_run_time <= now, "{event:?} at {now}");
                assert!(now.since(run.scheduled_run_time) <= 10 * SECOND, "{event:?} at {now}");
                fires.push((run.job_id.to_string(), run.scheduled_run_time));
            }
        }
    }
    fires.sort();
    let minutes = (1..=10).map(|n| moment(START) + n * 60 * SECOND);
    let due = |id: &str| minutes.clone().map(move |at| (id.to_owned(), at)).collect::<Vec<_>>();
    assert_eq!(fires, [due("added ahead"), due("added behind")].concat());
}

#[tokio::test]
async fn the_skew_is_told_once_and_again_when_it_changes() {
    let mut cluster = skewed().await;
    cluster.advance(120 * SECOND).await;
    for (node, wrong) in [(0, TEN_MINUTES), (1, -TEN_MINUTES)] {
        let told = cluster.told(node, EventMask::CLOCK_SKEWED);
        let [event] = &told[..] else { panic!("{told:?}") };
        let EventKind::ClockSkewed { micros, .. } = event.kind else { panic!("{event:?}") };
        assert_eq!(micros, wrong);
    }
}

/// Somebody sets the clock of all machines, that of the store among them.
#[tokio::test]
async fn a_store_whose_clock_is_set_is_followed() {
    let mut cluster = skewed().await;
    cluster.nodes[0].scheduler.add(nap(0)).every(3_600 * SECOND).await.unwrap();
    cluster.settle().await;
    cluster.clock.set_wall(moment("2026-01-01T01:00:00Z"));
    cluster.advance(SECOND).await;
    let ran: usize = (0..2).map(|n| cluster.told(n, EventMask::JOB_EXECUTED).len()).sum();
    assert_eq!(ran, 1);
}
