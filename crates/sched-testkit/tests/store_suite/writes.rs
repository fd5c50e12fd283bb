//! How a broken store writes.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sched_core::store::{Body, Change, Claimed, NewState, Planner, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};

use crate::broken::{BrokenStore, LIMIT};
use crate::defect::Defect;

impl BrokenStore {
    pub(crate) async fn broken_insert(
        &self,
        records: Vec<Record>,
    ) -> Result<Vec<bool>, StoreError> {
        self.check_batch("insert", records.len())?;
        let mut batch = Vec::with_capacity(records.len());
        for record in records {
            let Record { id, lane, due_at, revision, body } = record;
            let NewState { lane, due_at, body } =
                self.stored(&id, NewState { lane, due_at, body })?;
            batch.push(Record { id: self.key(&id), lane, due_at, revision, body });
        }
        let due_times = batch.iter().filter_map(|r| Some((r.lane.clone(), r.due_at?)));
        self.notes().due_times.extend(due_times);
        match self.defect {
            Defect::InsertOverwrites => {
                for record in &batch {
                    self.remove(&record.id).await?;
                }
                let count = batch.len();
                self.records().insert(batch).await?;
                Ok(vec![true; count])
            }
            Defect::InsertAllOrNothing => {
                let mut ids = HashSet::new();
                for record in &batch {
                    let new = self.records().get(&record.id).await?.is_none();
                    if !new || !ids.insert(&record.id) {
                        return Ok(vec![false; batch.len()]);
                    }
                }
                self.records().insert(batch).await
            }
            Defect::InsertUnguarded => {
                let mut inserted = Vec::new();
                for record in batch {
                    let free = self.records().get(&record.id).await?.is_none();
                    tokio::task::yield_now().await;
                    if free {
                        self.remove(&record.id).await?;
                        self.records().insert(vec![record]).await?;
                    }
                    inserted.push(free);
                }
                Ok(inserted)
            }
            Defect::InsertBeginsAtOne => {
                batch.iter_mut().for_each(|record| record.revision = 1);
                self.records().insert(batch).await
            }
            Defect::Tombstones => {
                let mut inserted = Vec::new();
                for record in batch {
                    let used = self.notes().deleted.contains(&record.id);
                    inserted.push(!used && self.records().insert(vec![record]).await?[0]);
                }
                Ok(inserted)
            }
            _ => self.records().insert(batch).await,
        }
    }

