//! What a scheduler holds in place of a store: every call waits until the model lets it through.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use tokio::sync::oneshot;

use crate::server::Server;

/// A call on its way. Dropping it without an answer tells the caller that there will be none.
pub(crate) struct Call {
    pub(crate) verb: &'static str,
    stage: Stage,
    /// Whether it stays where it is until somebody releases it.
    pub(crate) held: bool,
}

/// Does what a call asks, and answers with what tells the caller.
type Request = Box<dyn FnOnce(&mut Server) -> Answer + Send>;
type Answer = Box<dyn FnOnce() + Send>;

enum Stage {
    /// On its way to the server.
    Request(Request),
    /// The server has done it; on its way back.
    Answer(Answer),
    Over,
}

impl Call {
    /// Whether the server has done it.
    pub(crate) fn is_done(&self) -> bool {
        !matches!(self.stage, Stage::Request(_))
    }

    /// Has the server do it, if it has not.
    pub(crate) fn carry_out(&mut self, server: &mut Server) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Request(request) => Stage::Answer(request(server)),
            done => done,
        };
    }

    /// Tells the caller what the server answered.
    pub(crate) fn answer(self) {
        if let Stage::Answer(answer) = self.stage {
            answer();
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("verb", &self.verb).field("held", &self.held).finish()
    }
}

/// One scheduler's way to the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    calls: Arc<Mutex<VecDeque<Call>>>,
}

impl Connection {
    /// The calls that are under way, the oldest first.
    pub(crate) fn calls(&self) -> MutexGuard<'_, VecDeque<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call<T: Send + 'static>(
        &self,
        verb: &'static str,
        work: impl FnOnce(&mut Server) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let request = |server: &mut Server| -> Answer {
            let result = work(server);
            Box::new(move || {
                // Whoever called may have stopped waiting.
                let _ = answer.send(result);
            })
        };
        let stage = Stage::Request(Box::new(request));
        self.calls().push_back(Call { verb, stage, held: false });
        let gone = |source| StoreError::Unavailable { operation: verb, source: Box::new(source) };
        answered.await.map_err(gone)
    }
}

#[async_trait]
impl JobStore for Connection {
    async fn open(&self) -> Result<(), StoreError> {
        self.call("open", |_| ()).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.call("close", |_| ()).await
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.call("insert", |server| server.insert(records)).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let id = id.clone();
        self.call("get", move |server| server.get(&id)).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let after = after.cloned();
        self.call("list", move |server| server.list(after.as_ref(), limit)).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let lane = lane.to_owned();
        self.call("due", move |server| server.due(&lane, now, limit)).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let lanes = lanes.to_vec();
        self.call("next_due", move |server| server.next_due(&lanes)).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.call("lanes", |server| server.lanes()).await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        self.call("swap", |server| server.swap(changes)).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.call("clear", |server| server.clear()).await
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.call("changes", |server| server.changes()).await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.call("tell", move |server| server.tell(hint)).await
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call("now", |server| server.now()).await
    }
}
