//! A move that is cut short at any of its calls, and done again.

use std::sync::Arc;

use sched_core::event::{EventKind, ParkReason};
use sched_core::{Error, EventMask, JobKey, Scheduler};
use sched_testkit::{EncodedStore, FaultyStore, Verb};

use crate::SECOND;
use crate::two_stores::{TwoStores, noted, told};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It fails, and does nothing.
    Early,
    /// It does what it does, and nobody knows.
    Late,
    /// Somebody else is faster.
    Lost,
    /// Whoever makes it dies before.
    Dies,
}

/// One call: to which of the two stores, which verb, and the how many-eth of its kind.
type Call = (usize, Verb, usize);

/// All calls that a move makes.
const CALLS: [Call; 11] = [
    (0, Verb::Get, 0),
    (0, Verb::Get, 1),
    (1, Verb::Get, 0),
    (1, Verb::Insert, 0),
    (0, Verb::Get, 2),
    (1, Verb::Get, 1),
    (0, Verb::Swap, 0),
    (1, Verb::Swap, 0),
    (0, Verb::Swap, 1),
    (0, Verb::Swap, 2),
    (1, Verb::Swap, 1),
];

/// How many of the calls above every move makes. The last two come only after a fault.
const ALWAYS: usize = 9;

type Faulty = Arc<FaultyStore<EncodedStore>>;

/// Lets the calls before it be, and spoils this one.
fn spoil(
    stores: &[Faulty; 2],
    (store, verb, nth): Call,
    fault: Fault,
) -> Option<sched_testkit::Held> {
    let store = &stores[store];
    for _ in 0..nth {
        // A call that is released before it comes.
        store.hold(verb).release();
    }
    match fault {
        Fault::Early => store.fail(verb, 1),
        Fault::Late => store.fail_late(verb, 1),
        Fault::Lost => store.lose_swaps(1),
        Fault::Dies => return Some(store.hold(verb)),
    }
    None
}

async fn mover(stores: &mut TwoStores) -> (Scheduler, [Faulty; 2]) {
    let faulty =
        [stores.a.clone(), stores.b.clone()].map(|store| Arc::new(FaultyStore::new(store)));
    let (scheduler, _) = stores.mover(faulty[0].clone(), faulty[1].clone()).await;
    (scheduler, faulty)
}

async fn moves(mover: &Scheduler) -> Result<(), Error> {
    mover.move_job(JobKey::from("job").in_store("a"), "b").await.map(drop)
}

/// Every fire is run once, whatever call fails in whatever way, and wherever the job is meanwhile.
#[tokio::test]
async fn a_move_that_is_cut_short_anywhere_and_done_again_misses_no_fire_and_doubles_none() {
    let faults = [Fault::Early, Fault::Late, Fault::Lost, Fault::Dies];
    let mut hit = 0;
    for call in CALLS {
        for fault in faults {
            if matches!(fault, Fault::Lost) && call.1 != Verb::Swap {
                continue;
            }
            let mut stores = TwoStores::new();
            stores.runners().await;
            let (scheduler, faulty) = mover(&mut stores).await;
            let job = scheduler.add(noted(0)).id("job").store("a").every(SECOND);
            job.coalesce(false).await.unwrap();
            stores.advance(2 * SECOND + SECOND / 2).await;

            let held = spoil(&faulty, call, fault);
            let case = format!("{fault:?} {call:?}");
            match held {
                Some(mut held) => {
                    tokio::select! {
                        done = moves(&scheduler) => done.unwrap(),
                        () = held.reached() => hit += 1,
                    }
                }
                None => hit += usize::from(moves(&scheduler).await.is_err()),
            }
            stores.advance(3 * SECOND).await;
            // Again, by somebody who knows nothing of the first time.
            let (scheduler, _) = mover(&mut stores).await;
            moves(&scheduler).await.unwrap_or_else(|error| panic!("{case}: {error}"));
            let there = stores.ids().await.map(|ids| ids.len());
            assert_eq!(there, [0, 1], "{case}");
            stores.advance(3 * SECOND).await;
            assert_eq!(stores.ran(), [1, 2, 3, 4, 5, 6, 7, 8], "{case}");
        }
    }
    // Each of the calls that are always made failed, failed late, and was not lived to see.
    assert!(hit >= ALWAYS * 3, "only {hit} of the faults came up");
}

/// Two move the same job, and one overtakes the other before each of its writes.
#[tokio::test]
async fn who_is_overtaken_sees_the_job_where_it_is() {
    for call in CALLS.into_iter().take(ALWAYS) {
        let mut stores = TwoStores::new();
        stores.runners().await;
        let (slow, faulty) = mover(&mut stores).await;
        let (fast, _) = mover(&mut stores).await;
        let job = slow.add(noted(0)).id("job").store("a").every(SECOND);
        job.coalesce(false).await.unwrap();
        stores.advance(2 * SECOND + SECOND / 2).await;
        let mut held = spoil(&faulty, call, Fault::Dies).unwrap();
        let moved = tokio::spawn(async move { moves(&slow).await });
        held.reached().await;
        moves(&fast).await.unwrap();
        held.release();
        moved.await.unwrap().unwrap_or_else(|error| panic!("{call:?}: {error}"));
        assert_eq!(stores.ids().await.map(|ids| ids.len()), [0, 1], "{call:?}");
        stores.advance(3 * SECOND).await;
        assert_eq!(stores.ran(), [1, 2, 3, 4, 5], "{call:?}");
    }
}

