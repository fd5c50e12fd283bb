//! An executor that breaks its contract in one way, chosen by the test.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use async_trait::async_trait;
use sched_core::{Executor, Run};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// What is wrong with an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It drops every run.
    Drops,
    /// It drops one run in a hundred.
    DropsOneInAHundred,
    /// It neither runs a run nor drops it.
    Forgets,
    /// It refuses every run.
    Refuses,
    /// It takes, and runs at once, as many as there are.
    KnowsNoLimit,
    /// It runs one after the other.
    RunsOneAtOnce,
    /// It does not survive its first run.
    EndsWithItsFirstRun,
    /// It runs async tasks on another runtime than the scheduler's.
    RunsElsewhere,
    /// Its shutdown ends what still runs.
    AbortsAtShutdown,
    /// Its shutdown waits for what still runs.
    WaitsAtShutdown,
    /// After its shutdown it takes nothing more.
    NeverStartsAgain,
}

/// An executor with a [`Fault`], sound otherwise.
#[derive(Debug)]
pub(crate) struct Faulty {
    fault: Fault,
    at_once: usize,
    submitted: AtomicUsize,
    shut_down: AtomicBool,
    turn: Arc<tokio::sync::Mutex<()>>,
    running: Mutex<JoinSet<()>>,
}

impl Faulty {
    pub(crate) fn new(fault: Fault, at_once: usize) -> Self {
        Faulty {
            fault,
            at_once,
            submitted: AtomicUsize::new(0),
            shut_down: AtomicBool::new(false),
            turn: Arc::default(),
            running: Mutex::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.running.lock().expect("nobody panics with it")
    }
}

#[async_trait]
impl Executor for Faulty {
    fn capacity(&self) -> usize {
        if self.fault == Fault::KnowsNoLimit { usize::MAX } else { self.at_once }
    }

    fn submit(&self, run: Run) {
        let earlier = self.submitted.fetch_add(1, Ordering::SeqCst);
        let (turn, fault) = (self.turn.clone(), self.fault);
        match fault {
            Fault::Drops => return,
            Fault::DropsOneInAHundred if earlier % 100 == 50 => return,
            Fault::EndsWithItsFirstRun if earlier > 0 => return,
            Fault::NeverStartsAgain if self.shut_down.load(Ordering::SeqCst) => return,
            Fault::Forgets => return std::mem::forget(run),
            Fault::Refuses => return run.fail("closed for today"),
            _ => {}
        }
        let work = async move {
            let _turn = match fault {
                Fault::RunsOneAtOnce => Some(turn.lock().await),
                _ => None,
            };
            run.execute().await;
        };
        if fault == Fault::RunsElsewhere {
            elsewhere().spawn(work);
        } else {
            self.running().spawn(work);
        }
    }

    async fn shutdown(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        let mut running = std::mem::take(&mut *self.running());
        match self.fault {
            Fault::AbortsAtShutdown => running.shutdown().await,
            Fault::WaitsAtShutdown => while running.join_next().await.is_some() {},
            _ => running.detach_all(),
        }
    }
}

/// Another runtime than any test's.
fn elsewhere() -> &'static Runtime {
    static ELSEWHERE: OnceLock<Runtime> = OnceLock::new();
    ELSEWHERE.get_or_init(|| Runtime::new().expect("a runtime for the test"))
}
