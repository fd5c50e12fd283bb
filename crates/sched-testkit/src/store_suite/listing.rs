//! Listing in pages.

use super::row::Row;
use super::run::Proof;
use super::site::Site;

fn numbered(name: &str, count: i64) -> Vec<Row> {
    (0..count).map(|n| Row::new(format!("{n:03} {name}")).due(n % 10)).collect()
}

pub(super) async fn pages_list_every_record_once_in_order(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows = numbered("job", 50);
    let shuffled: Vec<Row> = (0..50).map(|n| rows[n * 27 % 50].clone()).collect();
    store.put(&shuffled).await?;
    for limit in [1, 2, 7, 10, 49, 50, 51, usize::MAX] {
        assert_eq!(store.walk(limit).await?, rows, "in pages of {limit}");
    }
    assert_eq!(store.page(None, 0).await?, []);
    Ok(())
}

pub(super) async fn only_the_last_page_is_short(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows = numbered("job", 30);
    store.put(&rows).await?;
    let mut listed = Vec::new();
    for limit in [10, 1, 3, 13, 3] {
        let last: Option<&Row> = listed.last();
        let page = store.page(last.map(|row| row.id.as_str()), limit).await?;
        assert_eq!(page.len(), limit, "there are as many");
        listed.extend(page);
    }
    assert_eq!(listed, rows);
    assert_eq!(store.page(Some(&rows[29].id), 10).await?, []);
    assert_eq!(store.page(Some(&rows[25].id), 10).await?, rows[26..]);
    Ok(())
}

pub(super) async fn a_page_may_begin_after_an_id_that_is_not_there(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows = [Row::new("b"), Row::new("d"), Row::new("f")];
    store.put(&rows).await?;
    for (after, expected) in
        [("", 0), ("a", 0), ("b", 1), ("b\0", 1), ("c", 1), ("e\u{10ffff}", 2), ("f", 3), ("z", 3)]
    {
        assert_eq!(store.page(Some(after), 10).await?, rows[expected..], "after {after:?}");
    }
    Ok(())
}

/// What is there all the time is listed exactly once, whatever comes, goes and moves meanwhile.
pub(super) async fn pages_stay_exact_while_others_write(site: &Site) -> Proof {
    let (store, other) = (site.store().await?, site.store().await?);
    let residents = numbered("resident", 60);
    let guests = numbered("guest", 60);
    store.put(&residents).await?;
    store.put(&guests).await?;
    let mut listed: Vec<Row> = Vec::new();
    let mut round = 0;
    loop {
        let after = listed.last().map(|row| row.id.clone());
        let page = store.page(after.as_deref(), 11).await?;
        let seen = page.len();
        listed.extend(page);
        if seen < 11 {
            break;
        }
        // Between two pages, guests before and after the place reached leave and come.
        let leave = [&guests[round], &guests[59 - round], &guests[30 + round]];
        assert_eq!(other.swap(leave.map(Row::delete).to_vec()).await?, [true; 3]);
        let come: Vec<Row> = ["", "000 a", "059 z"]
            .into_iter()
            .map(|start| Row::new(format!("{start} late guest {round}")))
            .collect();
        other.put(&come).await?;
        round += 1;
    }
    assert!(listed.is_sorted_by(|a, b| a.id < b.id), "in order, each once: {listed:?}");
    listed.retain(|row| row.id.ends_with("resident"));
    assert_eq!(listed, residents);
    Ok(())
}

/// As above, with the writes at any moment, and to the residents too.
pub(super) async fn pages_stay_exact_under_concurrent_writes(site: &Site) -> Proof {
    let (store, other) = (site.store().await?, site.store().await?);
    let residents = numbered("resident", 60);
    store.put(&residents).await?;
    let mut churned = residents.clone();
    let churn = tokio::spawn(async move {
        for round in 0..30 {
            let guests = numbered(&format!("guest {round}"), 20);
            other.put(&guests).await?;
            for row in churned.iter_mut().skip(round % 3).step_by(3) {
                let due = row.due.map_or(Some(5), |_| None);
                *row = row.clone().rewritten().due(due);
                assert!(other.write(row).await?);
            }
            let left: Vec<_> = guests.iter().map(Row::delete).collect();
            assert_eq!(other.swap(left).await?, [true; 20]);
        }
        Proof::Ok(())
    });
    let mut walks = 0;
    while !churn.is_finished() || walks == 0 {
        let mut ids: Vec<String> = store.walk(7).await?.into_iter().map(|row| row.id).collect();
        ids.retain(|id| id.ends_with("resident"));
        assert!(ids.iter().eq(residents.iter().map(|row| &row.id)), "walk {walks}: {ids:?}");
        walks += 1;
        tokio::task::yield_now().await;
    }
    churn.await.expect("the writes come to an end")
}
