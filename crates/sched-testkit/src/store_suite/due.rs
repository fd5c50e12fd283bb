//! The index: what is due, when the next is, and in which lanes.

use super::row::Row;
use super::run::Proof;
use super::site::Site;

const NOBODY: [&str; 0] = [];

pub(super) async fn due_takes_its_own_moment_in_and_nothing_later(site: &Site) -> Proof {
    let store = site.store().await?;
    for (number, now) in
        [0, 1_700_000_000_000_000, -1_000_000, -86_400_000_000_001].iter().enumerate()
    {
        let lane = format!("lane {number}");
        let row = |name: &str, due| Row::new(format!("{name} {number}")).lane(&lane).due(due);
        let rows = [row("before", now - 1), row("now", *now), row("after", now + 1)];
        store.put(&rows).await?;
        assert_eq!(store.due_rows(&lane, now - 2, 10).await?, []);
        assert_eq!(store.due_rows(&lane, now - 1, 10).await?, rows[..1]);
        assert_eq!(store.due_rows(&lane, *now, 10).await?, rows[..2]);
        assert_eq!(store.due_rows(&lane, now + 1, 10).await?, rows);
        assert_eq!(store.earliest(&[&lane]).await?, Some(now - 1));
    }
    Ok(())
}

pub(super) async fn due_gives_the_earliest_first_and_no_more_than_asked_for(site: &Site) -> Proof {
    let store = site.store().await?;
    let times: Vec<i64> = (0..100).map(|n: i64| (n * 37 % 100 - 50) * 1_000_003).collect();
    let mut rows: Vec<Row> =
        times.iter().enumerate().map(|(n, due)| Row::new(format!("{n}")).due(*due)).collect();
    store.put(&rows).await?;
    rows.sort_unstable_by_key(|row| row.due);
    for limit in [1, 7, 99, 100, 101, usize::MAX] {
        let due = store.due_rows("default", i64::MAX, limit).await?;
        assert_eq!(due, rows[..limit.min(100)], "limit {limit}");
    }
    // Some servers read a limit of nothing as no limit.
    assert_eq!(store.due_rows("default", i64::MAX, 0).await?, []);
    assert_eq!(store.due_rows("default", -1, 1_000).await?, rows[..50]);

    // Of equal ones, any may come first, and each comes.
    let equal: Vec<Row> =
        (0..10).map(|n| Row::new(format!("equal {n}")).lane("e").due(4)).collect();
    store.put(&equal).await?;
    assert_eq!(store.due_rows("e", 4, 3).await?.len(), 3);
    let mut all = store.due_rows("e", 4, 10).await?;
    all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(all, equal);
    Ok(())
}

pub(super) async fn a_record_without_a_due_time_is_never_due(site: &Site) -> Proof {
    let store = site.store().await?;
    let paused = Row::new("paused");
    let other = Row::new("other").lane("empty");
    let due = Row::new("due").due(5);
    store.put(&[paused.clone(), other.clone(), due.clone()]).await?;
    assert_eq!(store.due_ids("default", i64::MAX).await?, ["due"]);
    assert_eq!(store.due_ids("empty", i64::MAX).await?, NOBODY);
    assert_eq!(store.earliest(&["default", "empty"]).await?, Some(5));
    assert_eq!(store.earliest(&["empty"]).await?, None);

    // Paused and resumed, they change places.
    let (paused, due) = (paused.rewritten().due(i64::from(i32::MIN)), due.rewritten().due(None));
    assert_eq!(store.swap(vec![paused.write(), due.write()]).await?, [true, true]);
    assert_eq!(store.due_ids("default", i64::MAX).await?, ["paused"]);
    assert_eq!(store.earliest(&["default"]).await?, paused.due);
    assert_eq!(store.walk(10).await?, [due, other, paused]);
    Ok(())
}

