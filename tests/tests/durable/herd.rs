//! Of many idle schedulers one claims; the others do not make the store pay for it.

use std::sync::Arc;
use std::time::Duration;

use sched_core::store::Hint;
use sched_core::{EventMask, JobStore, Shutdown};
use sched_testkit::{EncodedStore, FaultyStore, ManualClock, Verb, moment};

use crate::cluster::{Cluster, SECOND, START, nap};

const NODES: usize = 10;
const FIRES: usize = 100;

#[tokio::test]
async fn ten_idle_schedulers_do_not_claim_ten_times_for_one_fire() {
    let mut cluster = Cluster::new();
    let mut ways = Vec::new();
    for _ in 0..NODES {
        let way = Arc::new(FaultyStore::new((*cluster.store).clone()));
        cluster.join_by(way.clone()).await;
        ways.push(way);
    }
    cluster.nodes[0].scheduler.add(nap(0)).every(SECOND).await.unwrap();
    // They come to know of each other by coming too late.
    cluster.advance(5 * SECOND).await;
    let count =
        |verb| ways.iter().map(|way: &Arc<FaultyStore<EncodedStore>>| way.calls(verb)).sum();
    let (claims, asked): (usize, usize) = (count(Verb::Claim), count(Verb::NextDue));
    cluster.advance(SECOND * FIRES as u32).await;
    let ran: usize = (0..NODES).map(|n| cluster.told(n, EventMask::JOB_EXECUTED).len()).sum();
    assert_eq!(ran, FIRES + 5);
    let (claims, asked) = (count(Verb::Claim) - claims, count(Verb::NextDue) - asked);
    assert!(claims <= FIRES + FIRES / 10, "{claims} claims for {FIRES} fires");
    assert!(asked <= FIRES * (NODES + 2), "{asked} looks for {FIRES} fires");
}

#[tokio::test]
async fn hints_that_have_piled_up_are_one_look() {
    let store = Arc::new(EncodedStore::new().with_hints());
    let clock = ManualClock::at(moment(START));
    let mut cluster = Cluster { clock, store: store.clone(), nodes: Vec::new() };
    cluster.join(|b| b).await;
    let way = Arc::new(FaultyStore::new((*store).clone()));
    cluster.join_by(way.clone()).await;
    cluster.advance(SECOND).await;
    let asked = way.calls(Verb::NextDue);
    for _ in 0..200 {
        store.tell(Hint::Anything).await.unwrap();
    }
    // A hint that is on its way does not keep a scheduler from being idle.
    while way.calls(Verb::NextDue) == asked {
        tokio::task::yield_now().await;
    }
    cluster.advance(SECOND).await;
    let asked = way.calls(Verb::NextDue) - asked;
    assert!((1..=5).contains(&asked), "{asked} looks for 200 hints at one moment");
}

/// The one that was always first is gone: another is, and at once.
#[tokio::test]
async fn whoever_lets_others_go_first_steps_in_when_they_do_not() {
    let mut cluster = Cluster::new();
    for _ in 0..3 {
        cluster.join(|b| b).await;
    }
    cluster.nodes[0].scheduler.add(nap(0)).every(SECOND).await.unwrap();
    cluster.advance(SECOND * 5 + SECOND / 2).await;
    let first = (0..3).max_by_key(|node| cluster.told(*node, EventMask::JOB_EXECUTED).len());
    cluster.nodes[first.unwrap()].scheduler.pause().unwrap();
    for second in 0..5 {
        cluster.advance(SECOND).await;
        let ran: usize = (0..3).map(|n| cluster.told(n, EventMask::JOB_EXECUTED).len()).sum();
        assert_eq!(ran, 1, "in second {second}");
    }
}

/// Schedulers on a store that passes on hints, and what they ask of it.
struct Herd {
    cluster: Cluster,
    /// The records, without a word to anybody.
    silent: EncodedStore,
    ways: Vec<Arc<FaultyStore<EncodedStore>>>,
}

