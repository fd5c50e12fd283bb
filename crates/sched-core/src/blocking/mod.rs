//! The scheduler for programs without async: the same calls, without `.await`.
//!
//! A [`Scheduler`] here is the async one and a tokio runtime of its own, in threads called
//! `sched`: [`start`](Scheduler::start) returns at once, [`run`](Scheduler::run) when the scheduler
//! has been shut down.
//!
//! ```
//! use sched_core::task::blocking;
//! use sched_core::{InlineExecutor, Scheduler, Shutdown};
//! use std::sync::mpsc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scheduler =
//!     Scheduler::builder().executor("default", InlineExecutor::new()).build()?.blocking();
//! scheduler.start()?;
//!
//! let (said, heard) = mpsc::channel();
//! scheduler.add(blocking(move |_| said.send("hello"))).id("greeting").submit()?;
//! assert_eq!(heard.recv()?, "hello");
//!
//! scheduler.shutdown(Shutdown::Wait)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where it may be called
//! Anywhere: from any thread, from async tasks of any runtime, from inside jobs and listeners of
//! the very scheduler, async or not; [`shutdown`](Scheduler::shutdown) included. Inside a runtime
//! with several threads, the caller's tasks are handed to other threads meanwhile.
//!
//! One place is left where it cannot work: the only thread of the single-threaded runtime in which
//! an async scheduler was started. It would wait for itself; so every call there answers
//! [`Error::WouldBlock`], and has done nothing. Nor can anybody see that a thread waits for another
//! one which calls the scheduler: such knots are the program's own to avoid.
//!
//! # What it leaves out
//! Calls that never wait and are rarely needed, such as streams of events, are those of the async
//! form, one call [away](Scheduler::asynchronous); [`block_on`](Scheduler::block_on) waits for
//! whatever has no blocking twin.

mod call;
mod jobs;
mod members;
mod observe;
mod request;
mod runtime;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

pub use request::{Adding, Modifying};

use crate::blocking::runtime::OwnRuntime;
use crate::error::Error;
use crate::scheduler::{SchedulerState, Shutdown};
use crate::time::Timestamp;
use crate::zone::Zone;

/// A scheduler for programs without async.
///
/// A cheap clone, usable from any thread; the module says where it may be called.
///
/// Made from an async one by [`crate::Scheduler::blocking`]. If that is running already, for
/// example where a job takes it from its context, all calls go there. If not, this one has a
/// runtime of several threads for it, made when it is first needed, in which
/// [`start`](Self::start) starts the scheduler, and which lives until the last clone is dropped.
/// That shuts the scheduler down, but waits for nothing: live runs end in the background, unless
/// the program ends before them. The scheduler alone never keeps a program alive.
#[derive(Clone)]
pub struct Scheduler {
    asynchronous: crate::Scheduler,
    own: Arc<OwnRuntime>,
}

impl crate::Scheduler {
    /// The same scheduler for callers that cannot await.
    ///
    /// ```
    /// use sched_core::task::blocking;
    /// use sched_core::JobFilter;
    ///
    /// let count_jobs = blocking(|cx| -> Result<usize, sched_core::Error> {
    ///     Ok(cx.scheduler().blocking().get_jobs(JobFilter::all())?.len())
    /// });
    /// # let _ = count_jobs;
    /// ```
    pub fn blocking(&self) -> Scheduler {
        self.clone().into()
    }
}

impl From<crate::Scheduler> for Scheduler {
    fn from(asynchronous: crate::Scheduler) -> Self {
        let own = Arc::new(OwnRuntime::new(asynchronous.clone()));
        Scheduler { asynchronous, own }
    }
}

impl Scheduler {
    /// The same scheduler for callers that can await. Does not keep the runtime alive.
    pub fn asynchronous(&self) -> &crate::Scheduler {
        &self.asynchronous
    }

    /// Starts the scheduler in threads of its own, and returns. May be called again after a
    /// shutdown.
    ///
    /// # Errors
    /// As [`crate::Scheduler::start`]; [`Error::NoThread`]; [`Error::WouldBlock`].
    pub fn start(&self) -> Result<(), Error> {
        self.begin(self.asynchronous.start())
    }