    pub(crate) async fn broken_swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        self.check_batch("swap", changes.len())?;
        let mut batch = Vec::with_capacity(changes.len());
        for Change { id, revision, to } in changes {
            let to = to.map(|state| self.stored(&id, state)).transpose()?;
            batch.push(Change { id: self.key(&id), revision, to });
        }
        let states = batch.iter().filter_map(|change| change.to.as_ref());
        let due_times = states.filter_map(|state| Some((state.lane.clone(), state.due_at?)));
        self.notes().due_times.extend(due_times);
        match self.defect {
            Defect::SwapAllOrNothing => {
                for change in &batch {
                    let stored = self.records().get(&change.id).await?;
                    if stored.is_none_or(|record| record.revision != change.revision) {
                        return Ok(vec![false; batch.len()]);
                    }
                }
                self.records().swap(batch).await
            }
            Defect::SwapStopsAtConflict => {
                let mut won = Vec::new();
                for change in batch {
                    let go_on = won.iter().all(|won| *won);
                    won.push(go_on && self.records().swap(vec![change]).await?[0]);
                }
                Ok(won)
            }
            Defect::Deadlocks => {
                let at_once = self.here.at_once.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                self.here.at_once.fetch_sub(1, Ordering::SeqCst);
                if at_once > 0 && batch.len() > 2 {
                    let source = "deadlock found, try again".into();
                    return Err(StoreError::Unavailable { operation: "swap", source });
                }
                self.records().swap(batch).await
            }
            _ => {
                let mut won = Vec::new();
                for change in batch {
                    won.push(self.change(change).await?);
                }
                Ok(won)
            }
        }
    }

    async fn change(&self, mut change: Change) -> Result<bool, StoreError> {
        let stored = self.records().get(&change.id).await?;
        let Some(stored) = stored else {
            let Change { id, to, .. } = change;
            if let (Defect::SwapUpserts, Some(NewState { lane, due_at, body })) = (self.defect, to)
            {
                let record = Record { id, lane, due_at, revision: 1, body };
                self.records().insert(vec![record]).await?;
            }
            return Ok(self.is(Defect::SwapAnswersYes));
        };
        let current = change.revision == stored.revision;
        match self.defect {
            Defect::SwapIgnoresRevision => change.revision = stored.revision,
            Defect::DeleteIgnoresRevision if change.to.is_none() => {
                change.revision = stored.revision;
            }
            Defect::SwapTakesLaterRevisions => {
                change.revision = change.revision.min(stored.revision);
            }
            Defect::DoubleRevisions if change.revision as f64 == stored.revision as f64 => {
                change.revision = stored.revision;
            }
            Defect::SwapUnguarded if current => {
                tokio::task::yield_now().await;
                let now = self.records().get(&change.id).await?;
                let Some(now) = now else { return Ok(true) };
                change.revision = now.revision;
            }
            Defect::KeepsLane => {
                if let Some(to) = &mut change.to {
                    to.lane = stored.lane.clone();
                }
            }
            Defect::RevisionStands if current => {
                let same = change.to.as_ref().is_some_and(|to| {
                    to.lane == stored.lane
                        && to.due_at == stored.due_at
                        && to.body.bytes().ok() == stored.body.bytes().ok()
                });
                if same {
                    return Ok(true);
                }
            }
            Defect::HalfWrites if current => {
                if let Some(to) = &change.to {
                    let half =
                        Record { revision: stored.revision + 1, body: to.body.clone(), ..stored };
                    self.notes().half_written.insert(change.id.clone(), half);
                    tokio::task::yield_now().await;
                    self.notes().half_written.remove(&change.id);
                }
            }
            _ => {}
        }
        if change.to.is_none() && current {
            self.notes().deleted.insert(change.id.clone());
        }
        let won = self.records().swap(vec![change]).await?[0];
        Ok(won || self.is(Defect::SwapAnswersYes))
    }

    pub(crate) async fn broken_clear(&self) -> Result<(), StoreError> {
        match self.defect {
            Defect::ClearsByPrefix => {
                for namespace in self.server.by_prefix(&self.name) {
                    namespace.records.clear().await?;
                }
                Ok(())
            }
            Defect::ClearLeavesPaused => {
                for record in self.all().await?.into_iter().filter(|r| r.due_at.is_some()) {
                    self.remove(&record.id).await?;
                }
                Ok(())
            }
            _ => self.records().clear().await,
        }
    }

    /// The default of the contract, step by step, but for the defects.
    pub(crate) async fn broken_claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let limit = if self.is(Defect::ClaimIgnoresLimit) { usize::MAX } else { limit };
        let due = self.due(lane, now, limit).await?;
        let mut planned: Vec<Option<Change>> = due.iter().map(&mut *plan).collect();
        if self.is(Defect::ClaimAsksTwice) {
            planned = due.iter().map(plan).collect();
        }
        let asked: Vec<bool> = planned.iter().map(Option::is_some).collect();
        if self.is(Defect::ClaimTouchesAll) {
            let left = due.iter().zip(&asked).filter(|(_, asked)| !**asked);
            let rewritten: Vec<Change> =
                left.map(|(record, _)| rewrite(record, record.revision)).collect();
            self.swap(rewritten).await?;
        }
        let mut won = match planned.into_iter().flatten().collect::<Vec<Change>>() {
            none if none.is_empty() => Vec::new(),
            changes => self.swap(changes).await?,
        };
        if self.is(Defect::ClaimAnswersForAll) {
            let mut answers = won.into_iter();
            won = asked.iter().map(|asked| *asked && answers.next() == Some(true)).collect();
        }
        Ok(Claimed { won, seen: due.len(), failed: None })
    }

    pub(crate) async fn remove(&self, id: &JobId) -> Result<(), StoreError> {
        if let Some(Record { id, revision, .. }) = self.records().get(id).await? {
            self.records().swap(vec![Change { id, revision, to: None }]).await?;
        }
        Ok(())
    }

    /// The key that an id is stored under.
    pub(crate) fn key(&self, id: &JobId) -> JobId {
        if self.is(Defect::IdsFoldCase) { id.to_lowercase().into() } else { id.clone() }
    }

    pub(crate) fn lane_key(&self, lane: &str) -> Arc<str> {
        if self.is(Defect::LanesFoldCase) { lane.to_lowercase().into() } else { lane.into() }
    }

    fn check_batch(&self, operation: &'static str, count: usize) -> Result<(), StoreError> {
        match self.defect {
            Defect::EmptyBatchFails if count == 0 => Err(Self::refused(operation)),
            Defect::BatchLimit if count > 300 => Err(Self::refused(operation)),
            _ => Ok(()),
        }
    }

    /// What becomes of what is to be stored.
    fn stored(&self, id: &JobId, state: NewState) -> Result<NewState, StoreError> {
        let NewState { lane, mut due_at, mut body } = state;
        let bytes = body.bytes()?;
        let size = bytes.len();
        if size > LIMIT && !self.is(Defect::CutsTooLarge) {
            return Err(match self.defect {
                Defect::TooLargeIsAnyError => Self::refused("insert"),
                _ => StoreError::TooLarge { id: id.clone(), size, limit: LIMIT },
            });
        }
        body = match self.defect {
            Defect::CutsBodies => Body::from_bytes(&bytes[..size.min(65_535)]),
            Defect::CutsTooLarge => Body::from_bytes(&bytes[..size.min(LIMIT)]),
            Defect::BodiesAreText => Body::from_bytes(String::from_utf8_lossy(bytes).as_bytes()),
            _ => body,
        };
        due_at = due_at.map(|due_at| {
            let micros = due_at.as_micros();
            Timestamp::from_micros(match self.defect {
                Defect::Milliseconds => micros / 1_000 * 1_000,
                Defect::Doubles => micros as f64 as i64,
                Defect::NothingBefore1970 => micros.max(0),
                _ => micros,
            })
        });
        Ok(NewState { lane: self.lane_key(&lane), due_at, body })
    }
}

/// A write that changes nothing but the revision.
fn rewrite(record: &Record, revision: u64) -> Change {
    let Record { id, lane, due_at, body, .. } = record.clone();
    Change { id, revision, to: Some(NewState { lane, due_at, body }) }
}
