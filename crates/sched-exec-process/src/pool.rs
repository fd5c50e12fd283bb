//! The workers of one life of the executor: those that wait for a run, and how a run gets one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sched_core::executor::RemoteCall;
use sched_core::task::{RunError, RunErrorKind};
use sched_core::{Context, Run};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::process::{Carried, Launch, WorkerProcess};
use crate::wire::{Order, framed};

pub(crate) struct Pool {
    launch: Launch,
    recycle_after: Option<u64>,
    places: Semaphore,
    /// The last used last, so that those not needed stay out of memory. None once it is closed.
    idle: Mutex<Option<Vec<WorkerProcess>>>,
}

impl Pool {
    pub(crate) fn new(launch: Launch, workers: usize, recycle_after: Option<u64>) -> Self {
        let idle = Mutex::new(Some(Vec::new()));
        Pool { launch, recycle_after, places: Semaphore::new(workers), idle }
    }

    /// Has all fires of a run carried out, once there is a place for it.
    pub(crate) async fn execute(&self, run: Run) {
        let _place = self.places.acquire().await.expect("nobody closes it");
        run.execute_with(|cx, call| self.carry(cx, call)).await;
    }

    async fn carry(&self, cx: Context, call: RemoteCall) -> Result<Value, RunError> {
        let order = framed(&Order::Run(Box::new(call))).map_err(not_run)?;
        loop {
            let idle = self.take_idle();
            let was_idle = idle.is_some();
            let mut worker = match idle {
                Some(worker) => worker,
                None => tokio::select! {
                    biased;
                    started = WorkerProcess::start(&self.launch) => started.map_err(not_run)?,
                    // What is half started is killed.
                    _ = cx.cancelled() => return Err(not_run("cancelled before it had begun")),
                },
            };
            match worker.carry(&cx, &order, self.launch.courtesy).await {
                Carried::Ended(end) => {
                    self.give_back(worker);
                    return end;
                }
                // It died while it was idle. Another one can have the run, which has done nothing.
                Carried::NotBegun(_) if was_idle && !cx.is_cancelled() => {}
                Carried::NotBegun(fault) | Carried::Broken(fault) => return Err(not_run(fault)),
            }
        }
    }

    fn take_idle(&self) -> Option<WorkerProcess> {
        let mut idle = self.idle();
        let idle = idle.as_mut()?;
        idle.retain_mut(WorkerProcess::is_alive);
        idle.pop()
    }

    fn give_back(&self, worker: WorkerProcess) {
        let worn_out = self.recycle_after.is_some_and(|most| worker.runs >= most);
        match self.idle().as_mut() {
            Some(idle) if !worn_out => idle.push(worker),
            _ => drop(tokio::spawn(worker.dismiss())),
        }
    }

    /// Lets the idle workers go. The others go when they have finished what they do.
    pub(crate) async fn close(&self) {
        let idle = self.idle().take();
        let leaving = idle.into_iter().flatten().map(WorkerProcess::dismiss);
        leaving.collect::<JoinSet<()>>().join_all().await;
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<WorkerProcess>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_run(fault: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RunError {
    RunError::new(RunErrorKind::Executor, fault)
}
