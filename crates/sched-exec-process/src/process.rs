//! One worker process, as the pool sees it: started, given runs, told to stop, killed.

use std::ffi::OsString;
use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use sched_core::Context;
use sched_core::task::RunError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

use crate::fault::WorkerFault;
use crate::last_words::LastWords;
use crate::mark;
use crate::wire::{Hello, News, Order, PROTOCOL, framed, is_end, unframe};

/// How long an idle worker may take to leave.
const PATIENCE: Duration = Duration::from_secs(1);

/// What worker processes are.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// None: this very program.
    pub(crate) program: Option<PathBuf>,
    pub(crate) args: Vec<OsString>,
    pub(crate) memory: Option<u64>,
    pub(crate) cpu: Option<Duration>,
    pub(crate) start_timeout: Duration,
    pub(crate) courtesy: Duration,
}

impl Launch {
    fn command(&self) -> io::Result<Command> {
        let mut command = match &self.program {
            Some(program) => Command::new(program),
            // Not by its name: the file may have been replaced by another version since.
            None if cfg!(target_os = "linux") => {
                let mut command = Command::new("/proc/self/exe");
                command.arg0(std::env::args_os().next().unwrap_or_default());
                command
            }
            None => Command::new(std::env::current_exe()?),
        };
        command.args(&self.args);
        Ok(command)
    }
}

/// A worker process that is ready. Dropped, it is killed.
pub(crate) struct WorkerProcess {
    child: Child,
    pid: u32,
    orders: OwnedWriteHalf,
    news: NewsReader,
    words: LastWords,
    /// How many runs it was given.
    pub(crate) runs: u64,
}

/// What became of a run that was given to a worker.
pub(crate) enum Carried {
    /// It ended, and the worker can take the next.
    Ended(Result<Value, RunError>),
    /// The task was not called; the worker is gone.
    NotBegun(WorkerFault),
    /// The task may have done something; the worker is gone.
    Broken(WorkerFault),
}

impl WorkerProcess {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(launch: &Launch) -> Result<Self, WorkerFault> {
        let mut worker = Self::spawn(launch)?;
        let hello = Hello { protocol: PROTOCOL, memory: launch.memory, cpu: launch.cpu };
        let hello = framed(&hello)?;
        let answer = async {
            // One that is gone cannot be written to; that it is gone is what is read then.
            let _ = worker.orders.write_all(&hello).await;
            worker.news.next().await
        };
        let answer = tokio::time::timeout(launch.start_timeout, answer).await;
        let pid = worker.pid;
        match answer {
            Ok(Ok(Some(News::Ready))) => Ok(worker),
            Ok(Ok(Some(News::NotReady(reason)))) => Err(WorkerFault::Unfit { reason }),
            Ok(Ok(Some(news))) => Err(out_of_turn(&news)),
            Ok(Ok(None)) => {
                let (exit, stderr) = worker.bury().await?;
                Err(WorkerFault::NeverReady { pid, exit, stderr })
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_elapsed) => {
                let (_, stderr) = worker.bury().await?;
                let limit = launch.start_timeout;
                Err(WorkerFault::NotReadyInTime { pid, limit, stderr })
            }
        }
    }

