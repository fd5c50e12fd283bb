//! The server killed in the middle, and started again.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use sched_core::store::StoreError;
use tokio::sync::watch;

use super::harness::RestartHarness;
use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

/// A call takes no longer than this, whether the server is there or not.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts to reach a server that is not back yet.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits a little before another attempt.
#[expect(clippy::disallowed_methods, reason = "a server that starts gives no sign to wait for")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

/// Some passing fault, or an answer. Anything else is not what a dead server is to be called.
async fn answer<T>(call: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(StoreError::Unavailable { .. })) => None,
        Ok(Err(other)) => panic!("not a passing fault: {}", super::run::chain(&other)),
        Err(_) => panic!("a call hangs while the server is away"),
    }
}

/// What the call answers once the server is back.
async fn retried<T, F>(mut call: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    let answered = async {
        loop {
            match answer(call()).await {
                Some(value) => return value,
                None => pause().await,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(value) => value,
        Err(_) => panic!("the store does not find its server again"),
    }
}

/// A writer's record: as acknowledged last, and as it tried to write it since.
struct Written {
    known: Row,
    tried: Vec<Row>,
}

pub(super) async fn an_acknowledged_write_survives_a_killed_server(
    site: &Site,
    server: &dyn RestartHarness,
) -> Proof {
    const WRITERS: usize = 4;
    let stores = site.stores(WRITERS).await?;
    let (count, mut acknowledged) = watch::channel(0_u64);
    let (stop, stopped) = watch::channel(());
    let mut writers = Vec::new();
    for (number, store) in stores.iter().enumerate() {
        let first = Row::new(format!("writer {number}")).due(0);
        store.put(first.alone()).await?;
        writers.push(tokio::spawn(keep_writing(
            store.clone(),
            first,
            count.clone(),
            stopped.clone(),
        )));
    }
    for round in 1..=3 {
        // In the middle of writes, with some before and some after.
        let goal = *acknowledged.borrow() + 50;
        let reached = async { acknowledged.wait_for(|count| *count >= goal).await.is_ok() };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        assert_eq!(reached, Ok(true), "round {round}: the writers stand still");
        server.kill().await;
        server.start().await;
    }
    drop(stop);
    let fresh = retried(|| site.store()).await;
    for (writer, store) in writers.into_iter().zip(stores) {
        let written = writer.await.expect("a writer ends when it is told to");
        let Written { known, .. } = caught_up(&store, written).await;
        assert_eq!(retried(|| fresh.row(&known.id)).await, Some(known));
    }
    Ok(())
}

/// Writes its record again and again, until the other end of `stopped` is gone.
async fn keep_writing(
    store: Subject,
    first: Row,
    acknowledged: watch::Sender<u64>,
    stopped: watch::Receiver<()>,
) -> Written {
    let mut written = Written { known: first, tried: Vec::new() };
    for count in 1.. {
        if stopped.has_changed().is_err() {
            break;
        }
        let row = written.known.clone().rewritten().due(count).body(format!("{count}"));
        match answer(store.write(&row)).await {
            Some(true) => {
                acknowledged.send_modify(|count| *count += 1);
                written = Written { known: row, tried: Vec::new() };
            }
            // One that was not acknowledged took effect after all.
            Some(false) => written = caught_up(&store, written).await,
            None => {
                written.tried.push(row);
                pause().await;
            }
        }
        tokio::task::yield_now().await;
    }
    written
}

/// What is stored is what was acknowledged, or what was tried since.
async fn caught_up(store: &Subject, written: Written) -> Written {
    let Written { known, tried } = written;
    let stored = retried(|| store.row(&known.id)).await;
    let stored = stored.unwrap_or_else(|| panic!("lost altogether: {known:?}"));
    assert!(stored == known || tried.contains(&stored), "stored {stored:?}, written {known:?}");
    Written { known: stored, tried: Vec::new() }
}

pub(super) async fn a_store_finds_its_restarted_server_by_itself(
    site: &Site,
    server: &dyn RestartHarness,
) -> Proof {
    let (store, idle) = (site.store().await?, site.store().await?);
    let rows = [Row::new("a").due(1), Row::new("b").lane("other").due(-2), Row::new("c")];
    store.put(&rows).await?;
    for round in 0..2 {
        server.kill().await;
        server.start().await;
        // Either object, whichever verb comes first.
        let row = Row::new(format!("round {round}")).lane("new");
        retried(|| store.insert_rows(row.alone())).await;
        assert_eq!(retried(|| idle.due_ids("default", i64::MAX)).await, ["a"]);
        assert_eq!(retried(|| idle.earliest(&["other"])).await, Some(-2));
        assert!(retried(|| store.delete(&row)).await);
        assert_eq!(retried(|| store.walk(2)).await, rows);
    }
    Ok(())
}

pub(super) async fn while_the_server_is_away_every_call_fails_as_unavailable(
    site: &Site,
    server: &dyn RestartHarness,
) -> Proof {
    let store = site.store().await?;
    let row = Row::new("a").due(1);
    store.put(row.alone()).await?;
    server.kill().await;
    let away = |verb: &str, answered: bool| assert!(!answered, "{verb} answered without a server");
    away("insert", answer(store.put(&[Row::new("b")])).await.is_some());
    away("get", answer(store.row("a")).await.is_some());
    away("list", answer(store.walk(10)).await.is_some());
    away("due", answer(store.due_ids("default", 5)).await.is_some());
    away("next_due", answer(store.earliest(&["default"])).await.is_some());
    away("lanes", answer(store.lane_names()).await.is_some());
    away("swap", answer(store.write(&row.clone().rewritten())).await.is_some());
    let claim = store.claim_rows("default", 5, 10, |_| None);
    away("claim", answer(claim).await.is_some());
    away("clear", answer(store.clear()).await.is_some());
    let newcomer = site.unopened("").await;
    // A store may put off connecting, but cannot do without.
    let opened = answer(newcomer.open()).await.is_some();
    away("get", opened && answer(newcomer.row("a")).await.is_some());
    server.start().await;
    retried(|| newcomer.open()).await;
    assert_eq!(retried(|| newcomer.row("a")).await.as_ref(), Some(&row));
    assert_eq!(retried(|| store.walk(10)).await, [row], "what failed for good was not done");
    Ok(())
}

pub(super) async fn hints_come_again_after_a_restart(
    site: &Site,
    server: &dyn RestartHarness,
) -> Proof {
    let (watcher, writer) = (site.store().await?, site.store().await?);
    if !site.features().hints {
        server.kill().await;
        server.start().await;
        assert!(retried(|| watcher.changes()).await.is_none(), "no hints are declared");
        return Ok(());
    }
    let mut hints = watcher.changes().await?.expect("hints are declared");
    server.kill().await;
    server.start().await;
    // The stream goes on, or it ends and another can be had.
    let mut number = 0;
    let hinted = async {
        loop {
            number += 1;
            let row = Row::new(format!("{number}")).due(0);
            retried(|| writer.insert_rows(row.alone())).await;
            match tokio::time::timeout(Duration::from_secs(1), hints.next()).await {
                Ok(Some(_)) => return,
                Ok(None) => {
                    let stream = retried(|| watcher.changes()).await;
                    hints = stream.expect("hints are declared");
                }
                Err(_) => {}
            }
        }
    };
    match tokio::time::timeout(PATIENCE, hinted).await {
        Ok(()) => Ok(()),
        Err(_) => panic!("no hint after {number} writes to the restarted server"),
    }
}
