//! What a store may tell by itself: that something changed, and what time it is.

use std::time::Duration;

use futures_util::StreamExt;
use sched_core::store::{Change, StoreError};
use sched_core::{Clock, SystemClock};

use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

/// A hint that takes longer than this is not coming.
const PATIENCE: Duration = Duration::from_secs(30);
/// Less than any two time zones are apart, and more than clocks of test servers.
const APART: i64 = 10 * 60 * 1_000_000;

pub(super) async fn hints_come_after_every_kind_of_write(site: &Site) -> Proof {
    let (watcher, writer) = (site.store().await?, site.store().await?);
    if !site.features().hints {
        assert!(watcher.changes().await?.is_none(), "no hints are declared");
        return Ok(());
    }
    let row = Row::new("a").due(1);
    let moved = row.clone().rewritten().lane("other").due(2);
    let paused = moved.clone().rewritten().due(None);
    hinted(&watcher, "an insertion", writer.put(row.alone())).await?;
    hinted(&watcher, "a move", swapped(&writer, moved.write())).await?;
    hinted(&watcher, "a pause", swapped(&writer, paused.write())).await?;
    hinted(&watcher, "a deletion", swapped(&writer, paused.delete())).await
}

async fn swapped(writer: &Subject, change: Change) -> Proof {
    assert_eq!(writer.swap(vec![change]).await?, [true]);
    Ok(())
}

/// A new stream each time: a late hint of the write before is not taken for this one's.
async fn hinted(
    watcher: &Subject,
    what: &str,
    write: impl Future<Output = Proof>,
) -> Result<(), StoreError> {
    let mut hints = watcher.changes().await?.expect("hints are declared");
    write.await?;
    match tokio::time::timeout(PATIENCE, hints.next()).await {
        Ok(Some(())) => Ok(()),
        Ok(None) => panic!("{what}: the stream of hints ended"),
        Err(_) => panic!("{what}: no hint"),
    }
}

pub(super) async fn the_servers_clock_tells_microseconds_of_utc(site: &Site) -> Proof {
    let store = site.store().await?;
    if !site.features().own_clock {
        assert_eq!(store.now().await?, None, "no clock is declared");
        return Ok(());
    }
    let system = SystemClock::new();
    let mut before = None;
    for _ in 0..10 {
        let told = store.now().await?.expect("a clock is declared");
        let apart = told.as_micros() - system.now().as_micros();
        assert!(apart.abs() < APART, "{told} is {apart} µs from the system's time");
        assert!(before <= Some(told), "{told} was told after {before:?}");
        before = Some(told);
    }
    Ok(())
}
