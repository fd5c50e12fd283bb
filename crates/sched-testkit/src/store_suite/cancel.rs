//! Calls whose future is dropped before they are done.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use sched_core::store::StoreError;

use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

/// Calls are dropped after 0, 1, .. polls. None known needs as many.
const POLLS: usize = 16;
/// What a call that is not dropped takes at the very most.
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls `call` up to this many times, then drops it. What it returned, if it got so far.
async fn drop_after<T>(polls: usize, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let mut left = polls;
    let outcome = poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match call.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    outcome.await
}

async fn in_time<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(result) => result,
        Err(_) => panic!("a call hangs after another was dropped"),
    }
}

type Call<'a> = Pin<Box<dyn Future<Output = Proof> + Send + 'a>>;

/// A call of each verb. The writes are to records of their own.
fn calls(store: &Subject, round: usize) -> Vec<Call<'_>> {
    let row = Row::new(format!("dropped {round}")).lane("dropped").due(0);
    let changed = row.clone().rewritten().due(1);
    vec![
        Box::pin(async { store.put(&[row]).await }),
        Box::pin(async { store.row("steady").await.map(drop) }),
        Box::pin(async { store.walk(1).await.map(drop) }),
        Box::pin(async { store.due_ids("dropped", i64::MAX).await.map(drop) }),
        Box::pin(async { store.earliest(&["default", "dropped"]).await.map(drop) }),
        Box::pin(async { store.lanes().await.map(drop) }),
        Box::pin(async move { store.write(&changed).await.map(drop) }),
        Box::pin(async move {
            let end = |row: Row| Some(row.delete());
            store.claim_rows("dropped", i64::MAX, 10, end).await.map(drop)
        }),
        Box::pin(async { store.changes().await.map(drop) }),
        Box::pin(async { store.now().await.map(drop) }),
    ]
}

pub(super) async fn dropping_a_call_leaves_the_store_usable(site: &Site) -> Proof {
    let store = site.store().await?;
    let mut steady = Row::new("steady").due(0);
    store.put(steady.alone()).await?;
    let mut round = 0;
    for polls in 0..POLLS {
        for verb in 0..calls(&store, 0).len() {
            round += 1;
            drop_after(polls, calls(&store, round).swap_remove(verb)).await.transpose()?;
            steady = steady.rewritten();
            assert!(in_time(store.write(&steady)).await?);
            assert_eq!(in_time(store.row("steady")).await?.as_ref(), Some(&steady));
            let fresh = Row::new(format!("fresh {round}")).due(1);
            in_time(store.put(fresh.alone())).await?;
            let due = in_time(store.due_rows("default", 1, 10)).await?;
            assert_eq!(due, [steady.clone(), fresh.clone()]);
            assert!(in_time(store.delete(&fresh)).await?);
        }
    }
    Ok(())
}

/// The write may still be on its way when its call is dropped. A write that follows it settles
/// whether it took effect, and from then on every verb must tell the same.
pub(super) async fn a_dropped_write_happened_whole_or_not_at_all(site: &Site) -> Proof {
    let store = site.store().await?;
    for polls in 0..POLLS {
        let old = Row::new(format!("change {polls}")).lane("old").due(1).body("old");
        let new = old.clone().rewritten().lane("new").due(2).body("new");
        store.put(old.alone()).await?;
        drop_after(polls, store.write(&new)).await.transpose()?;
        settle(&store, &[old, new]).await?;

        let old = Row::new(format!("deletion {polls}")).lane("old").due(1).body("old");
        store.put(old.alone()).await?;
        drop_after(polls, store.delete(&old)).await.transpose()?;
        settle(&store, &[old]).await?;
    }
    // One that was dropped may come late, and would bring back what was deleted meanwhile: nothing
    // is.
    for polls in 0..POLLS {
        let new = Row::new(format!("insertion {polls}")).lane("new").due(2).body("new");
        drop_after(polls, store.put(new.alone())).await.transpose()?;
        in_time(store.insert_rows(new.alone())).await?;
        assert_eq!(in_time(store.row(&new.id)).await?.as_ref(), Some(&new));
        assert_eq!(in_time(store.due_rows("new", i64::MAX, 10)).await?, std::slice::from_ref(&new));
        let settled = new.rewritten().lane("settled").due(3).body("settled");
        assert!(in_time(store.write(&settled)).await?);
        assert_eq!(in_time(store.row(&settled.id)).await?.as_ref(), Some(&settled));
        assert_eq!(in_time(store.due_rows("new", i64::MAX, 10)).await?, []);
        assert_eq!(in_time(store.due_rows("settled", 3, 100)).await?.len(), polls + 1);
    }
    Ok(())
}

/// Writes the one record of the store, which is as one of `allowed` or gone, until a write wins,
/// and sees that there is no trace left of what it was before.
async fn settle(store: &Subject, allowed: &[Row]) -> Proof {
    let settled = loop {
        let Some(row) = in_time(store.row(&allowed[0].id)).await? else {
            break None;
        };
        assert!(allowed.contains(&row), "half written: {row:?}");
        let settled = row.rewritten().lane("settled").due(3).body("settled");
        if in_time(store.write(&settled)).await? {
            break Some(settled);
        }
    };
    let rows: Vec<Row> = settled.into_iter().collect();
    assert_eq!(in_time(store.walk(10)).await?, rows);
    assert_eq!(in_time(store.due_rows("settled", 3, 10)).await?, rows);
    assert_eq!(in_time(store.due_rows("old", i64::MAX, 10)).await?, []);
    assert_eq!(in_time(store.due_rows("new", i64::MAX, 10)).await?, []);
    let due = in_time(store.earliest(&["old", "new", "settled"])).await?;
    assert_eq!(due, rows.first().and_then(|row| row.due));
    for row in &rows {
        assert!(in_time(store.delete(row)).await?);
    }
    Ok(())
}
