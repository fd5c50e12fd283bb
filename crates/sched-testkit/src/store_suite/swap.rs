//! Conditional writes, one after the other.

use super::row::Row;
use super::run::Proof;
use super::site::Site;

pub(super) async fn the_revision_grows_by_one_with_every_write(site: &Site) -> Proof {
    let store = site.store().await?;
    let mut row = Row::new("a").due(1);
    store.put(row.alone()).await?;
    for expected in 1..=12 {
        assert_eq!(store.row("a").await?.map(|row| row.revision), Some(expected));
        // A write that changes nothing but the revision is a write too.
        row = row.rewritten();
        assert!(store.write(&row).await?);
        // What fails does not count.
        assert!(!store.write(&row).await?);
        assert!(!store.insert_rows(row.alone()).await?[0]);
    }
    assert_eq!(store.due_rows("default", 1, 10).await?, row.alone());
    assert_eq!(store.walk(10).await?, row.alone());
    Ok(())
}

pub(super) async fn a_change_at_another_revision_does_nothing(site: &Site) -> Proof {
    let store = site.store().await?;
    let mut row = Row::new("a").due(10);
    store.put(row.alone()).await?;
    for _ in 0..2 {
        row = row.rewritten();
        assert!(store.write(&row).await?);
    }
    for revision in [0, 1, 2, 4, 5, u64::from(u32::MAX), i64::MAX.unsigned_abs(), u64::MAX] {
        let other = row.clone().at(revision);
        let mut write = other.clone().due(1).lane("wrong").body("wrong").write();
        write.revision = revision;
        assert_eq!(store.swap(vec![write]).await?, [false], "written at revision {revision}");
        assert!(!store.delete(&other).await?, "deleted at revision {revision}");
        assert_eq!(store.row("a").await?.as_ref(), Some(&row));
    }
    assert_eq!(store.lane_names().await?, ["default"]);
    assert_eq!(store.due_rows("default", 10, 10).await?, row.alone());
    assert!(store.delete(&row).await?, "deleted at its own revision");
    Ok(())
}

pub(super) async fn a_change_of_a_missing_record_makes_nothing(site: &Site) -> Proof {
    let store = site.store().await?;
    for revision in [1, 2, u64::MAX] {
        assert!(!store.write(&Row::new("missing").due(1).at(revision)).await?);
        assert!(!store.delete(&Row::new("missing").at(revision)).await?);
    }
    assert_eq!(store.walk(10).await?, []);
    assert_eq!(store.due_rows("default", i64::MAX, 10).await?, []);
    assert_eq!(store.lane_names().await?, [""; 0]);
    Ok(())
}

pub(super) async fn a_deleted_record_is_gone_everywhere(site: &Site) -> Proof {
    let store = site.store().await?;
    let (gone, left) = (Row::new("gone").due(1), Row::new("left").lane("other").due(2));
    store.put(&[gone.clone(), left.clone()]).await?;
    assert!(store.delete(&gone).await?);
    assert!(!store.delete(&gone).await?, "deleted once only");
    assert!(!store.write(&gone.rewritten()).await?, "not brought back");
    assert_eq!(store.row("gone").await?, None);
    assert_eq!(store.walk(10).await?, left.alone());
    assert_eq!(store.due_rows("default", i64::MAX, 10).await?, []);
    assert_eq!(store.earliest(&["default", "other"]).await?, Some(2));
    assert_eq!(store.lane_names().await?, ["other"]);
    Ok(())
}

pub(super) async fn a_batch_answers_for_each_change_in_order(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = |id: &str| Row::new(id).due(1);
    store.put(&["a", "b", "c", "d", "e", "f"].map(row)).await?;
    let changed = |id: &str| row(id).rewritten().due(2).body("changed");
    let stale = |id: &str| changed(id).at(9);
    let changes = vec![
        stale("f").write(),
        changed("b").write(),
        row("missing").delete(),
        row("c").delete(),
        stale("d").delete(),
        changed("missing too").write(),
        changed("a").write(),
        row("e").at(3).delete(),
    ];
    let expected = [false, true, false, true, false, false, true, false];
    assert_eq!(store.swap(changes).await?, expected);
    let left = [changed("a"), changed("b"), row("d"), row("e"), row("f")];
    assert_eq!(store.walk(10).await?, left);
    assert_eq!(store.due_rows("default", 1, 10).await?.len(), 3);

    // The first and the last of a batch have nothing special.
    let changes = vec![row("d").delete(), stale("e").write(), changed("f").write()];
    assert_eq!(store.swap(changes).await?, [true, false, true]);
    assert_eq!(store.walk(10).await?, [changed("a"), changed("b"), row("e"), changed("f")]);
    Ok(())
}

pub(super) async fn a_store_never_deletes_or_alters_what_it_was_not_told_to(site: &Site) -> Proof {
    let store = site.store().await?;
    let bystanders = [
        Row::new("1 paused"),
        Row::new("2 long overdue").due(-60_000_000_000_000_000),
        Row::new("3 of no executor").lane("nobody's").due(0),
        Row::new("4 undecodable").due(1).body(*b"\xde\xad\xbe\xef"),
        Row::new("5 empty").due(2).body([]),
        Row::new("6 foreign").due(3).body(*b"\x80\x04\x95"),
    ];
    store.put(&bystanders).await?;
    for round in 0..3 {
        let own = Row::new(format!("own {round}")).due(0);
        assert_eq!(store.insert_rows(&[bystanders[2].clone(), own.clone()]).await?, [false, true]);
        assert!(!store.write(&bystanders[1].clone().at(5).body("wrong")).await?);
        assert!(!store.delete(&bystanders[3].clone().at(2)).await?);
        store.due_rows("default", i64::MAX, 100).await?;
        let pause_own = |row: Row| (row == own).then(|| row.rewritten().due(None).write());
        let claimed = store.claim_rows("default", i64::MAX, 100, pause_own).await?;
        assert_eq!(claimed.won, [true]);
        store.earliest(&["default", "nobody's"]).await?;
        store.walk(2).await?;
        assert!(store.delete(&own.rewritten()).await?);
        store.open().await?;
    }
    assert_eq!(store.walk(10).await?, bystanders);
    let due = store.due_rows("default", i64::MAX, 100).await?;
    let expected = [1, 3, 4, 5].map(|n| bystanders[n].clone());
    assert_eq!(due, expected);
    let store = site.reopen(store).await?;
    assert_eq!(store.walk(10).await?, bystanders);
    Ok(())
}