    fn spawn(launch: &Launch) -> Result<Self, WorkerFault> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        let mut command = launch.command()?;
        command.env(mark::VARIABLE, mark::of(&theirs)?);
        command.stdin(OwnedFd::from(theirs)).stderr(Stdio::piped());
        // A group of its own: what the task starts can be killed with it, and Ctrl-C at a terminal
        // is the scheduler's to deal with.
        command.process_group(0).kill_on_drop(true);
        let spawned = command.spawn();
        // It holds the worker's end, which only the worker shall have.
        let program = command.as_std().get_program().display().to_string();
        drop(command);
        let mut child = spawned.map_err(|source| WorkerFault::Spawn { program, source })?;
        ours.set_nonblocking(true)?;
        let (news, orders) = UnixStream::from_std(ours)?.into_split();
        let stderr = child.stderr.take().expect("it was asked for above");
        let pid = child.id().expect("nobody has waited for it yet");
        tracing::debug!(pid, "worker process started");
        let (news, words) = (NewsReader::new(news), LastWords::listen(stderr));
        Ok(WorkerProcess { child, pid, orders, news, words, runs: 0 })
    }

    /// Whether it has not ended, as far as the system knows.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Has a run, written as an [`Order`], carried out. When the run is to stop the worker is told,
    /// and killed if that does not help.
    pub(crate) async fn carry(
        &mut self,
        cx: &Context,
        order: &[u8],
        courtesy: Duration,
    ) -> Carried {
        self.runs += 1;
        self.words.forget();
        let mut begun = false;
        let talked = tokio::select! {
            biased;
            talked = self.talk(cx, order, &mut begun) => Some(talked),
            () = overdue(cx, courtesy) => None,
        };
        let pid = self.pid;
        let fault = match talked {
            Some(Ok(Some(end))) => return Carried::Ended(end),
            Some(Ok(None)) => match self.bury().await {
                Ok((exit, stderr)) if begun => WorkerFault::Died { pid, exit, stderr },
                Ok((exit, stderr)) => WorkerFault::NeverReady { pid, exit, stderr },
                Err(error) => error.into(),
            },
            Some(Err(fault)) => fault,
            None => match self.bury().await {
                Ok(_) => WorkerFault::Killed { pid, courtesy },
                Err(error) => error.into(),
            },
        };
        tracing::debug!(pid, %fault, "worker process gone");
        if begun { Carried::Broken(fault) } else { Carried::NotBegun(fault) }
    }

    /// None: the worker is gone.
    async fn talk(
        &mut self,
        cx: &Context,
        order: &[u8],
        begun: &mut bool,
    ) -> Result<Option<Result<Value, RunError>>, WorkerFault> {
        // As above: that it is gone is what is read then.
        let _ = self.orders.write_all(order).await;
        let mut told = false;
        loop {
            let news = tokio::select! {
                biased;
                news = self.news.next() => news?,
                reason = cx.cancelled(), if !told => {
                    told = true;
                    let order = framed(&Order::Cancel(reason.into()))?;
                    let _ = self.orders.write_all(&order).await;
                    continue;
                }
            };
            match news {
                Some(News::Begun) => *begun = true,
                Some(News::Progress(value)) => {
                    cx.report_progress(value).expect("what was JSON can be written as JSON");
                }
                Some(News::Ended(end)) => return Ok(Some(end.map_err(RunError::from))),
                Some(news) => return Err(out_of_turn(&news)),
                None => return Ok(None),
            }
        }
    }

    /// Lets an idle worker go.
    pub(crate) async fn dismiss(mut self) {
        // An error says that it is gone already.
        let _ = self.orders.shutdown().await;
        // Otherwise it is killed when it is dropped.
        let _ = tokio::time::timeout(PATIENCE, self.child.wait()).await;
    }

    /// Makes sure that it has ended, with whatever it started; how, and its last words.
    async fn bury(&mut self) -> io::Result<(ExitStatus, String)> {
        self.kill();
        let exit = self.child.wait().await?;
        Ok((exit, self.words.take().await))
    }

    /// Kills it, with whatever it started. One that is about to end by itself keeps the exit code
    /// that it has.
    fn kill(&self) {
        // None once it was waited for: its id may be somebody else's then.
        if let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            // An error says that nobody is left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns when a run that was told to stop has had its time to do so.
async fn overdue(cx: &Context, courtesy: Duration) {
    cx.cancelled().await;
    let _ = tokio::time::timeout(courtesy, pending::<()>()).await;
}

fn out_of_turn(news: &News) -> WorkerFault {
    let what = format!("not to be said now: {news:?}");
    io::Error::new(io::ErrorKind::InvalidData, what).into()
}

/// Reads message by message. A wait that is broken off loses nothing.
struct NewsReader {
    from: OwnedReadHalf,
    read: Vec<u8>,
}

impl NewsReader {
    fn new(from: OwnedReadHalf) -> Self {
        NewsReader { from, read: Vec::new() }
    }

    /// None: the other end is gone.
    async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            if let Some(news) = unframe(&mut self.read)? {
                return Ok(Some(news));
            }
            match self.from.read_buf(&mut self.read).await {
                Ok(0) => return Ok(None),
                Err(error) if is_end(&error) => return Ok(None),
                read => read?,
            };
        }
    }
}
