//! Inserting, and an empty store.

use super::race::race;
use super::row::Row;
use super::run::Proof;
use super::site::Site;

pub(super) async fn an_empty_store_answers_with_nothing(site: &Site) -> Proof {
    let store = site.store().await?;
    assert_eq!(store.row("a").await?, None);
    assert_eq!(store.row("").await?, None);
    assert_eq!(store.page(None, 10).await?, []);
    assert_eq!(store.page(Some(""), 10).await?, []);
    assert_eq!(store.due_rows("default", i64::MAX, 10).await?, []);
    assert_eq!(store.earliest(&["default"]).await?, None);
    assert_eq!(store.earliest(&[]).await?, None);
    assert_eq!(store.lane_names().await?, [""; 0]);
    store.clear().await
}

pub(super) async fn an_empty_batch_does_nothing(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = Row::new("a").due(1);
    store.put(row.alone()).await?;
    assert_eq!(store.insert(Vec::new()).await?, [false; 0]);
    assert_eq!(store.swap(Vec::new()).await?, [false; 0]);
    assert_eq!(store.walk(10).await?, row.alone());
    Ok(())
}

pub(super) async fn insert_answers_for_each_record_in_order(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = |id: &str, body: &str| Row::new(id).due(1).body(body);
    let before = row("b", "before").lane("other").due(77);
    store.put(before.alone()).await?;
    // `b` is in the store, and `c` is twice in the batch.
    let batch = [row("a", "1"), row("b", "2"), row("c", "3"), row("c", "4"), row("d", "5")];
    assert_eq!(store.insert_rows(&batch).await?, [true, false, true, false, true]);
    let expected = [row("a", "1"), before, row("c", "3"), row("d", "5")];
    assert_eq!(store.walk(10).await?, expected);
    assert_eq!(store.due_rows("other", i64::MAX, 10).await?, expected[1..2]);

    assert_eq!(store.insert_rows(&batch).await?, [false; 5]);
    assert_eq!(store.walk(10).await?, expected);
    Ok(())
}

pub(super) async fn an_inserted_record_keeps_its_revision(site: &Site) -> Proof {
    let store = site.store().await?;
    // The third is like core's, which are moments in microseconds.
    let row = |revision: u64| Row::new(format!("{revision:019}")).due(1).at(revision);
    let mut rows = [1, 7, 1_800_000_000_000_000, 1 << 62].map(row);
    store.put(&rows).await?;
    assert_eq!(store.walk(10).await?, rows);
    assert_eq!(store.row(&rows[3].id).await?.as_ref(), Some(&rows[3]));
    for row in &mut rows {
        let (before, after) = (row.clone(), row.clone().rewritten());
        assert!(!store.write(&after.clone().rewritten()).await?, "a revision it does not have yet");
        assert!(store.write(&after).await?);
        assert!(!store.delete(&before).await?, "a revision that it had");
        *row = after;
    }
    assert_eq!(store.walk(10).await?, rows);
    let mut due = store.due_rows("default", 1, 10).await?;
    due.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(due, rows);
    Ok(())
}

pub(super) async fn an_id_that_was_deleted_can_be_inserted_again(site: &Site) -> Proof {
    let store = site.store().await?;
    let first = Row::new("a").due(5);
    let lives = [1, 10, 100].map(|revision| first.clone().at(revision));
    for row in &lives {
        store.put(row.alone()).await?;
        let second = row.clone().rewritten().due(6);
        assert!(store.write(&second).await?);
        assert!(!store.delete(row).await?);
        assert!(store.delete(&second).await?);
    }
    let last = first.clone().at(1_000);
    store.put(last.alone()).await?;
    // What was decided on an earlier one.
    for row in &lives {
        assert!(!store.write(&row.clone().rewritten()).await?);
        assert!(!store.delete(row).await?);
    }
    assert_eq!(store.walk(10).await?, last.alone());
    assert_eq!(store.due_rows("default", 10, 10).await?, last.alone());
    assert!(store.delete(&last).await?);
    // Whoever inserts may begin again as well.
    store.put(first.alone()).await?;
    assert_eq!(store.walk(10).await?, first.alone());
    Ok(())
}

pub(super) async fn of_concurrent_inserts_of_an_id_exactly_one_takes_effect(site: &Site) -> Proof {
    let stores = site.stores(4).await?;
    for round in 0..10 {
        let row = |racer: usize| Row::new(format!("{round}")).due(round).body(format!("{racer}"));
        let inserted = race(16, |racer| {
            let (store, row) = (stores[racer % stores.len()].clone(), row(racer));
            // Others that nobody else inserts, around the one that all do.
            let own = |side: &str| Row::new(format!("{round} {racer} {side}"));
            let batch = [own("first"), row, own("last")];
            async move { store.insert_rows(&batch).await }
        });
        let inserted = inserted.await?;
        assert!(inserted.iter().all(|each| each[0] && each[2]), "{inserted:?}");
        let winners: Vec<usize> = (0..16).filter(|racer| inserted[*racer][1]).collect();
        assert_eq!(winners.len(), 1, "round {round}: inserted by {winners:?}");
        let stored = stores[0].row(&format!("{round}")).await?;
        assert_eq!(stored, Some(row(winners[0])));
    }
    assert_eq!(stores[1].walk(100).await?.len(), 10 + 10 * 16 * 2);
    Ok(())
}
