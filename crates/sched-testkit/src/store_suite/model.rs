//! Random operations, with the memory store telling what must come of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use sched_core::MemoryStore;
use sched_core::store::{Change, StoreError};

use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

const STEPS: usize = 600;
const IDS: [&str; 8] = ["", "a", "A", "a/b", "b", "b\0", "ä", "🦀"];
/// Those that records are inserted with.
const REVISIONS: [u64; 4] = [1, 7, 1_800_000_000_000_000, 1 << 62];
const LANES: [&str; 3] = ["default", "Default", "lane/2"];

/// Names the seed of a run that failed.
const SEED: &str = "SCHED_SEED";

pub(super) async fn random_operations_do_what_they_do_in_memory(site: &Site) -> Proof {
    let seed = match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("{SEED}={seed} is not a number")),
        Err(_) => fastrand::u64(..),
    };
    println!("to do the same again: {SEED}={seed}");
    let mut random = Rng::with_seed(seed);
    let model = Subject::over(Arc::new(MemoryStore::new()));
    let stores = site.stores(2).await?;
    for _ in 0..STEPS {
        let store = &stores[random.usize(..2)];
        step(&mut random, &model, store).await?;
    }
    assert_eq!(stores[0].walk(3).await?, model.walk(3).await?);
    Ok(())
}

async fn step(random: &mut Rng, model: &Subject, store: &Subject) -> Proof {
    match random.u8(..16) {
        0..3 => {
            let rows: Vec<Row> = (0..random.usize(1..4)).map(|_| random_row(random)).collect();
            let expected = model.insert_rows(&rows).await?;
            assert_eq!(store.insert_rows(&rows).await?, expected, "inserting {rows:?}");
        }
        3..8 => {
            let changes = random_changes(random, model).await?;
            let told = format!("{changes:?}");
            let expected = model.swap(changes.clone()).await?;
            assert_eq!(store.swap(changes).await?, expected, "doing {told}");
        }
        8 => {
            let id = random_of(random, &IDS);
            assert_eq!(store.row(id).await?, model.row(id).await?);
        }
        9 => {
            let after = random.bool().then(|| random_of(random, &IDS));
            let limit = random.usize(..6);
            let expected = model.page(after, limit).await?;
            assert_eq!(store.page(after, limit).await?, expected, "{limit} after {after:?}");
        }
        10..12 => due(random, model, store).await?,
        12 => {
            let lanes: Vec<&str> = LANES.into_iter().filter(|_| random.bool()).collect();
            let expected = model.earliest(&lanes).await?;
            assert_eq!(store.earliest(&lanes).await?, expected, "next of {lanes:?}");
        }
        13 => assert_eq!(store.lane_names().await?, model.lane_names().await?),
        14 => claim(random, model, store).await?,
        _ => assert_eq!(store.walk(100).await?, model.walk(100).await?),
    }
    Ok(())
}

/// Equal due times may come in any order: the times must be the model's, and each record too.
async fn due(random: &mut Rng, model: &Subject, store: &Subject) -> Proof {
    let lane = random_of(random, &LANES);
    // Late enough, more often than not, for several to be due: order and limit show only then.
    let (now, limit) = (random.i64(-20..60), random.usize(..6));
    let due = store.due_rows(lane, now, limit).await?;
    let expected = model.due_rows(lane, now, limit).await?;
    let times = |rows: &[Row]| rows.iter().map(|row| row.due).collect::<Vec<_>>();
    assert_eq!(times(&due), times(&expected), "{limit} due in {lane:?} at {now}");
    let ids: BTreeSet<&str> = due.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), due.len(), "each once: {due:?}");
    for row in &due {
        assert_eq!(row.lane, lane);
        assert_eq!(Some(row), model.row(&row.id).await?.as_ref());
    }
    Ok(())
}

/// A decision is made of the record alone, so that the order of equal due times does not matter.
async fn claim(random: &mut Rng, model: &Subject, store: &Subject) -> Proof {
    let lane = random_of(random, &LANES);
    let now = random_time(random);
    let salt = random.u64(..);
    let plan = |row: Row| {
        let number = (row.id.len() as u64 + row.revision).wrapping_add(salt);
        match number % 3 {
            0 => None,
            1 => Some(row.delete()),
            _ => Some(row.rewritten().due(i64::try_from(number % 40).ok()).body("claimed").write()),
        }
    };
    let expected = model.claim_rows(lane, now, 100, plan).await?;
    let claimed = store.claim_rows(lane, now, 100, plan).await?;
    assert_eq!((claimed.seen, claimed.won), (expected.seen, expected.won));
    assert_eq!(store.walk(100).await?, model.walk(100).await?, "after a claim");
    Ok(())
}

async fn random_changes(random: &mut Rng, model: &Subject) -> Result<Vec<Change>, StoreError> {
    let mut ids = IDS;
    random.shuffle(&mut ids);
    let mut changes = Vec::new();
    for id in &ids[..random.usize(1..4)] {
        let stored = model.row(id).await?.map_or(1, |row| row.revision);
        // Now and then at a revision that it had, or will have.
        let revision = match random.u8(..8) {
            0 => stored - 1,
            1 => stored + 1,
            2 => stored + 2,
            _ => stored,
        };
        let row = Row { id: (*id).to_owned(), ..random_row(random) };
        changes.push(match random.u8(..4) {
            0 => row.at(revision).delete(),
            _ => row.at(revision).rewritten().write(),
        });
    }
    Ok(changes)
}

fn random_row(random: &mut Rng) -> Row {
    let body: Vec<u8> = (0..random.usize(..20)).map(|_| random.u8(..)).collect();
    let due = random.bool().then(|| random_time(random));
    let row = Row::new(random_of(random, &IDS)).lane(random_of(random, &LANES)).due(due).body(body);
    row.at(REVISIONS[random.usize(..REVISIONS.len())])
}

fn random_time(random: &mut Rng) -> i64 {
    random.i64(-20..20)
}

fn random_of<'a>(random: &mut Rng, texts: &[&'a str]) -> &'a str {
    texts[random.usize(..texts.len())]
}
