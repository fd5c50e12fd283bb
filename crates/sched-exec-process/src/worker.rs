//! The worker: a process that does what comes through its socket until the socket is closed.
//!
//! One thread does nothing but read, so that it hears of a cancellation, and of the pool's end,
//! whatever the task does. Another has the runtime and the runs, one after the other.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group};
use sched_core::executor::{CancelHandle, RemoteRun, RemoteTasks};
use sched_core::task::{RunError, RunErrorKind};
use sched_core::{Scheduler, SchedulerBuilder, Task};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::wire::{Hello, News, Order, PROTOCOL};
use crate::{limits, mark, wire};

/// The entry of a worker, for the first line of `main`: returns at once in the program itself, and
/// never in a worker process, which serves its pool until that is gone.
///
/// The worker knows the tasks that carry `#[task]`. For others, and for shared state, there is
/// [`Worker`].
///
/// ```
/// sched_exec_process::worker();
/// // The program: a scheduler with a process pool.
/// ```
pub fn worker() {
    Worker::new().run_if_worker();
}

/// What a worker process has besides the tasks that carry `#[task]`.
///
/// ```
/// use sched_core::{Context, Task};
/// use sched_exec_process::Worker;
///
/// struct Greeting(&'static str);
///
/// fn main() {
///     let greet = Task::blocking("greet", |cx: Context, (name,): (String,)| {
///         let greeting = cx.state::<Greeting>()?;
///         Ok::<_, sched_core::task::NoSuchState>(format!("{}, {name}", greeting.0))
///     });
///     Worker::new().task(greet).state(Greeting("hello")).run_if_worker();
///     // The program.
/// }
/// ```
#[derive(Debug)]
pub struct Worker {
    far: SchedulerBuilder,
}

impl Worker {
    /// A worker with the tasks that carry `#[task]`.
    pub fn new() -> Self {
        Worker { far: Scheduler::builder() }
    }

    /// A task that does not carry `#[task]`.
    pub fn task(mut self, task: Task) -> Self {
        self.far = self.far.task(task);
        self
    }

    /// A value that tasks reach through their context by its type. What the scheduler was given is
    /// not there: it stays in its own process.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.far = self.far.state(value);
        self
    }

    /// As [`worker`]: returns at once, unless this is a worker process; then never.
    pub fn run_if_worker(self) {
        let pool = match mark::take() {
            Ok(None) => return,
            Ok(Some(pool)) => pool,
            Err(error) => end(&format!("the way to the pool cannot be had: {error}")),
        };
        // Held to the very end, so that the pool hears the exit code and not just silence.
        let pool = Arc::new(pool);
        let ours = pool.clone();
        // A thread of its own: the caller's may be inside a runtime already, where no other can
        // be waited for.
        let served = std::thread::Builder::new().name("sched-worker".to_owned());
        let served = served.spawn(move || serve(&ours, self.far)).map(|thread| thread.join());
        let reason = match served {
            Ok(Ok(Ok(never))) => match never {},
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_panic)) => "a panic outside of any task".to_owned(),
            Err(error) => error.to_string(),
        };
        end(&reason)
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self::new()
    }
}

fn end(reason: &str) -> ! {
    eprintln!("sched worker: {reason}");
    std::process::exit(1)
}

type Fault = Box<dyn Error + Send + Sync>;

