//! Batches: what is decided on records as they were read, again where they had changed.

use sched_core::store::{Change, Record, StoreError};
use sched_core::{JobId, Timestamp};

use crate::call::{Call, Stored};
use crate::fault::refused;
use crate::write::Write;

/// A conflict means that somebody else was faster, so a second try settles nearly everything. What
/// is not settled after as many is not for want of luck.
const TRIES: usize = 32;
/// How many records are read at once to be deleted.
const PAGE: usize = 1_000;

impl Call<'_> {
    /// Makes these records, and answers for each place whether one was made.
    pub(crate) async fn create(&self, new: Vec<Option<Record>>) -> Result<Vec<bool>, StoreError> {
        let mut made = vec![false; new.len()];
        match self.create_all(new, &mut made).await {
            Ok(()) => Ok(made),
            Err(error) if made.contains(&true) => Err(error.in_part()),
            Err(error) => Err(error),
        }
    }

    async fn create_all(
        &self,
        new: Vec<Option<Record>>,
        made: &mut [bool],
    ) -> Result<(), StoreError> {
        let mut pending = Vec::new();
        for (number, new) in new.into_iter().enumerate() {
            if let Some(record) = new {
                let id = record.id.clone();
                pending.push((number, self.creation(record)?, id));
            }
        }
        for _ in 0..TRIES {
            let (ids, writes): (Vec<_>, Vec<Write>) =
                pending.into_iter().map(|(number, write, id)| ((number, id), write)).unzip();
            let done = self.commit(&writes).await?;
            let mut failed = Vec::new();
            for (((number, id), write), done) in ids.into_iter().zip(writes).zip(done) {
                if done {
                    made[number] = true;
                } else {
                    failed.push((number, write, id));
                }
            }
            if failed.is_empty() {
                return Ok(());
            }
            let ids = failed.iter().map(|(_, _, id)| id.clone()).collect();
            let stored = self.all_stored(ids).await?;
            let missing = failed.into_iter().zip(stored).filter(|(_, stored)| stored.is_none());
            pending = missing.map(|(failed, _)| failed).collect();
        }
        pending.first().map_or(Ok(()), |(_, _, id)| Err(self.stuck(id)))
    }

    /// Makes the changes, each if its record has its revision. `stored` are the records as they
    /// were just read.
    pub(crate) async fn apply(
        &self,
        changes: Vec<Change>,
        mut stored: Vec<Option<Stored>>,
    ) -> Result<Vec<bool>, StoreError> {
        let mut won = vec![false; changes.len()];
        let mut pending: Vec<usize> = (0..changes.len()).collect();
        for _ in 0..TRIES {
            let (mut tried, mut writes) = (Vec::new(), Vec::new());
            for (number, stored) in pending.into_iter().zip(stored) {
                let change = &changes[number];
                if let Some(stored) = stored.filter(|it| it.record.revision == change.revision) {
                    writes.push(self.change(change, &stored)?);
                    tried.push(number);
                }
            }
            let done = self.commit(&writes).await?;
            pending = Vec::new();
            for (number, done) in tried.into_iter().zip(done) {
                won[number] = done;
                if !done {
                    pending.push(number);
                }
            }
            if pending.is_empty() {
                return Ok(won);
            }
            let ids = pending.iter().map(|number| changes[*number].id.clone()).collect();
            stored = self.all_stored(ids).await?;
        }
        pending.first().map_or(Ok(won), |number| Err(self.stuck(&changes[*number].id)))
    }

    /// Deletes the records that are there now, and what is left empty of the index.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        let mut left = self.ids().await?.to_vec();
        for _ in 0..TRIES {
            let mut failed = Vec::new();
            for ids in left.chunks(PAGE) {
                let stored = self.all_stored(ids.to_vec()).await?;
                let (mut tried, mut writes) = (Vec::new(), Vec::new());
                for stored in stored.into_iter().flatten() {
                    let Stored { record, .. } = &stored;
                    let (id, revision) = (record.id.clone(), record.revision);
                    writes.push(self.change(&Change { id, revision, to: None }, &stored)?);
                    tried.push(stored.record.id);
                }
                let done = self.commit(&writes).await?;
                failed.extend(tried.into_iter().zip(done).filter(|(_, done)| !done));
            }
            left = failed.into_iter().map(|(id, _)| id).collect();
            if left.is_empty() {
                return self.remove_empty().await;
            }
        }
        left.first().map_or(Ok(()), |id| Err(self.stuck(id)))
    }

    /// Each look removes the nodes of the index that it finds empty: slots, then hours, then lanes.
    async fn remove_empty(&self) -> Result<(), StoreError> {
        for _ in 0..3 {
            for lane in self.lane_names().await? {
                self.due_entries(&lane, Timestamp::MAX, usize::MAX).await?;
            }
        }
        Ok(())
    }

    fn stuck(&self, id: &JobId) -> StoreError {
        refused(self.operation, format!("job {id}: its record and its entry do not fit together"))
    }
}