impl Herd {
    async fn of(count: usize) -> Self {
        let silent = EncodedStore::new();
        let store = Arc::new(silent.clone().with_hints());
        let clock = ManualClock::at(moment(START));
        let mut cluster = Cluster { clock, store: store.clone(), nodes: Vec::new() };
        let mut ways = Vec::new();
        for _ in 0..count {
            let way = Arc::new(FaultyStore::new((*store).clone()));
            cluster.join_by(way.clone()).await;
            ways.push(way);
        }
        let mut herd = Herd { cluster, silent, ways };
        // They come to know of each other.
        herd.advance(20 * SECOND).await;
        herd
    }

    /// In steps that let everybody hear what the others tell: a hint that is on its way does not
    /// keep a scheduler from being idle.
    async fn advance(&mut self, span: Duration) {
        const STEP: Duration = Duration::from_millis(10);
        for _ in 0..span.as_millis() / STEP.as_millis() {
            self.cluster.advance(STEP).await;
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// What the store is asked in this time, all in all.
    async fn calls(&mut self, span: Duration) -> usize {
        let verbs = [Verb::Claim, Verb::Due, Verb::NextDue, Verb::Lanes, Verb::Swap, Verb::Now];
        let verbs = verbs.into_iter().chain([Verb::Tell]);
        let all = |ways: &[Arc<FaultyStore<EncodedStore>>]| -> usize {
            ways.iter().map(|way| verbs.clone().map(|verb| way.calls(verb)).sum::<usize>()).sum()
        };
        let before = all(&self.ways);
        self.advance(span).await;
        all(&self.ways) - before
    }

    fn ran(&mut self) -> usize {
        let nodes = 0..self.cluster.nodes.len();
        nodes.map(|node| self.cluster.told(node, EventMask::JOB_EXECUTED).len()).sum()
    }
}

#[tokio::test]
async fn four_schedulers_with_nothing_to_do_ask_hardly_more_than_one() {
    let alone = Herd::of(1).await.calls(100 * SECOND).await;
    let together = Herd::of(4).await.calls(100 * SECOND).await;
    assert!(alone >= 20, "{alone} calls are fewer than looks in 100 seconds");
    assert!(together * 2 <= alone * 3, "{together} calls of four, {alone} of one");
}

#[tokio::test]
async fn a_hint_of_what_is_due_later_makes_nobody_look_before_that() {
    let mut herd = Herd::of(1).await;
    let looks = |herd: &Herd| herd.ways[0].calls(Verb::NextDue);
    let tomorrow = moment(START) + 86_400 * SECOND;
    let before = looks(&herd);
    for _ in 0..100 {
        herd.cluster.store.tell(Hint::Due(tomorrow)).await.unwrap();
        herd.advance(SECOND / 10).await;
    }
    let asked = looks(&herd) - before;
    assert!(asked <= 3, "{asked} looks in ten seconds, with 100 hints of tomorrow");
}

#[tokio::test]
async fn what_nobody_was_told_of_is_found_also_when_whoever_looked_for_all_is_gone() {
    let mut herd = Herd::of(3).await;
    let scheduler = herd.cluster.describe_on(Arc::new(herd.silent.clone())).build().unwrap();
    scheduler.start_paused().await.unwrap();
    for left in (0..3).rev() {
        scheduler.add(nap(0)).await.unwrap();
        assert_eq!(herd.ran(), 0);
        // One and a half times `poll_interval`, for whoever was told last that nothing is due.
        herd.advance(8 * SECOND).await;
        assert_eq!(herd.ran(), 1);
        let asked = |n: &usize| herd.ways[*n].calls(Verb::Tell);
        let first = (0..=left).max_by_key(asked).unwrap();
        herd.ways.remove(first);
        let node = herd.cluster.nodes.remove(first);
        node.scheduler.shutdown(Shutdown::Wait).await.unwrap();
    }
}
