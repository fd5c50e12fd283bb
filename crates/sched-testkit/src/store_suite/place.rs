//! A store's place on its server: neighbours, clearing, opening again.

use sched_core::store::StoreError;

use super::race::race;
use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

/// Names that begin with the first one's, or that a table's index or a second key might bear.
const NEIGHBOURS: [&str; 5] = ["", "2", "_", "_due", "_lanes"];

async fn all_neighbours(site: &Site) -> Result<Vec<Subject>, StoreError> {
    let mut stores = Vec::new();
    for suffix in NEIGHBOURS {
        stores.push(site.neighbour(suffix).await?);
    }
    Ok(stores)
}

pub(super) async fn neighbours_see_nothing_of_one_another(site: &Site) -> Proof {
    let stores = all_neighbours(site).await?;
    let row = |n: i64| Row::new("same id").lane(format!("lane {n}")).due(n).body(format!("{n}"));
    for (n, store) in (0..).zip(&stores) {
        store.put(&[row(n)]).await?;
    }
    for (n, store) in (0..).zip(&stores) {
        assert_eq!(store.walk(10).await?, [row(n)]);
        assert_eq!(store.lane_names().await?, [row(n).lane]);
        for other in 0..5 {
            let expected = (n == other).then_some(n);
            assert_eq!(store.earliest(&[&row(other).lane]).await?, expected);
            assert_eq!(
                store.due_rows(&row(other).lane, 100, 10).await?.len(),
                usize::from(n == other)
            );
        }
    }
    for (n, store) in (0..).zip(&stores) {
        assert!(store.write(&row(n).rewritten()).await?, "a write next door does not count");
    }
    assert!(stores[1].delete(&row(1).rewritten()).await?);
    assert_eq!(stores[0].row("same id").await?, Some(row(0).rewritten()));
    Ok(())
}

pub(super) async fn clear_deletes_all_of_its_own_and_nothing_else(site: &Site) -> Proof {
    let stores = all_neighbours(site).await?;
    let rows = [
        Row::new("a").due(1),
        Row::new("b"),
        Row::new("c").lane("other").due(-5),
        Row::new("d").body(*b"\xff\xff"),
    ];
    for store in &stores {
        store.put(&rows).await?;
    }
    // Each in turn, so that each has some to its right that are still full.
    for (n, store) in stores.iter().enumerate() {
        store.clear().await?;
        assert_eq!(store.walk(10).await?, []);
        assert_eq!(store.row("b").await?, None);
        assert_eq!(store.due_rows("default", i64::MAX, 10).await?, []);
        assert_eq!(store.earliest(&["default", "other"]).await?, None);
        assert_eq!(store.lane_names().await?, [""; 0]);
        for other in &stores[n + 1..] {
            assert_eq!(other.walk(10).await?, rows, "next door");
            assert_eq!(other.earliest(&["default", "other"]).await?, Some(-5));
        }
        // A cleared store is as good as new.
        store.put(&rows[..1]).await?;
        assert_eq!(store.due_rows("default", 1, 10).await?, rows[..1]);
        store.clear().await?;
        store.clear().await?;
    }
    Ok(())
}

pub(super) async fn an_acknowledged_write_survives_reopening(site: &Site) -> Proof {
    let mut store = site.store().await?;
    let mut rows = vec![
        Row::new("kept").lane("threads").due(1_700_000_000_123_456).body(*b"\x01kept"),
        Row::new("moved").due(1),
        Row::new("paused").due(2),
    ];
    store.put(&rows).await?;
    store.put(&[Row::new("deleted").due(0)]).await?;
    for round in 0..3 {
        rows[1] = rows[1].clone().rewritten().due(round - 1).body(format!("round {round}"));
        rows[2] = rows[2].clone().rewritten().due(None);
        let changes = vec![rows[1].write(), rows[2].write()];
        assert_eq!(store.swap(changes).await?, [true, true]);
        if round == 0 {
            assert!(store.delete(&Row::new("deleted")).await?);
        }
        store = site.reopen(store).await?;
        assert_eq!(store.walk(10).await?, rows);
        assert_eq!(store.due_rows("threads", i64::MAX, 10).await?, rows[..1]);
        assert_eq!(store.due_rows("default", i64::MAX, 10).await?, rows[1..2]);
        assert_eq!(store.lane_names().await?, ["default", "threads"]);
    }
    Ok(())
}

pub(super) async fn a_closed_store_opens_again(site: &Site) -> Proof {
    let store = site.store().await?;
    let mut row = Row::new("a").due(1);
    store.put(row.alone()).await?;
    for _ in 0..3 {
        store.close().await?;
        store.open().await?;
        assert_eq!(store.walk(10).await?, row.alone());
        row = row.rewritten();
        assert!(store.write(&row).await?);
    }
    Ok(())
}

pub(super) async fn opening_changes_nothing_that_is_there(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = Row::new("a").due(1);
    store.put(row.alone()).await?;
    store.open().await?;
    let other = site.store().await?;
    assert_eq!(store.walk(10).await?, row.alone());
    assert_eq!(other.walk(10).await?, row.alone());
    // Nor does one object's end trouble another.
    drop(other);
    assert_eq!(store.due_rows("default", 1, 10).await?, row.alone());
    Ok(())
}

/// As when a fleet starts: all find nothing, and all make the place of the records.
pub(super) async fn many_may_open_a_new_place_at_once(site: &Site) -> Proof {
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(site.unopened("").await);
    }
    let opened = race(8, |racer| {
        let store = stores[racer].clone();
        async move {
            store.open().await?;
            store.put(&[Row::new(format!("{racer}")).due(0)]).await
        }
    });
    opened.await?;
    for store in stores {
        assert_eq!(store.due_rows("default", 0, 100).await?.len(), 8);
    }
    Ok(())
}

pub(super) async fn what_one_writes_all_see_at_once(site: &Site) -> Proof {
    let (writer, reader) = (site.store().await?, site.store().await?);
    let mut row = Row::new("a").due(100);
    // The reader has looked before, and must not remember.
    assert_eq!(reader.row("a").await?, None);
    assert_eq!(reader.lane_names().await?, [""; 0]);
    writer.put(row.alone()).await?;
    for round in 0..5 {
        assert_eq!(reader.row("a").await?.as_ref(), Some(&row));
        assert_eq!(reader.walk(10).await?, row.alone());
        assert_eq!(reader.lane_names().await?, [row.lane.as_str()]);
        assert_eq!(reader.earliest(&[&row.lane]).await?, row.due);
        assert_eq!(reader.due_rows(&row.lane, i64::MAX, 10).await?, row.alone());
        row = row.rewritten().lane(format!("lane {round}")).due(round).body(format!("{round}"));
        assert!(writer.write(&row).await?);
    }
    assert!(reader.delete(&row).await?);
    assert_eq!(writer.row("a").await?, None);
    assert_eq!(writer.due_rows(&row.lane, i64::MAX, 10).await?, []);
    Ok(())
}