/// Reads what the pool says until the pool is gone, and this process with it.
fn serve(pool: &Arc<UnixStream>, far: SchedulerBuilder) -> Result<Infallible, Fault> {
    let Some(hello) = wire::read::<Hello>(&**pool)? else { leave(false) };
    let (tasks, runtime) = match get_ready(&hello, far) {
        Ok(ready) => ready,
        Err(error) => {
            wire::write(&**pool, &News::NotReady(error.to_string()))?;
            return Err(error);
        }
    };
    let outlet = Arc::new(Outlet { pool: Mutex::new(pool.clone()), busy: AtomicBool::new(false) });
    let (runs, inbox) = unbounded_channel();
    let teller = outlet.clone();
    let thread = std::thread::Builder::new().name("sched-runs".to_owned());
    thread.spawn(move || {
        let all = run_all(inbox, &teller, hello.cpu);
        // A run's panics are caught further down: this is for what else may come up.
        let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(all)));
        end(&format!("no more runs: {ended:?}"));
    })?;
    outlet.tell(&News::Ready)?;
    let mut current: Option<CancelHandle> = None;
    loop {
        match wire::read(&**pool)? {
            None => leave(outlet.busy.load(Ordering::SeqCst)),
            Some(Order::Cancel(reason)) => {
                if let Some(run) = &current {
                    run.cancel(reason.into());
                }
            }
            Some(Order::Run(call)) => {
                outlet.busy.store(true, Ordering::SeqCst);
                let teller = outlet.clone();
                let progress = move |value: &Value| {
                    // A pool that is gone is noticed where it is read from.
                    let _ = teller.tell(&News::Progress(value.clone()));
                };
                match tasks.prepare(*call, progress) {
                    Ok(run) => {
                        current = Some(run.cancel_handle());
                        runs.send(run)?;
                    }
                    Err(refused) => outlet.tell_end(Err(refused))?,
                }
            }
        }
    }
}

fn get_ready(hello: &Hello, far: SchedulerBuilder) -> Result<(RemoteTasks, Runtime), Fault> {
    if hello.protocol != PROTOCOL {
        let theirs = hello.protocol;
        return Err(format!("it speaks protocol {PROTOCOL}, the pool {theirs}").into());
    }
    let tasks = RemoteTasks::new(far)?;
    // Of the runtime's threads one is enough: runs come one by one, and are waited for elsewhere.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    if let Some(bytes) = hello.memory {
        limits::limit_memory(bytes)?;
    }
    Ok((tasks, runtime))
}

async fn run_all(
    mut inbox: UnboundedReceiver<RemoteRun>,
    pool: &Outlet,
    cpu: Option<Duration>,
) -> io::Result<()> {
    while let Some(run) = inbox.recv().await {
        // Without a limit what the process was started with stays.
        if cpu.is_some() {
            limits::limit_cpu(cpu)?;
        }
        pool.tell(&News::Begun)?;
        let end = run.execute().await;
        if cpu.is_some() {
            limits::limit_cpu(None)?;
        }
        pool.tell_end(end)?;
    }
    Ok(())
}

/// The pool has gone, on purpose or not. What a task in the middle has started goes with it: it
/// may be run again elsewhere.
fn leave(busy: bool) -> ! {
    if busy {
        // Also this process, which the pool made the first of its group.
        let _ = kill_current_process_group(Signal::KILL);
    }
    std::process::exit(0)
}

/// The way to the pool, for several threads.
struct Outlet {
    /// Locked for as long as a message takes.
    pool: Mutex<Arc<UnixStream>>,
    /// Whether a run goes on whose end the pool does not know.
    busy: AtomicBool,
}

impl Outlet {
    fn tell(&self, news: &News) -> io::Result<()> {
        let frame = wire::framed(news)?;
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        (&**pool).write_all(&frame)
    }

    fn tell_end(&self, end: Result<Value, RunError>) -> io::Result<()> {
        // Before it is told: the pool may dismiss this process at once.
        self.busy.store(false, Ordering::SeqCst);
        match self.tell(&News::Ended(end.map_err(RunError::into))) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let error = RunError::new(RunErrorKind::Executor, error);
                self.tell(&News::Ended(Err(error.into())))
            }
            told => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_of_another_protocol_is_refused() {
        let hello = Hello { protocol: PROTOCOL + 1, memory: None, cpu: None };
        let refused = get_ready(&hello, Scheduler::builder()).expect_err("it is refused");
        assert_eq!(refused.to_string(), "it speaks protocol 1, the pool 2");
    }
}
