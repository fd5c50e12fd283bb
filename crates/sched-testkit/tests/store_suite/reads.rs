//! How a broken store reads.

use std::sync::Arc;
use std::time::Duration;

use sched_core::store::{Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};

use crate::broken::BrokenStore;
use crate::defect::Defect;

const MICROSECOND: Duration = Duration::from_micros(1);

impl BrokenStore {
    pub(crate) async fn broken_get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let id = self.key(id);
        if let Some(half) = self.notes().half_written.get(&id) {
            return Ok(Some(half.clone()));
        }
        let caches = self.is(Defect::CachesReads);
        let known = self.cache.lock().expect("nobody panics").get(&id).filter(|_| caches).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let record = self.records().get(&id).await?;
        if caches {
            self.cache.lock().expect("nobody panics").insert(id, record.clone());
        }
        Ok(record)
    }

    pub(crate) async fn broken_list(
        &self,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let after = after.map(|id| self.key(id));
        let after = after.as_ref();
        match self.defect {
            Defect::ZeroIsNoLimit if limit == 0 => self.records().list(after, usize::MAX).await,
            Defect::ListSkips if after.is_some() => {
                let page = self.records().list(after, limit.saturating_add(1)).await?;
                Ok(page.into_iter().skip(1).collect())
            }
            Defect::ListRepeats => {
                let mut all = self.all().await?;
                all.retain(|record| after.is_none_or(|after| record.id >= *after));
                all.truncate(limit);
                Ok(all)
            }
            Defect::ListByDueTime => {
                let mut page = self.records().list(after, limit).await?;
                page.sort_by_key(|record| record.due_at);
                Ok(page)
            }
            Defect::ListCapsPages => self.records().list(after, limit.min(8)).await,
            Defect::ListByOffset => {
                let offset = after.and_then(|id| self.notes().offsets.get(id).copied());
                let all = self.all().await?;
                let offset = offset.unwrap_or_else(|| position(&all, after)).min(all.len());
                let page: Vec<Record> = all[offset..].iter().take(limit).cloned().collect();
                if let Some(last) = page.last() {
                    self.notes().offsets.insert(last.id.clone(), offset + page.len());
                }
                Ok(page)
            }
            Defect::ListTwoSteps => {
                let offset = position(&self.all().await?, after);
                tokio::task::yield_now().await;
                let all = self.all().await?;
                Ok(all.into_iter().skip(offset).take(limit).collect())
            }
            Defect::ListNeedsTheId => match after {
                Some(after) if self.records().get(after).await?.is_none() => Ok(Vec::new()),
                _ => self.records().list(after, limit).await,
            },
            _ => self.records().list(after, limit).await,
        }
    }

    pub(crate) async fn broken_due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let records = self.records();
        let lane = &*self.lane_key(lane);
        match self.defect {
            Defect::DueLate => records.due(lane, now - MICROSECOND, limit).await,
            Defect::DueEarly => records.due(lane, now + MICROSECOND, limit).await,
            Defect::DueIgnoresLimit => records.due(lane, now, usize::MAX).await,
            Defect::ZeroIsNoLimit if limit == 0 => records.due(lane, now, usize::MAX).await,
            Defect::DueReversed => {
                let mut due = records.due(lane, now, limit).await?;
                due.reverse();
                Ok(due)
            }
            Defect::PausedAreDue => {
                let mut all = self.all().await?;
                all.retain(|r| *r.lane == *lane && r.due_at.is_none_or(|due_at| due_at <= now));
                all.sort_by_key(|record| record.due_at);
                all.truncate(limit);
                Ok(all)
            }
            Defect::LanesByPrefix => {
                let mut all = self.all().await?;
                all.retain(|r| r.lane.starts_with(lane) && r.due_at.is_some_and(|at| at <= now));
                all.sort_by_key(|record| record.due_at);
                all.truncate(limit);
                Ok(all)
            }
            Defect::RemovesUndecodable => {
                let mut due = records.due(lane, now, limit).await?;
                for record in &due {
                    if std::str::from_utf8(record.body.bytes()?).is_err() {
                        self.remove(&record.id).await?;
                    }
                }
                due.retain(|record| {
                    record.body.bytes().is_ok_and(|b| std::str::from_utf8(b).is_ok())
                });
                Ok(due)
            }
            _ => records.due(lane, now, limit).await,
        }
    }

    pub(crate) async fn broken_next_due(
        &self,
        lanes: &[Arc<str>],
    ) -> Result<Option<Timestamp>, StoreError> {
        let lanes: Vec<Arc<str>> = lanes.iter().map(|lane| self.lane_key(lane)).collect();
        let records = self.records();
        match self.defect {
            Defect::InventsNextDue => {
                let next = records.next_due(&lanes).await?;
                Ok(Some(next.unwrap_or(Timestamp::from_micros(0))))
            }
            Defect::NextDueNeverForgets => {
                let notes = self.notes();
                let ever = notes.due_times.iter().filter(|(lane, _)| lanes.contains(lane));
                Ok(ever.map(|(_, due_at)| *due_at).min())
            }
            Defect::NextDueOfFirstLane => records.next_due(&lanes[..lanes.len().min(1)]).await,
            Defect::NextDueOfAllLanes => records.next_due(&records.lanes().await?).await,
            _ => records.next_due(&lanes).await,
        }
    }

    pub(crate) async fn broken_lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let all = match self.defect {
            Defect::LanesRepeat | Defect::LanesOfPaused => self.all().await?,
            _ => return self.records().lanes().await,
        };
        let repeats = self.is(Defect::LanesRepeat);
        let used = all.into_iter().filter(|record| !repeats || record.due_at.is_some());
        let mut lanes: Vec<Arc<str>> = used.map(|record| record.lane).collect();
        if !repeats {
            lanes.sort_unstable();
            lanes.dedup();
        }
        Ok(lanes)
    }
}

/// How many records come before the page after this id.
fn position(all: &[Record], after: Option<&JobId>) -> usize {
    after.map_or(0, |after| all.iter().filter(|record| record.id <= *after).count())
}
