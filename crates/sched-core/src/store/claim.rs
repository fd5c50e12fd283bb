//! Claiming with what every store can do: a read, a decision, conditional writes.

use crate::store::{Change, JobStore, Record, StoreError};
use crate::time::Timestamp;

/// The most records that are written at once.
const PORTION: usize = 1_024;

/// What a call to [`JobStore::claim`] did.
#[derive(Debug, Default)]
pub struct Claimed {
    /// For each change that the planner asked for, in its order: whether it took effect. Shorter
    /// only where a write failed after others had taken effect: what became of the rest is not
    /// known.
    pub won: Vec<bool>,
    /// How many due records were looked at. As many as the limit: there may be more.
    pub seen: usize,
    /// Why `won` is shorter than what was asked for.
    pub failed: Option<StoreError>,
}

/// Decides what becomes of a due record; none leaves it as it is.
pub type Planner<'a> = dyn FnMut(&Record) -> Option<Change> + Send + 'a;

/// A claim that locks nothing: [`due`](JobStore::due), `plan`, [`swap`](JobStore::swap). What
/// [`JobStore::claim`] does unless a store knows better. While some records are written, the next
/// ones are planned.
///
/// # Errors
/// Those of the two calls, as long as nothing has been written; each change may or may not have
/// taken effect.
pub async fn claim_by_swap<S: JobStore + ?Sized>(
    store: &S,
    lane: &str,
    now: Timestamp,
    limit: usize,
    plan: &mut Planner<'_>,
) -> Result<Claimed, StoreError> {
    let due = store.due(lane, now, limit).await?;
    let mut claimed = Claimed { seen: due.len(), ..Claimed::default() };
    let mut portions = due.chunks(PORTION);
    let mut planned = |portion: Option<&[Record]>| -> Option<Vec<Change>> {
        portion.map(|records| records.iter().filter_map(&mut *plan).collect())
    };
    let mut next = planned(portions.next());
    while let Some(changes) = next {
        let write = async {
            match changes.is_empty() {
                true => Ok(Vec::new()),
                false => store.swap(changes).await,
            }
        };
        // In this order: the write is on its way when the planning begins.
        let (written, following) = tokio::join!(write, async { planned(portions.next()) });
        match written {
            Ok(won) => claimed.won.extend(won),
            Err(error) if claimed.won.is_empty() => return Err(error),
            Err(error) => {
                claimed.failed = Some(error);
                break;
            }
        }
        next = following;
    }
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::{PORTION, claim_by_swap};
    use crate::job::JobId;
    use crate::store::{Body, Change, JobStore, MemoryStore, Record, StoreError};
    use crate::time::Timestamp;

    /// Keeps nothing: its records are always due. Its writes fail after so many.
    #[derive(Debug)]
    struct Failing {
        records: usize,
        writes: AtomicUsize,
    }

    #[async_trait]
    impl JobStore for Failing {
        async fn open(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn close(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
            MemoryStore::new().insert(records).await
        }

        async fn get(&self, _id: &JobId) -> Result<Option<Record>, StoreError> {
            Ok(None)
        }

        async fn list(
            &self,
            _after: Option<&JobId>,
            _limit: usize,
        ) -> Result<Vec<Record>, StoreError> {
            Ok(Vec::new())
        }

        async fn due(
            &self,
            lane: &str,
            now: Timestamp,
            limit: usize,
        ) -> Result<Vec<Record>, StoreError> {
            let record = |number: usize| Record {
                id: JobId::from(number.to_string()),
                lane: lane.into(),
                due_at: Some(now),
                revision: 1,
                body: Body::from_bytes(Vec::new()),
            };
            Ok((0..self.records.min(limit)).map(record).collect())
        }

        async fn next_due(&self, _lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
            Ok(None)
        }

        async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
            Ok(Vec::new())
        }

        async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
            let left = self
                .writes
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            left.map_err(|_| StoreError::NotOpen { operation: "swap" })?;
            Ok(vec![true; changes.len()])
        }

        async fn clear(&self) -> Result<(), StoreError> {
            Ok(())
        }
    }

    async fn claim(records: usize, writes: usize) -> (Result<super::Claimed, StoreError>, usize) {
        let store = Failing { records, writes: AtomicUsize::new(writes) };
        let mut planned = 0;
        let mut plan = |record: &Record| {
            planned += 1;
            Some(Change { id: record.id.clone(), revision: record.revision, to: None })
        };
        let now = Timestamp::from_secs(0);
        let claimed = claim_by_swap(&store, "default", now, usize::MAX, &mut plan).await;
        (claimed, planned)
    }

    #[tokio::test]
    async fn all_portions_are_planned_once_and_written() {
        let (claimed, planned) = claim(2 * PORTION + 1, 3).await;
        let claimed = claimed.unwrap();
        assert_eq!((claimed.seen, planned), (2 * PORTION + 1, 2 * PORTION + 1));
        assert_eq!(claimed.won, vec![true; 2 * PORTION + 1]);
        assert!(claimed.failed.is_none());
    }

    #[tokio::test]
    async fn what_was_won_before_a_write_failed_is_told() {
        let (claimed, _) = claim(2 * PORTION + 1, 1).await;
        let claimed = claimed.unwrap();
        assert_eq!(claimed.won, vec![true; PORTION]);
        assert!(claimed.failed.is_some());
        assert!(claim(PORTION + 1, 0).await.0.is_err(), "nothing was won: the claim failed");
    }
}
