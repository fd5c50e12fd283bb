//! All ids in order, for pages of records.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::JobId;
use sched_core::store::{Record, StoreError};
use zookeeper_client::Error;

use crate::call::{Call, WINDOW};
use crate::name;

/// All ids, sorted. Kept from one page to the next: children come in no order, so each page would
/// read them all again.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// Of each shard, the transaction that last made or deleted a record in it. While these are
    /// the same, so are the ids.
    marks: Vec<i64>,
    ids: Arc<[JobId]>,
}

impl Call<'_> {
    /// Records after this id, and the listing for the next page; none after the last one.
    pub(crate) async fn page(
        &self,
        known: Option<Listing>,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<(Vec<Record>, Option<Listing>), StoreError> {
        let listing = match known {
            Some(known) if self.is_current(&known).await? => known,
            _ => self.listing().await?,
        };
        let from = after.map_or(0, |after| listing.ids.partition_point(|id| id <= after));
        let (mut page, mut rest) = (Vec::new(), &listing.ids[from..]);
        // Some may be gone since they were listed. A page that is short means the end.
        while page.len() < limit && !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(limit - page.len()));
            let stored = self.all_stored(now.to_vec()).await?.into_iter().flatten();
            page.extend(stored.map(|stored| stored.record));
            rest = later;
        }
        let is_last = page.len() < limit;
        Ok((page, (!is_last).then_some(listing)))
    }

    /// The ids of all records.
    pub(crate) async fn ids(&self) -> Result<Arc<[JobId]>, StoreError> {
        Ok(self.listing().await?.ids)
    }

    async fn listing(&self) -> Result<Listing, StoreError> {
        let mut shards = stream::iter(self.place.shards())
            .map(|shard| async move {
                let (names, stat) = self.client.get_children(&shard).await?;
                Ok((names, stat.pzxid, shard))
            })
            .buffered(WINDOW);
        let (mut marks, mut ids) = (Vec::new(), Vec::new());
        while let Some((names, mark, shard)) =
            shards.try_next().await.map_err(|error: Error| self.fault(error))?
        {
            marks.push(mark);
            for name in names {
                let id = name::text(&name);
                let id = id.ok_or_else(|| self.foreign(&format!("{shard}/{name}")))?;
                ids.push(JobId::from(id));
            }
        }
        ids.sort_unstable();
        Ok(Listing { marks, ids: ids.into() })
    }

    async fn is_current(&self, listing: &Listing) -> Result<bool, StoreError> {
        let stats: Result<Vec<_>, Error> = stream::iter(self.place.shards())
            .map(|shard| self.client.check_stat(&shard))
            .buffered(WINDOW)
            .try_collect()
            .await;
        let stats = stats.map_err(|error| self.fault(error))?;
        Ok(stats.into_iter().map(|stat| stat.map(|stat| stat.pzxid)).eq(listing
            .marks
            .iter()
            .copied()
            .map(Some)))
    }
}