pub(super) async fn due_keeps_lanes_apart(site: &Site) -> Proof {
    let store = site.store().await?;
    // Their names begin with one another's, as do those of ids and lanes run together.
    let lanes = ["a", "ab", "abc", "a:", "a:b", "b"];
    for (number, lane) in (0..).zip(lanes) {
        let row = |id: &str, due: i64| Row::new(format!("{id}{number}")).lane(lane).due(due);
        store.put(&[row("b", number), row("b:", 100 - number)]).await?;
    }
    for (number, lane) in (0..).zip(lanes) {
        let due = store.due_rows(lane, 1_000, 1_000).await?;
        assert!(due.iter().all(|row| row.lane == lane), "in lane {lane:?}: {due:?}");
        let ids: Vec<&str> = due.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, [format!("b{number}"), format!("b:{number}")]);
    }
    assert_eq!(store.due_ids("c", 1_000).await?, NOBODY);
    assert_eq!(store.due_ids("", 1_000).await?, NOBODY);
    Ok(())
}

pub(super) async fn next_due_is_the_earliest_of_the_lanes_asked_for(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = |id: &str, lane: &str, due: i64| Row::new(id).lane(lane).due(due);
    store
        .put(&[row("1", "a", 30), row("2", "a", 20), row("3", "b", -5), row("4", "c", 10)])
        .await?;
    for (lanes, expected) in [
        (&["a"][..], Some(20)),
        (&["b"], Some(-5)),
        (&["a", "c"], Some(10)),
        (&["c", "a"], Some(10)),
        (&["a", "b", "c"], Some(-5)),
        (&["a", "a", "nobody's"], Some(20)),
        (&["nobody's"], None),
        (&[], None),
    ] {
        assert_eq!(store.earliest(lanes).await?, expected, "of {lanes:?}");
    }
    Ok(())
}

pub(super) async fn lanes_are_those_with_a_due_time_each_once(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = |id: &str, lane: &str| Row::new(id).lane(lane);
    let rows = [row("1", "a").due(1), row("2", "a").due(2), row("3", "b").due(-3), row("4", "c")];
    store.put(&rows).await?;
    assert_eq!(store.lane_names().await?, ["a", "b"]);
    // One of two is deleted, the only one is paused, the paused one is resumed.
    let changes =
        vec![rows[0].delete(), row("3", "b").at(2).write(), row("4", "c").at(2).due(0).write()];
    assert_eq!(store.swap(changes).await?, [true; 3]);
    assert_eq!(store.lane_names().await?, ["a", "c"]);
    Ok(())
}

pub(super) async fn the_index_follows_every_change(site: &Site) -> Proof {
    let store = site.store().await?;
    let steady = Row::new("steady").due(1_000);
    let mut row = Row::new("moving").due(100);
    store.put(&[steady, row.clone()]).await?;
    for (lane, due) in [
        ("default", Some(50)),
        ("default", Some(2_000)),
        ("other", Some(2_000)),
        ("other", None),
        ("default", None),
        ("default", Some(-1)),
        ("other", Some(-1)),
        ("default", Some(1_000)),
    ] {
        row = row.rewritten().lane(lane).due(due);
        assert!(store.write(&row).await?);
        let mut in_default = vec![(1_000, "steady")];
        let mut in_other = Vec::new();
        let own = if lane == "other" { &mut in_other } else { &mut in_default };
        own.extend(due.map(|due| (due, "moving")));
        for (lane, mut expected) in [("default", in_default), ("other", in_other)] {
            expected.sort_unstable();
            assert_eq!(store.earliest(&[lane]).await?, expected.first().map(|(due, _)| *due));
            let mut due: Vec<(Option<i64>, String)> = store
                .due_rows(lane, i64::MAX, 10)
                .await?
                .into_iter()
                .map(|row| (row.due, row.id))
                .collect();
            due.sort_unstable();
            let expected = expected.into_iter().map(|(due, id)| (Some(due), id.to_owned()));
            assert_eq!(due, expected.collect::<Vec<_>>(), "in lane {lane:?}");
        }
    }
    assert!(store.delete(&row).await?);
    assert_eq!(store.due_ids("default", i64::MAX).await?, ["steady"]);
    Ok(())
}
