//! Pages in the order of ids, of which the order of keys says nothing within a
//! [crowd](crate::key).

use std::collections::HashSet;

use sched_core::JobId;
use sched_core::store::{Record, StoreError};

use crate::RethinkStore;
use crate::key::{self, Crowd, Key};
use crate::query::{self, After};

impl RethinkStore {
    /// A page of all records. A crowd is read as a whole where the page begins or ends in one.
    pub(crate) async fn page(
        &self,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (mut records, rest) = match after {
            Some(id) => self.rest_of_crowd(id).await?,
            None => (Vec::new(), Some(After::Nothing)),
        };
        if let Some(rest) = rest
            && records.len() < limit
        {
            let page = query::page(self.place.table(), rest, limit - records.len());
            let page = self.records("list", page).await?;
            let last = page.last().and_then(|last| Crowd::of(&last.id, key::ID));
            records.extend(page);
            if let Some(crowd) = last {
                let all = self.records("list", query::crowd(self.place.table(), &crowd)).await?;
                let known: HashSet<JobId> =
                    records.iter().map(|record| record.id.clone()).collect();
                records.extend(all.into_iter().filter(|record| !known.contains(&record.id)));
            }
        }
        records.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        records.truncate(limit);
        Ok(records)
    }

    /// What comes after this id in its crowd, and where to go on after that.
    async fn rest_of_crowd(&self, id: &JobId) -> Result<(Vec<Record>, Option<After>), StoreError> {
        let Some(crowd) = Crowd::of(id, key::ID) else {
            return Ok((Vec::new(), Some(After::Key(Key::new(id, key::ID).key))));
        };
        let mut records = self.records("list", query::crowd(self.place.table(), &crowd)).await?;
        records.retain(|record| record.id > *id);
        Ok((records, crowd.before.map(After::Before)))
    }
}
