//! One scheduler in a process of its own: it does nothing but when the model lets it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use sched_core::store::Codec;
use sched_core::{Context, RunId, Scheduler, Task, Timestamp, Zone};
use sched_exec_tokio::TokioExecutor;
use sched_testkit::ManualClock;
use tokio::runtime::Runtime;

use crate::connection::Connection;
use crate::record::{Micros, Since};
use crate::request::Request;

/// The scheduler's settings: its defaults, but for the last, so that two crashes reach it.
pub(crate) const LEASE: Micros = 6_000_000;
pub(crate) const POLL: Micros = 5_000_000;
pub(crate) const MAX_RECOVERIES: u32 = 1;

/// Something that a scheduler or one of its tasks did.
#[derive(Debug)]
pub(crate) enum Note {
    Started {
        job: String,
        run: RunId,
        scheduled: Micros,
        token: u64,
    },
    Ended {
        run: RunId,
        succeeded: bool,
    },
    /// The task was dropped before its end.
    Stopped {
        run: RunId,
    },
    /// A request of this number was answered.
    Answered {
        number: usize,
        error: Option<String>,
    },
}

/// What a scheduler's tasks and requests leave for the model to read.
#[derive(Debug, Clone, Default)]
struct Diary(Arc<Mutex<Vec<Note>>>);

impl Diary {
    fn write(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A scheduler, with a runtime and a clock of its own.
#[derive(Debug)]
pub(crate) struct Node {
    scheduler: Scheduler,
    runtime: Runtime,
    rest: Arc<Rest>,
    diary: Diary,
    pub(crate) clock: ManualClock,
    pub(crate) connection: Connection,
}

impl Node {
    /// A scheduler that is not started, whose wall clock shows `now`.
    pub(crate) fn new(now: Timestamp) -> Self {
        let (clock, connection, diary) =
            (ManualClock::at(now), Connection::default(), Diary::default());
        let scheduler = Scheduler::builder()
            .timezone(Zone::UTC)
            .clock(Arc::new(clock.clone()))
            .codec(Codec::Json)
            .lease(Duration::from_micros(LEASE.unsigned_abs()))
            .poll_interval(Duration::from_micros(POLL.unsigned_abs()))
            .max_recoveries(MAX_RECOVERIES)
            .jobstore("default", connection.clone())
            .executor("default", TokioExecutor::new())
            .task(work())
            .state(diary.clone())
            .build()
            .expect("a scheduler that can be built");
        let rest = Arc::new(Rest::default());
        let parks = rest.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            // A shutdown has a time limit in real time, which nothing here comes near.
            .enable_time()
            .on_thread_park(move || parks.reached())
            .build()
            .expect("a runtime without threads");
        Node { scheduler, runtime, rest, diary, clock, connection }
    }

    /// Asks something of the scheduler; the answer is noted under the number.
    pub(crate) fn ask(&self, number: usize, request: Request) {
        let (scheduler, diary) = (self.scheduler.clone(), self.diary.clone());
        self.runtime.spawn(async move {
            let error = request.carry_out(&scheduler).await.err();
            diary.write(Note::Answered { number, error: error.map(|error| error.to_string()) });
        });
    }

    /// Lets the scheduler do whatever it can until all of it waits, and tells what it did.
    pub(crate) fn work(&self) -> Vec<Note> {
        let mut begun = false;
        self.runtime.block_on(std::future::poll_fn(|cx| {
            if begun && self.rest.was_reached() {
                return Poll::Ready(());
            }
            begun = true;
            self.rest.wake_at(cx.waker());
            Poll::Pending
        }));
        self.diary.take()
    }
}

/// Tells when a runtime has nothing left to do.
#[derive(Debug, Default)]
struct Rest(Mutex<(bool, Option<Waker>)>);

impl Rest {
    fn wake_at(&self, waker: &Waker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (false, Some(waker.clone()));
    }

    /// Called by the runtime before its thread would sleep.
    fn reached(&self) {
        let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rest.0 = true;
        if let Some(waker) = rest.1.take() {
            waker.wake();
        }
    }

    fn was_reached(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What every job calls: lasts so many milliseconds, and fails in so many first attempts.
fn work() -> Task {
    Task::asynchronous("work", |cx: Context, (millis, failures): (u64, u32)| async move {
        let diary = cx.state::<Diary>().expect("every scheduler is given one");
        let run = cx.run_id();
        diary.write(Note::Started {
            job: cx.job_id().to_string(),
            run,
            scheduled: cx.scheduled_time().as_micros(),
            token: cx.fencing_token(),
        });
        let mut on_stage = OnStage { diary: (*diary).clone(), run, ended: false };
        if millis > 0 {
            cx.sleep(Duration::from_millis(millis)).await;
        }
        let succeeded = cx.attempt() > failures;
        on_stage.ended = true;
        diary.write(Note::Ended { run, succeeded });
        if succeeded { Ok(()) } else { Err("as told") }
    })
}

/// Notes that a task was dropped before its end.
struct OnStage {
    diary: Diary,
    run: RunId,
    ended: bool,
}

impl Drop for OnStage {
    fn drop(&mut self) {
        if !self.ended {
            self.diary.write(Note::Stopped { run: self.run });
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Started { job, run, scheduled, token } => {
                write!(f, "begins {run}: {job} for {}, token {token}", Since(*scheduled))
            }
            Note::Ended { run, succeeded: true } => write!(f, "ends {run} well"),
            Note::Ended { run, succeeded: false } => write!(f, "ends {run} badly"),
            Note::Stopped { run } => write!(f, "stops {run}"),
            Note::Answered { number, error: None } => write!(f, "answers request {number}"),
            Note::Answered { number, error: Some(error) } => {
                write!(f, "answers request {number}: {error}")
            }
        }
    }
}
