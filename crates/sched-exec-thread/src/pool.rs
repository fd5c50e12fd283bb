//! The pool: threads that take runs from one queue until it is closed and empty.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use crossbeam_channel::{Receiver, Sender, unbounded};
use sched_core::executor::ExecutorError;
use sched_core::{Error, Executor, Run};

/// As many as the reference's pool has.
const WORKERS: NonZeroUsize = NonZeroUsize::new(10).expect("ten is not zero");

/// Runs jobs on a pool of threads: 10, unless [said otherwise](Self::with_workers).
///
/// - The threads are there from the scheduler's start to its shutdown, and again after the next
///   start. They are named `sched-<alias>-<number>`.
/// - As many runs go on at once as there are threads. A [few more](Self::queue) wait in the pool,
///   so that a thread that becomes free has its next run at hand; the others stay in their store.
///   A run's misfire grace counts until it begins.
/// - An async task is awaited on a thread of the pool, and has it to itself meanwhile.
/// - A shutdown never waits for a thread, and so may be asked for from one. What was taken is run
///   all the same, queued runs too; then the threads end. A program that ends does not wait for
///   them: shut the scheduler down first, with [`Shutdown::Wait`](sched_core::Shutdown::Wait).
#[derive(Debug)]
pub struct ThreadPoolExecutor {
    workers: NonZeroUsize,
    queue: usize,
    /// The way to the threads; none while there are none. They end when it is dropped.
    intake: Mutex<Option<Sender<Run>>>,
}

impl ThreadPoolExecutor {
    /// A pool of 10 threads.
    pub fn new() -> Self {
        Self::of(WORKERS)
    }

    /// A pool of this many threads.
    ///
    /// ```
    /// use sched_core::Executor;
    /// use sched_exec_thread::ThreadPoolExecutor;
    ///
    /// # fn main() -> Result<(), sched_core::Error> {
    /// let pool = ThreadPoolExecutor::with_workers(4)?.queue(1);
    /// assert_eq!(pool.capacity(), 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] when it is zero.
    pub fn with_workers(workers: usize) -> Result<Self, Error> {
        let refused = || Error::Config {
            key: "max_workers".to_owned(),
            reason: "a pool without threads would run nothing".to_owned(),
        };
        NonZeroUsize::new(workers).map(Self::of).ok_or_else(refused)
    }

    fn of(workers: NonZeroUsize) -> Self {
        ThreadPoolExecutor { workers, queue: workers.get(), intake: Mutex::new(None) }
    }

    /// How many runs may wait in the pool beyond those that go on; as many as there are threads,
    /// unless said.
    ///
    /// More of them keep the threads busy when tasks are very short. Fewer leave more to other
    /// schedulers on the same store: what waits here waits for this process.
    pub fn queue(mut self, runs: usize) -> Self {
        self.queue = runs;
        self
    }

    fn intake(&self) -> MutexGuard<'_, Option<Sender<Run>>> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ThreadPoolExecutor {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Executor for ThreadPoolExecutor {
    fn start(&self, alias: &str) -> Result<(), ExecutorError> {
        let spawn = |name, runs: Receiver<Run>| {
            let thread = std::thread::Builder::new().name(name);
            thread.spawn(move || work(&runs)).map(drop)
        };
        let intake = open(self.workers, alias, spawn);
        let intake = intake
            .map_err(|source| ExecutorError { alias: alias.to_owned(), source: source.into() })?;
        *self.intake() = Some(intake);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.workers.get().saturating_add(self.queue)
    }

    fn submit(&self, run: Run) {
        // Not sent under the lock: what becomes of a run that fails is not the pool's business.
        let intake = self.intake().clone();
        let refused = match intake {
            Some(intake) => intake.send(run).err().map(|unsent| unsent.0),
            None => Some(run),
        };
        if let Some(run) = refused {
            run.fail("the thread pool is not started, or has been shut down");
        }
    }

    async fn shutdown(&self) {
        *self.intake() = None;
    }
}

/// The way to as many new threads as asked for. If one cannot be had, those before it end: the
/// way to them is dropped.
fn open(
    workers: NonZeroUsize,
    alias: &str,
    spawn: impl Fn(String, Receiver<Run>) -> io::Result<()>,
) -> io::Result<Sender<Run>> {
    let (intake, runs) = unbounded();
    // A thread's name must not contain a zero.
    let alias = alias.replace('\0', "");
    for number in 1..=workers.get() {
        spawn(format!("sched-{alias}-{number}"), runs.clone())?;
    }
    Ok(intake)
}

/// What a thread does: all that comes, until nothing can come any more.
fn work(runs: &Receiver<Run>) {
    for run in runs {
        let id = run.run_id();
        // A task's panics are caught further down. Whatever still comes up here, such as a panic
        // in a value that is dropped, has ended the run; it shall not end the thread as well.
        let ended = catch_unwind(AssertUnwindSafe(|| run.execute_blocking()));
        if ended.is_err() {
            tracing::error!(run = %id, "a run of the thread pool panicked outside of its task");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn threads_are_named_after_the_alias() {
        let names = RefCell::new(Vec::new());
        let spawn = |name, _| {
            names.borrow_mut().push(name);
            Ok(())
        };
        open(NonZeroUsize::new(2).unwrap(), "re\0ports", spawn).unwrap();
        assert_eq!(*names.borrow(), ["sched-reports-1", "sched-reports-2"]);
    }

    #[test]
    fn threads_are_given_back_when_one_cannot_be_had() {
        let threads = RefCell::new(Vec::new());
        let spawn = |_, runs: Receiver<Run>| {
            if threads.borrow().len() == 2 {
                return Err(io::Error::from(io::ErrorKind::WouldBlock));
            }
            threads.borrow_mut().push(std::thread::spawn(move || work(&runs)));
            Ok(())
        };
        let refused = open(NonZeroUsize::new(3).unwrap(), "default", spawn);
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        // Would wait for ever if the threads still waited for runs.
        threads.into_inner().into_iter().for_each(|thread| thread.join().unwrap());
    }
}
