//! Claiming, by the default method or by the store's own.

use std::collections::BTreeMap;

use sched_core::store::Change;

use super::race::race;
use super::row::Row;
use super::run::Proof;
use super::site::Site;

const NOW: i64 = 1_000;

fn numbered(count: i64) -> Vec<Row> {
    (0..count).map(|n| Row::new(format!("{n:03}")).due(n)).collect()
}

pub(super) async fn claim_does_what_the_planner_decides(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows = numbered(8);
    let elsewhere = Row::new("elsewhere").lane("other").due(0);
    let later = Row::new("later").due(1_001);
    store.put(&rows).await?;
    store.put(&[elsewhere.clone(), later.clone()]).await?;
    let mut asked = Vec::new();
    let plan = |row: Row| {
        asked.push(row.clone());
        // Every fourth record each: left, moved, deleted, and changed at a revision that it no
        // longer has, as if somebody had been faster.
        match row.due.map(|due| due % 4) {
            Some(1) => Some(row.rewritten().due(5_000).lane("moved").body("claimed").write()),
            Some(2) => Some(row.delete()),
            Some(3) => Some(Change { revision: 7, ..row.rewritten().body("wrong").write() }),
            _ => None,
        }
    };
    let claimed = store.claim_rows("default", NOW, 100, plan).await?;
    assert_eq!(asked, rows, "the planner sees each due record once, as stored, the earliest first");
    assert_eq!(claimed.seen, 8);
    assert_eq!(claimed.won, [true, true, false, true, true, false]);
    let moved = |n: usize| rows[n].clone().rewritten().due(5_000).lane("moved").body("claimed");
    let left = |n: usize| rows[n].clone();
    let expected = [left(0), moved(1), left(3), left(4), moved(5), left(7), elsewhere, later];
    assert_eq!(store.walk(100).await?, expected);
    assert_eq!(store.earliest(&["moved"]).await?, Some(5_000));
    assert_eq!(store.due_ids("default", 1_000).await?, ["000", "003", "004", "007"]);
    Ok(())
}

pub(super) async fn what_the_planner_leaves_stays_as_it_is(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows = numbered(5);
    store.put(&rows).await?;
    for _ in 0..3 {
        let claimed = store.claim_rows("default", NOW, 100, |_| None).await?;
        assert_eq!(claimed.seen, 5);
        assert_eq!(claimed.won, [false; 0], "nothing was asked for");
    }
    assert_eq!(store.walk(100).await?, rows);
    // It is not kept from others either.
    let row = rows[0].clone().rewritten();
    assert!(store.write(&row).await?);
    Ok(())
}

pub(super) async fn claim_looks_at_no_more_than_asked_for(site: &Site) -> Proof {
    let store = site.store().await?;
    store.put(&numbered(10)).await?;
    let mut claimed = Vec::new();
    for expected in [4, 4, 2, 0] {
        let plan = |row: Row| {
            claimed.push(row.id.clone());
            Some(row.rewritten().due(None).write())
        };
        let answer = store.claim_rows("default", NOW, 4, plan).await?;
        assert_eq!(answer.seen, expected);
        assert_eq!(answer.won, vec![true; expected]);
    }
    assert!(claimed.is_sorted(), "the earliest first: {claimed:?}");
    assert_eq!(claimed.len(), 10);
    assert_eq!(store.claim_rows("default", NOW, 0, |_| None).await?.seen, 0);
    Ok(())
}

pub(super) async fn each_record_is_claimed_by_exactly_one_of_many_racers(site: &Site) -> Proof {
    const RECORDS: usize = 200;
    let stores = site.stores(4).await?;
    stores[0].put(&numbered(RECORDS as i64)).await?;
    let claims = race(8, |racer| {
        let store = stores[racer % stores.len()].clone();
        async move {
            let mut own = Vec::new();
            // Far more attempts than needed: some see only what others are faster with.
            for _ in 0..RECORDS {
                let mut planned = Vec::new();
                let plan = |row: Row| {
                    planned.push(row.id.clone());
                    Some(row.rewritten().due(None).body(format!("claimed by {racer}")).write())
                };
                let claimed = store.claim_rows("default", NOW, 16, plan).await?;
                let won = planned.into_iter().zip(claimed.won).filter(|(_, won)| *won);
                own.extend(won.map(|(id, _)| id));
                tokio::task::yield_now().await;
            }
            Ok(own)
        }
    });
    let claims = claims.await?;
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (racer, own) in claims.iter().enumerate() {
        for id in own {
            let before = owners.insert(id, racer);
            assert_eq!(before, None, "{id} was claimed by {racer} too");
        }
    }
    assert_eq!(owners.len(), RECORDS, "each is claimed by somebody");
    for row in stores[0].walk(100).await? {
        let expected = format!("claimed by {}", owners[row.id.as_str()]);
        assert_eq!(row, Row::new(&row.id).body(expected).at(2));
    }
    Ok(())
}
