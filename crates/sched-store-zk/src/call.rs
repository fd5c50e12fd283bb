//! One verb at work: its session, the store's place, and the name that errors are told by.

use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::JobId;
use sched_core::store::{Record, StoreError};
use zookeeper_client::{Client, Error};

use crate::fault::{fault, refused};
use crate::hints::OwnWrites;
use crate::place::Place;
use crate::{name, value};

/// How many requests are under way at once.
pub(crate) const WINDOW: usize = 128;

pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) client: Client,
    pub(crate) place: &'a Place,
    pub(crate) own_writes: &'a OwnWrites,
}

/// A record, and the version of its node.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) record: Record,
    pub(crate) version: i32,
}

impl Call<'_> {
    /// Sees to it that what follows reads what anybody has written before this call. The server
    /// may be one that lags behind its leader.
    ///
    /// It is not waited for: a session's requests are answered in order.
    pub(crate) fn catch_up(&self) {
        drop(self.client.sync(&self.place.path));
    }

    /// The names of a node's children, sorted; none without the node.
    pub(crate) async fn children(&self, path: &str) -> Result<Option<Vec<String>>, StoreError> {
        match self.client.get_children(path).await {
            Ok((mut names, _)) => {
                names.sort_unstable();
                Ok(Some(names))
            }
            Err(Error::NoNode) => Ok(None),
            Err(error) => Err(self.fault(error)),
        }
    }

    pub(crate) async fn stored(&self, id: JobId) -> Result<Option<Stored>, StoreError> {
        let path = self.place.record(&id);
        match self.client.get_data(&path).await {
            Ok((bytes, stat)) => {
                let record = value::record(id, &bytes).ok_or_else(|| self.foreign(&path))?;
                Ok(Some(Stored { record, version: stat.version }))
            }
            Err(Error::NoNode) => Ok(None),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// The records of these ids, in order.
    pub(crate) async fn all_stored(
        &self,
        ids: Vec<JobId>,
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        stream::iter(ids).map(|id| self.stored(id)).buffered(WINDOW).try_collect().await
    }

    /// The ids of all records, in no order.
    pub(crate) async fn ids(&self) -> Result<Vec<JobId>, StoreError> {
        let mut shards = stream::iter(self.place.shards())
            .map(|shard| async move { Ok((self.children(&shard).await?, shard)) })
            .buffer_unordered(WINDOW);
        let mut ids = Vec::new();
        while let Some((names, shard)) = shards.try_next().await? {
            for name in names.unwrap_or_default() {
                let id = name::text(&name);
                let id = id.ok_or_else(|| self.foreign(&format!("{shard}/{name}")))?;
                ids.push(JobId::from(id));
            }
        }
        Ok(ids)
    }

    pub(crate) fn fault(&self, error: Error) -> StoreError {
        fault(self.operation, error)
    }

    /// The error for a node of somebody else, or of a newer version than this.
    pub(crate) fn foreign(&self, path: &str) -> StoreError {
        refused(self.operation, format!("{path} is not what this store would write there"))
    }
}
