//! Making a store's place in the tree.

use sched_core::store::StoreError;
use zookeeper_client::{Error, MultiWriteError};

use crate::call::Call;
use crate::place::LAYOUT;

/// Others may make or remove the same nodes at the same time, but not for ever.
const TRIES: usize = 16;

impl Call<'_> {
    /// Makes what is missing of the place: all of it in one transaction, so that it is there or not
    /// there, and never half. What is somebody else's is left as it is.
    pub(crate) async fn make_place(&self) -> Result<(), StoreError> {
        self.catch_up();
        for _ in 0..TRIES {
            // Before the records: a place that somebody makes in between is seen with them.
            let children = self.children(&self.place.path).await?;
            let records = self.place.records();
            match self.client.get_data(&records).await {
                Ok((data, _)) if data == LAYOUT => return Ok(()),
                Ok(_) => return Err(self.foreign(&records)),
                Err(Error::NoNode) => {}
                Err(error) => return Err(self.fault(error)),
            }
            if children.as_ref().is_some_and(|names| !names.is_empty()) {
                return Err(self.foreign(&self.place.path));
            }
            match self.make_nodes(children.is_none()).await {
                Err(Error::NoNode | Error::NodeExists) => {}
                made => return made.map_err(|error| self.fault(error)),
            }
        }
        Err(self.foreign(&self.place.path))
    }

    async fn make_nodes(&self, with_root: bool) -> Result<(), Error> {
        let options = self.place.options();
        if with_root && !self.place.parent().is_empty() {
            self.client.mkdir(self.place.parent(), &options).await?;
        }
        let commit = {
            let mut multi = self.client.new_multi_writer();
            if with_root {
                multi.add_create(&self.place.path, b"", &options)?;
            }
            multi.add_create(&self.place.records(), LAYOUT, &options)?;
            for shard in self.place.shards() {
                multi.add_create(&shard, b"", &options)?;
            }
            for node in [self.place.due(), self.place.changes(), self.place.clock()] {
                multi.add_create(&node, b"", &options)?;
            }
            multi.commit()
        };
        commit.await.map(drop).map_err(MultiWriteError::into)
    }
}
