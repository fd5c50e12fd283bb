//! Many runs at once, most of which may end without waiting for anything: those cost no task.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sched_core::Run;
use tokio::runtime::Handle;

/// Below this many, a task for each is as good.
const CROWD: usize = 8;
/// After this many runs, other tasks have their turn.
const TURN: usize = 32;

/// Runs that nobody has begun, taken one by one by as many tasks as the runtime has threads: one
/// that keeps its thread keeps no other waiting while there is a thread left.
type Queue = Arc<Mutex<VecDeque<Run>>>;

/// Has them run. Must be called inside a runtime.
pub(crate) fn spawn(runs: &mut dyn Iterator<Item = Run>) {
    let runs: VecDeque<Run> = runs.collect();
    if runs.len() < CROWD {
        return runs.into_iter().for_each(|run| drop(tokio::spawn(run.execute())));
    }
    let threads = Handle::current().metrics().num_workers();
    let queue = Queue::new(Mutex::new(runs));
    for _ in 0..threads {
        drop(tokio::spawn(work_off(queue.clone())));
    }
}

async fn work_off(queue: Queue) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut left = TURN;
    while let Some(run) = next() {
        if run.is_blocking() {
            drop(tokio::spawn(run.execute()));
        } else if let Some(rest) = run.execute_now() {
            drop(tokio::spawn(rest));
        }
        left -= 1;
        if left == 0 {
            left = TURN;
            tokio::task::yield_now().await;
        }
    }
}