    /// As [`start`](Self::start), but runs nothing until [`resume`](Self::resume).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_paused(&self) -> Result<(), Error> {
        self.begin(self.asynchronous.start_paused())
    }

    /// Starts the scheduler in threads of its own, and returns once it has been shut down: by
    /// somebody, or, waiting for live runs, at Ctrl-C or SIGTERM. A second signal ends the
    /// waiting.
    ///
    /// ```no_run
    /// use sched_core::{InlineExecutor, Scheduler};
    ///
    /// # fn main() -> Result<(), sched_core::Error> {
    /// let scheduler =
    ///     Scheduler::builder().executor("default", InlineExecutor::new()).build()?.blocking();
    /// scheduler.add(|| async { println!("tick") }).cron("*/5 * * * *").submit()?;
    /// scheduler.run()
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn run(&self) -> Result<(), Error> {
        self.begin(self.asynchronous.run())
    }

    /// Waits until the scheduler is shut down; returns at once if it is not started. Inside a job
    /// too: a shutdown does not wait for a run that waits for it.
    ///
    /// # Errors
    /// [`Error::WouldBlock`]; [`Error::NoRuntime`].
    pub fn wait_until_stopped(&self) -> Result<(), Error> {
        self.block_on(self.asynchronous.wait_until_stopped())
    }

    /// As [`crate::Scheduler::shutdown`].
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::WouldBlock`]; [`Error::NoRuntime`].
    pub fn shutdown(&self, how: Shutdown) -> Result<(), Error> {
        self.wait(self.asynchronous.shutdown(how))
    }

    /// As [`crate::Scheduler::pause`]; never waits.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn pause(&self) -> Result<(), Error> {
        self.asynchronous.pause()
    }

    /// As [`crate::Scheduler::resume`]; never waits.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn resume(&self) -> Result<(), Error> {
        self.asynchronous.resume()
    }

    /// Looks for due jobs now. Never needed for what is done through this scheduler.
    pub fn wakeup(&self) {
        self.asynchronous.wakeup();
    }

    /// Where it stands.
    pub fn state(&self) -> SchedulerState {
        self.asynchronous.state()
    }

    /// Whether it has been started and not shut down, paused or not.
    pub fn is_running(&self) -> bool {
        self.asynchronous.is_running()
    }

    /// The time zone of triggers and dates that name none.
    pub fn timezone(&self) -> Zone {
        self.asynchronous.timezone()
    }

    /// The present moment by the scheduler's clock.
    pub fn now(&self) -> Timestamp {
        self.asynchronous.now()
    }

    /// Waits for any call of the async form, inside the scheduler's runtime.
    ///
    /// ```
    /// use sched_core::{InlineExecutor, Scheduler};
    ///
    /// # fn main() -> Result<(), sched_core::Error> {
    /// let scheduler =
    ///     Scheduler::builder().executor("default", InlineExecutor::new()).build()?.blocking();
    /// let job = scheduler.add(|| async {}).paused().submit()?;
    /// let again = scheduler.block_on(job.reload())??;
    /// assert_eq!(again, Some(job));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::WouldBlock`] on the only thread of the runtime that the scheduler was started in;
    /// [`Error::NoRuntime`] when the scheduler is running and its runtime is gone;
    /// [`Error::NoThread`]. The future has not been polled then.
    pub fn block_on<F>(&self, future: F) -> Result<F::Output, Error>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let home = self.asynchronous.home()?;
        // Before the start too: somebody else may start the scheduler at any moment.
        let inside = home.clone().map_or_else(|| self.own.handle(), Ok)?;
        call::wait_for(future, &inside, home.as_ref())
    }

    fn wait<T: Send>(
        &self,
        call: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        self.block_on(call)?
    }

    /// Waits for a call that starts the scheduler, inside its own runtime.
    fn begin(&self, call: impl Future<Output = Result<(), Error>> + Send) -> Result<(), Error> {
        if self.state() != SchedulerState::Stopped {
            return Err(Error::AlreadyRunning);
        }
        let home = self.asynchronous.home()?;
        call::wait_for(call, &self.own.handle()?, home.as_ref())?
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("blocking::Scheduler").field("state", &self.state()).finish_non_exhaustive()
    }
}
