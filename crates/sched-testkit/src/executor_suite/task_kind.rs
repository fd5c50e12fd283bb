//! Tasks of either kind from one body, and what they wait at.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use sched_core::Context;
use sched_core::task::{IntoInvocation, Invocation, blocking};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// What the tasks of the suite return.
pub(super) type Returned = Result<Value, Box<dyn Error + Send + Sync>>;

/// How a task waits: by giving its thread away, or by keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    Async,
    Blocking,
}

impl TaskKind {
    /// A task of this kind.
    pub(super) fn task<F, R>(self, body: F) -> Invocation
    where
        F: Fn(Context) -> R + Send + Sync + 'static,
        R: Future<Output = Returned> + Send + 'static,
    {
        match self {
            TaskKind::Async => IntoInvocation::<fn(Context) -> R>::into_invocation(body),
            TaskKind::Blocking => blocking(move |cx| Handle::current().block_on(body(cx))),
        }
    }
}

/// Closed until somebody opens it, and then open for ever.
#[derive(Clone, Default)]
pub(super) struct Gate {
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Returns once it is open.
    pub(super) async fn pass(&self) {
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.expect("the gate holds its sender");
    }
}

/// Opens its gate when it is dropped.
pub(super) struct OpenOnDrop(pub(super) Gate);

impl Drop for OpenOnDrop {
    fn drop(&mut self) {
        self.0.open();
    }
}
