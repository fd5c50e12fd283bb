//! One verb at work: its session, the store's place, and the name that errors are told by.

use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::JobId;
use sched_core::store::{Record, StoreError};
use zookeeper_client::{Client, Error, MultiReadResult, Stat};

use crate::fault::{fault, refused};
use crate::hints::OwnWrites;
use crate::place::Place;
use crate::value;

/// How many requests are under way at once.
pub(crate) const WINDOW: usize = 64;
/// How many records are read by one request. The server has its whole answer in memory.
const TOGETHER: usize = 32;

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
            Ok((data, stat)) => self.read(id, &path, &data, stat).map(Some),
            Err(Error::NoNode) => Ok(None),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// The records of these ids, in order.
    pub(crate) async fn all_stored(
        &self,
        ids: Vec<JobId>,
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        let parts = ids.chunks(TOGETHER).map(|part| self.stored_together(part.to_vec()));
        stream::iter(parts.collect::<Vec<_>>()).buffered(WINDOW).try_concat().await
    }

    async fn stored_together(&self, ids: Vec<JobId>) -> Result<Vec<Option<Stored>>, StoreError> {
        let paths: Vec<String> = ids.iter().map(|id| self.place.record(id)).collect();
        let mut reader = self.client.new_multi_reader();
        for path in &paths {
            reader.add_get_data(path).map_err(|error| self.fault(error))?;
        }
        let results = reader.commit().await.map_err(|error| self.fault(error))?;
        let one = |((id, path), result): ((JobId, String), _)| match result {
            MultiReadResult::Data { data, stat } => self.read(id, &path, &data, stat).map(Some),
            MultiReadResult::Error { err: Error::NoNode } => Ok(None),
            MultiReadResult::Error { err } => Err(self.fault(err)),
            _ => Err(refused(self.operation, format!("{path} was asked for and not answered"))),
        };
        ids.into_iter().zip(paths).zip(results).map(one).collect()
    }

    fn read(&self, id: JobId, path: &str, data: &[u8], stat: Stat) -> Result<Stored, StoreError> {
        let record = value::record(id, data).ok_or_else(|| self.foreign(path))?;
        Ok(Stored { record, version: stat.version })
    }

    pub(crate) fn fault(&self, error: Error) -> StoreError {
        fault(self.operation, error)
    }

    /// The error for a node of somebody else, or of a newer version than this.
    pub(crate) fn foreign(&self, path: &str) -> StoreError {
        refused(self.operation, format!("{path} is not what this store would write there"))
    }
}
