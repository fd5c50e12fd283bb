//! The executor: what its workers are to be, and the pool of the present life.

use std::ffi::OsString;
use std::fmt;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sched_core::executor::ExecutorError;
use sched_core::{Error, Executor, Run};

use crate::mark;
use crate::pool::Pool;
use crate::process::Launch;

/// As many as the reference's pool has.
const WORKERS: NonZeroUsize = NonZeroUsize::new(10).expect("ten is not zero");

/// Runs jobs in worker processes: up to 10, unless [said otherwise](Self::with_workers).
///
/// - A worker is this program, started once more and stopped at [`worker`](crate::worker) in the
///   first line of its `main`; or [another program](Self::worker_binary) that does the same.
/// - Workers are started when they are first needed, and kept. Each carries out one run at a time.
///   A run has begun when it has a place: the start of its worker is part of its time.
/// - Whatever a task does to its process, the scheduler goes on, and the run ends in an error: the
///   exit code or signal and the last words of the process are in its source, a
///   [`WorkerFault`](crate::WorkerFault). The next run gets another worker.
/// - A run whose time is up, or that is cancelled, has [a moment](Self::courtesy) to stop; then its
///   process is killed, and what that has started. A blocking task, too, is thus stopped for sure.
/// - No worker outlives its scheduler's process, not even one that was killed.
/// - A run is never given to two workers, unless the first was gone before it called the task.
///
/// Tasks are found by name, with arguments and results as JSON; a closure ends in an error. What a
/// task's [`Context`](sched_core::Context) has there, and what not, is said at
/// [`RemoteTasks`](sched_core::executor::RemoteTasks). Standard output is the program's own;
/// standard error is passed on to it; standard input is empty.
///
/// After a shutdown idle workers leave, others when their run has ended. Workers are started in
/// the runtime of the scheduler and end with it.
pub struct ProcessPoolExecutor {
    workers: NonZeroUsize,
    recycle_after: Option<u64>,
    launch: Launch,
    /// None before the start and after a shutdown.
    pool: Mutex<Option<Arc<Pool>>>,
}

impl ProcessPoolExecutor {
    /// A pool of up to 10 worker processes.
    pub fn new() -> Self {
        Self::of(WORKERS)
    }

    /// A pool of up to this many worker processes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sched_core::Executor;
    /// use sched_exec_process::ProcessPoolExecutor;
    ///
    /// # fn main() -> Result<(), sched_core::Error> {
    /// let pool = ProcessPoolExecutor::with_workers(4)?
    ///     .memory_limit(512 * 1024 * 1024)
    ///     .cpu_limit(Duration::from_secs(60));
    /// assert_eq!(pool.capacity(), 4);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] when it is zero.
    pub fn with_workers(workers: usize) -> Result<Self, Error> {
        let refused = || Error::Config {
            key: "max_workers".to_owned(),
            reason: "a pool without workers would run nothing".to_owned(),
        };
        NonZeroUsize::new(workers).map(Self::of).ok_or_else(refused)
    }

    fn of(workers: NonZeroUsize) -> Self {
        let launch = Launch {
            program: None,
            args: Vec::new(),
            memory: None,
            cpu: None,
            start_timeout: Duration::from_secs(10),
            courtesy: Duration::from_millis(500),
        };
        ProcessPoolExecutor { workers, recycle_after: None, launch, pool: Mutex::new(None) }
    }

    /// Another program for the workers than this one: one whose `main` begins with
    /// [`worker`](crate::worker), and that knows the tasks. A name without a slash is looked for in
    /// `PATH`.
    pub fn worker_binary(mut self, program: impl Into<PathBuf>) -> Self {
        self.launch.program = Some(program.into());
        self
    }

    /// The command line of the workers; empty unless said. In a test under Rust's own harness, which
    /// has a `main` of its own, `["--exact", "worker", "--nocapture"]` makes workers of the test
    /// program, where `worker` is a test that calls [`worker`](crate::worker).
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.launch.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// How much memory a worker may have, in bytes: a task that needs more gets none, which ends
    /// most programs. On Linux all memory that is written to and not shared counts, elsewhere the
    /// whole address space; some systems take no notice. No limit unless said.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.launch.memory = Some(bytes);
        self
    }

    /// How long a run may compute, waiting not counted, before its worker is ended by the system;
    /// rounded up to whole seconds. No limit unless said.
    pub fn cpu_limit(mut self, span: Duration) -> Self {
        self.launch.cpu = Some(span);
        self
    }

    /// Gives a worker up after so many runs, for tasks that leak; never unless said.
    pub fn recycle_after(mut self, runs: NonZeroU64) -> Self {
        self.recycle_after = Some(runs.get());
        self
    }

    /// How long a new worker may take to be ready before it is killed and the run that wanted it
    /// ends in an error; 10 seconds unless said.
    pub fn start_timeout(mut self, span: Duration) -> Self {
        self.launch.start_timeout = span;
        self
    }

    /// How long a run that is told to stop has before its worker is killed; half a second unless
    /// said.
    pub fn courtesy(mut self, span: Duration) -> Self {
        self.launch.courtesy = span;
        self
    }

    fn pool(&self) -> MutexGuard<'_, Option<Arc<Pool>>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ProcessPoolExecutor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ProcessPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPoolExecutor")
            .field("workers", &self.workers)
            .field("recycle_after", &self.recycle_after)
            .field("launch", &self.launch)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Executor for ProcessPoolExecutor {
    fn start(&self, alias: &str) -> Result<(), ExecutorError> {
        if mark::is_here() {
            let reason = "this process is itself a worker of a process pool: begin main with \
                          sched_exec_process::worker(), and start no such pool in a task";
            return Err(ExecutorError { alias: alias.to_owned(), source: reason.into() });
        }
        let pool = Pool::new(self.launch.clone(), self.workers.get(), self.recycle_after);
        *self.pool() = Some(Arc::new(pool));
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.workers.get()
    }

    fn submit(&self, run: Run) {
        match self.pool().clone() {
            Some(pool) => drop(tokio::spawn(async move { pool.execute(run).await })),
            None => run.fail("the process pool is not started, or has been shut down"),
        }
    }

    async fn shutdown(&self) {
        let pool = self.pool().take();
        if let Some(pool) = pool {
            pool.close().await;
        }
    }
}