/// A job that has had its only fire where it went does not come back from where it was.
#[tokio::test]
async fn a_job_that_ended_before_its_move_was_finished_is_not_run_again() {
    let mut stores = TwoStores::new();
    stores.runners().await;
    let (scheduler, faulty) = mover(&mut stores).await;
    let at = sched_testkit::moment("2026-01-01T00:00:05Z");
    scheduler.add(noted(0)).id("job").store("a").at(at).await.unwrap();
    // The last write, that deletes what is left, comes to nothing.
    spoil(&faulty, (0, Verb::Swap, 1), Fault::Early);
    moves(&scheduler).await.unwrap_err();
    stores.advance(5 * SECOND).await;
    assert_eq!(stores.ran(), [5]);
    assert_eq!(stores.ids().await.map(|ids| ids.len()), [1, 0]);
    moves(&scheduler).await.unwrap();
    stores.advance(100 * SECOND).await;
    assert_eq!(stores.ran(), [5]);
    assert_eq!(stores.ids().await.map(|ids| ids.len()), [0, 0]);
}

/// Cut short where neither store runs the job, it is finished by whoever has both.
#[tokio::test]
async fn a_scheduler_that_has_both_stores_finishes_what_another_began() {
    let mut stores = TwoStores::new();
    let both = stores.describe().shared_jobstore("a", Arc::new(stores.a.clone()));
    let both = both.shared_jobstore("b", Arc::new(stores.b.clone()));
    stores.start(both).await;
    let (scheduler, faulty) = mover(&mut stores).await;
    let job = scheduler.add(noted(0)).id("job").store("a").every(SECOND);
    job.coalesce(false).await.unwrap();
    stores.advance(2 * SECOND + SECOND / 2).await;
    spoil(&faulty, (1, Verb::Swap, 0), Fault::Early);
    moves(&scheduler).await.unwrap_err();
    stores.advance(3 * SECOND).await;
    assert_eq!(stores.ran(), [1, 2], "nobody runs it on its way");
    stores.advance(9 * SECOND).await;
    // What is done in the background is not counted as idle.
    while stores.ids().await != [vec![], vec!["job".into()]] {
        stores.advance(SECOND / 10).await;
    }
    stores.advance(2 * SECOND).await;
    let ran = stores.ran();
    assert!(ran.len() > 10, "{ran:?}");
    assert!(ran.iter().copied().eq(1..=ran.len() as u64), "{ran:?}");
}

/// Where nobody has both stores, the job is not lost from sight.
#[tokio::test]
async fn a_job_on_its_way_is_seen_and_left_alone() {
    let mut stores = TwoStores::new();
    let [mut on_a, mut on_b] = stores.runners().await;
    let (scheduler, faulty) = mover(&mut stores).await;
    scheduler.add(noted(0)).id("job").store("a").every(SECOND).await.unwrap();
    stores.advance(2 * SECOND + SECOND / 2).await;
    spoil(&faulty, (1, Verb::Swap, 0), Fault::Early);
    moves(&scheduler).await.unwrap_err();

    let is_moving = |error: &Error| matches!(error, Error::Moving { store, .. } if &**store == "a");
    assert!(is_moving(&scheduler.get_job("job").await.unwrap_err()));
    assert!(is_moving(&scheduler.remove_job("job").await.unwrap_err()));
    assert!(is_moving(&scheduler.pause_job("job").await.unwrap_err()));
    assert!(is_moving(&scheduler.explain("job").await.unwrap_err()));
    assert_eq!(scheduler.cancel_runs("job").await.unwrap(), 0);
    assert!(is_moving(&scheduler.add(noted(0)).id("job").store("a").await.unwrap_err()));
    let kept = scheduler.add(noted(0)).id("job").store("b").await.unwrap_err();
    assert!(matches!(&kept, Error::Moving { store, .. } if &**store == "b"), "{kept}");
    assert!(kept.to_string().contains("move it again"), "{kept}");
    let third = scheduler.move_job("job", "default").await.unwrap_err();
    assert!(is_moving(&third), "{third}");

    stores.advance(300 * SECOND).await;
    let parked = told(&mut on_a, EventMask::JOB_PARKED);
    let [event] = &parked[..] else { panic!("{parked:?}") };
    let EventKind::JobParked { reason, .. } = &event.kind else { panic!("{event:?}") };
    assert_eq!(*reason, ParkReason::Moving("b".into()));
    assert_eq!(told(&mut on_b, EventMask::JOB_PARKED | EventMask::JOB_SUBMITTED).len(), 0);
    assert_eq!(stores.ran(), [1, 2]);
    // Late by 300 seconds, and coalesced as any job that was late.
    let moved = scheduler.move_jobs("a", "b").await.unwrap();
    assert!(moved.len() == 1 && moved[0].result.is_ok(), "{moved:?}");
    stores.advance(SECOND / 5).await;
    assert_eq!(stores.ran().len(), 3);
}
