//! Conditional writes at the same time, through several store objects.

use std::future::Future;
use std::sync::Arc;

use sched_core::store::StoreError;
use tokio::sync::Barrier;

use super::row::Row;
use super::run::Proof;
use super::site::Site;

const RACERS: usize = 64;
const ROUNDS: usize = 16;

/// Runs the racers at once, and answers what they return, in order.
pub(super) async fn race<T, F>(
    racers: usize,
    mut racer: impl FnMut(usize) -> F,
) -> Result<Vec<T>, StoreError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers));
    let mut running = Vec::with_capacity(racers);
    for number in 0..racers {
        let (start, racing) = (start.clone(), racer(number));
        running.push(tokio::spawn(async move {
            start.wait().await;
            racing.await
        }));
    }
    let mut results = Vec::with_capacity(racers);
    for racing in running {
        match racing.await {
            Ok(result) => results.push(result?),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    Ok(results)
}

pub(super) async fn of_several_concurrent_changes_exactly_one_takes_effect(site: &Site) -> Proof {
    let stores = site.stores(4).await?;
    let mut row = Row::new("contested").due(0);
    stores[0].put(row.alone()).await?;
    for round in 0..ROUNDS {
        let attempt = |racer: usize| {
            let lane = format!("lane {}", racer % 3);
            row.clone().rewritten().lane(lane).body(format!("racer {racer} in round {round}"))
        };
        let won = race(RACERS, |racer| {
            let (store, row) = (stores[racer % stores.len()].clone(), attempt(racer));
            async move { store.write(&row).await }
        });
        let won = won.await?;
        let winners: Vec<usize> = (0..RACERS).filter(|racer| won[*racer]).collect();
        assert_eq!(winners.len(), 1, "round {round} was won by {winners:?}");
        row = attempt(winners[0]);
        assert_eq!(stores[round % stores.len()].row("contested").await?.as_ref(), Some(&row));
    }
    assert_eq!(stores[0].due_rows(&row.lane, 0, 10).await?, row.alone());
    assert_eq!(stores[0].lane_names().await?, [row.lane]);
    Ok(())
}

pub(super) async fn a_deletion_and_a_change_have_one_winner(site: &Site) -> Proof {
    let stores = site.stores(4).await?;
    for round in 0..ROUNDS {
        let row = Row::new(format!("{round}")).due(0);
        stores[0].put(row.alone()).await?;
        let changed = row.clone().rewritten().due(1);
        let won = race(8, |racer| {
            let store = stores[racer % stores.len()].clone();
            let (row, changed) = (row.clone(), changed.clone());
            async move {
                if racer % 2 == 0 { store.delete(&row).await } else { store.write(&changed).await }
            }
        });
        let won = won.await?;
        let winners: Vec<usize> = (0..8).filter(|racer| won[*racer]).collect();
        assert_eq!(winners.len(), 1, "round {round} was won by {winners:?}");
        let expected = (winners[0] % 2 == 1).then_some(changed);
        assert_eq!(stores[1].row(&row.id).await?, expected, "won by {winners:?}");
        let due = stores[2].due_rows("default", i64::MAX, 10).await?;
        assert!(due.iter().eq(&expected), "due: {due:?}, stored: {expected:?}");
        if let Some(changed) = expected {
            assert!(stores[3].delete(&changed).await?);
        }
    }
    Ok(())
}

pub(super) async fn no_update_is_lost_between_racing_readers_and_writers(site: &Site) -> Proof {
    const TASKS: u64 = 8;
    const EACH: u64 = 12;
    let stores = site.stores(4).await?;
    stores[0].put(&[Row::new("counter").body("0")]).await?;
    let counted = race(8, |racer| {
        let store = stores[racer % stores.len()].clone();
        async move {
            let mut left = EACH;
            while left > 0 {
                let row = store.row("counter").await?.expect("nobody deletes it");
                let text = std::str::from_utf8(&row.body).expect("only digits are written");
                let count: u64 = text.parse().expect("only digits are written");
                if store.write(&row.rewritten().body((count + 1).to_string())).await? {
                    left -= 1;
                }
            }
            Ok(())
        }
    });
    counted.await?;
    let total = TASKS * EACH;
    let expected = Row::new("counter").body(total.to_string()).at(total + 1);
    assert_eq!(stores[0].row("counter").await?, Some(expected));
    Ok(())
}

/// Each batch has a record that all racers want and one that nobody else does.
pub(super) async fn writes_are_never_held_up_by_anothers_losing(site: &Site) -> Proof {
    let stores = site.stores(4).await?;
    let own = |racer: usize| Row::new(format!("own {racer}")).due(0);
    let mut shared = Row::new("shared").due(0);
    stores[0].put(shared.alone()).await?;
    stores[0].put(&(0..16).map(own).collect::<Vec<_>>()).await?;
    for round in 0..ROUNDS as u64 {
        shared = shared.rewritten();
        let won = race(16, |racer| {
            let store = stores[racer % stores.len()].clone();
            let mut batch = vec![shared.write(), own(racer).at(round + 2).write()];
            if racer % 2 == 0 {
                batch.reverse();
            }
            async move { Ok(store.swap(batch).await?.as_slice() == [true; 2]) }
        });
        let both = won.await?.into_iter().filter(|both| *both).count();
        assert_eq!(both, 1, "round {round}: as many won the shared record and their own");
        for racer in 0..16 {
            let expected = own(racer).at(round + 2);
            assert_eq!(stores[1].row(&expected.id).await?, Some(expected));
        }
        assert_eq!(stores[1].row("shared").await?.as_ref(), Some(&shared));
    }
    Ok(())
}

/// Where records are locked one after the other, this is how a deadlock comes about. It is the
/// store's to avoid, or to try again: the caller sees neither errors nor changes counted twice.
pub(super) async fn batches_in_opposite_order_all_come_to_an_end(site: &Site) -> Proof {
    const RECORDS: usize = 20;
    let stores = site.stores(4).await?;
    let rows: Vec<Row> = (0..RECORDS).map(|n| Row::new(format!("{n:02}")).due(0)).collect();
    stores[0].put(&rows).await?;
    let won = race(8, |racer| {
        let store = stores[racer % stores.len()].clone();
        async move {
            let mut won = [0; RECORDS];
            for _ in 0..10 {
                let rows = store.walk(RECORDS + 1).await?;
                let mut order: Vec<usize> = (0..RECORDS).collect();
                if racer % 2 == 0 {
                    order.reverse();
                }
                let write = |n: &usize| rows[*n].clone().rewritten().body("racing").write();
                let answers = store.swap(order.iter().map(write).collect()).await?;
                for (n, answer) in order.into_iter().zip(answers) {
                    won[n] += u64::from(answer);
                }
            }
            Ok(won)
        }
    });
    let won = won.await?;
    let stored = stores[0].walk(RECORDS + 1).await?;
    for (n, row) in stored.into_iter().enumerate() {
        let writes: u64 = won.iter().map(|won| won[n]).sum();
        assert!(writes > 0, "{row:?}: nobody ever won");
        assert_eq!(row.revision, writes + 1, "{row:?}: as many writes as were won");
    }
    Ok(())
}
