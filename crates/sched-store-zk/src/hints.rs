//! Hints that another process changed something.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sched_core::store::Hint;
use zookeeper_client::{Client, Error, EventType, OneshotWatcher};

/// Which versions of the node of changes were this store object's own writes, as far as they
/// follow one another. Its hints leave them out.
#[derive(Debug, Default)]
pub(crate) struct OwnWrites(Mutex<Option<Run>>);

/// From the first to the last.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: i32,
    last: i32,
}

impl OwnWrites {
    pub(crate) fn note(&self, version: i32) {
        let mut run = self.run();
        *run = match *run {
            Some(Run { first, last }) if last.wrapping_add(1) == version => {
                Some(Run { first, last: version })
            }
            _ => Some(Run { first: version, last: version }),
        };
    }

    /// Whether all versions after `seen`, up to `now`, are known to be own ones.
    fn are_all(&self, seen: i32, now: i32) -> bool {
        // Versions begin again at the least number after the greatest.
        let is_up_to = |a: i32, b: i32| b.wrapping_sub(a) >= 0;
        self.run().is_some_and(|Run { first, last }| {
            is_up_to(first, seen.wrapping_add(1)) && is_up_to(now, last)
        })
    }

    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        // Nothing that holds it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watch {
    client: Client,
    path: String,
    own: Arc<OwnWrites>,
    seen: i32,
    watcher: OneshotWatcher,
}

/// What is written to the node of changes for this hint.
pub(crate) fn data(hint: Option<Hint>) -> String {
    hint.map(|hint| hint.to_string()).unwrap_or_default()
}

/// Hints from the node at this path, until the session ends.
///
/// A watch is told of one change and is then set again. The hint comes after that, so whatever
/// happens once it is out is told by the next one, and many changes in between are one hint.
pub(crate) async fn hints(
    client: Client,
    path: String,
    own: Arc<OwnWrites>,
) -> Result<BoxStream<'static, Hint>, Error> {
    let (_, stat, watcher) = client.get_and_watch_data(&path).await?;
    let watch = Watch { client, path, own, seen: stat.version, watcher };
    Ok(stream::unfold(watch, Watch::hint).boxed())
}

impl Watch {
    /// Waits for a change that matters; none if there will be no more.
    async fn hint(mut self) -> Option<(Hint, Watch)> {
        loop {
            let event = self.watcher.changed().await;
            if event.event_type == EventType::Session {
                return None;
            }
            let again = self.client.get_and_watch_data(&self.path).await;
            let (data, stat, watcher) = again.ok()?;
            let is_own = self.own.are_all(self.seen, stat.version);
            let is_next = self.seen.wrapping_add(1) == stat.version;
            (self.seen, self.watcher) = (stat.version, watcher);
            match &*data {
                _ if is_own => {}
                // Of others before it, nobody knows what they said.
                _ if !is_next => return Some((Hint::Anything, self)),
                [] => {}
                said => return Some((Hint::from(&*String::from_utf8_lossy(said)), self)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_that_are_all_own_are_left_out() {
        let own = OwnWrites::default();
        assert!(!own.are_all(4, 5));
        for version in [5, 6, 7] {
            own.note(version);
        }
        assert!(own.are_all(4, 5) && own.are_all(4, 7) && own.are_all(6, 7));
        assert!(!own.are_all(3, 5), "4 is somebody's");
        assert!(!own.are_all(6, 8), "8 is somebody's");
        own.note(9);
        assert!(own.are_all(8, 9));
        assert!(!own.are_all(7, 9), "8 is somebody's still");
    }

    #[test]
    fn versions_begin_again() {
        let own = OwnWrites::default();
        for version in [i32::MAX, i32::MIN, i32::MIN + 1] {
            own.note(version);
        }
        assert!(own.are_all(i32::MAX - 1, i32::MIN + 1));
        assert!(!own.are_all(i32::MAX - 2, i32::MIN));
    }
}
