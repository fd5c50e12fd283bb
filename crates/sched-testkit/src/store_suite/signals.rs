//! What a store may tell by itself: that something changed, and what time it is.

use std::time::Duration;

use futures_util::StreamExt;
use sched_core::store::{Change, Hint, StoreError};
use sched_core::{Clock, SystemClock, Timestamp};

use super::row::Row;
use super::run::Proof;
use super::site::{Site, Subject};

/// A hint that takes longer than this is not coming.
const PATIENCE: Duration = Duration::from_secs(30);
/// Less than any two time zones are apart, and more than clocks of test servers.
const APART: i64 = 10 * 60 * 1_000_000;

pub(super) async fn hints_come_after_every_write_of_a_due_time(site: &Site) -> Proof {
    let (watcher, writer) = (site.store().await?, site.store().await?);
    if !site.features().hints {
        assert!(watcher.changes().await?.is_none(), "no hints are declared");
        return Ok(());
    }
    let row = Row::new("a").due(20);
    let moved = row.clone().rewritten().lane("other").due(10);
    let sooner = moved.clone().rewritten().due(5);
    hinted(&watcher, "an insertion", row.state().due_at, writer.put(row.alone())).await?;
    hinted(&watcher, "a move", moved.state().due_at, swapped(&writer, moved.write())).await?;
    hinted(&watcher, "an earlier time", sooner.state().due_at, swapped(&writer, sooner.write()))
        .await
}

async fn swapped(writer: &Subject, change: Change) -> Proof {
    assert_eq!(writer.swap(vec![change]).await?, [true]);
    Ok(())
}

/// A new stream each time: a late hint of the write before is not taken for this one's. Whoever
/// goes by the hint does not miss what is due at `due`.
async fn hinted(
    watcher: &Subject,
    what: &str,
    due: Option<Timestamp>,
    write: impl Future<Output = Proof>,
) -> Result<(), StoreError> {
    let mut hints = watcher.changes().await?.expect("hints are declared");
    write.await?;
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(hint) = hints.next().await {
            if hint == Hint::Anything || matches!(hint, Hint::Due(at) if Some(at) <= due) {
                return true;
            }
        }
        false
    });
    match found.await {
        Ok(true) => Ok(()),
        Ok(false) => panic!("{what}: the stream of hints ended"),
        Err(_) => panic!("{what}: no hint by which it would be found in time"),
    }
}

pub(super) async fn what_is_told_reaches_the_others(site: &Site) -> Proof {
    let (teller, other) = (site.store().await?, site.store().await?);
    let due = Some(Timestamp::from_micros(1_234_567));
    let mut stream = other.changes().await?;
    for hint in [Hint::Quiet { lanes: u64::MAX, due }, Hint::Quiet { lanes: 7, due: None }] {
        teller.tell(hint).await?;
        if !site.features().tells {
            continue;
        }
        let heard = tokio::time::timeout(PATIENCE, async {
            let stream = stream.as_mut().expect("who passes on what is told has hints");
            while stream.next().await.expect("the stream goes on") != hint {}
        });
        if heard.await.is_err() {
            panic!("the others do not hear what is told");
        }
    }
    Ok(())
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
