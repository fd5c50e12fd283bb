//! An executor whose queue a test empties.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sched_core::{Executor, Run};
use tokio::sync::Notify;

use crate::told::soon;

/// Keeps the runs that it is given until a test takes them.
#[derive(Debug, Default)]
pub struct HeldExecutor {
    runs: Mutex<VecDeque<Run>>,
    came: Notify,
}

impl HeldExecutor {
    /// An executor without any run.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The run that was submitted first, once there is one.
    ///
    /// # Panics
    /// After half a minute without any.
    pub async fn next(&self) -> Run {
        soon(async {
            loop {
                let came = self.came.notified();
                let first = self.runs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                match first {
                    Some(run) => return run,
                    None => came.await,
                }
            }
        })
        .await
    }
}

#[async_trait]
impl Executor for HeldExecutor {
    fn submit(&self, run: Run) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push_back(run);
        self.came.notify_one();
    }
}
