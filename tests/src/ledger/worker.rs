//! One of the schedulers: a process that does nothing but run jobs, until it is killed.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use sched_core::store::Codec;
use sched_core::{Clock, Context, Event, EventMask, JobStore, Scheduler, SystemClock, Task, Zone};
use sched_exec_tokio::TokioExecutor;

use super::Error;
use super::broken::BrokenStore;
use super::duty::TASK;
use super::journal::Journal;
use super::line::{Mark, What};
use super::options::{Broken, WorkerOptions};
use super::skewed::SkewedClock;
use super::target;

/// How often a run may be taken over. More often than the ledger kills: whether a run is given up
/// in the end is not tested here, and one that was would look lost.
const MAX_RECOVERIES: u32 = 1_000;
/// How long to wait before a store that is away is looked for again at the start.
const PATIENCE: Duration = Duration::from_millis(200);
/// What a scheduler tells of itself.
const TOLD: EventMask = EventMask::JOB_RECOVERED
    .union(EventMask::JOB_LOST)
    .union(EventMask::JOB_MISSED)
    .union(EventMask::JOB_MAX_INSTANCES)
    .union(EventMask::JOB_RETRIED)
    .union(EventMask::JOB_PARKED)
    .union(EventMask::STORE_DOWN)
    .union(EventMask::STORE_UP)
    .union(EventMask::CLOCK_JUMPED);

/// Runs jobs until somebody says stop, or whoever started it has gone.
pub(crate) async fn work(options: WorkerOptions) -> Result<(), Error> {
    end_with_the_conductor();
    let journal = Arc::new(Journal::open(&options.folder, &options.node)?);
    let mut store: Arc<dyn JobStore> = target::connect(&options.store, &options.place)?;
    if let Some(broken) = options.broken {
        store = Arc::new(BrokenStore::new(store, broken));
    }
    let jumps_after = Duration::from_millis(options.jump_after_ms);
    let clock = SkewedClock::new(options.skew_ms, options.jump_ms, jumps_after);
    let scheduler = Scheduler::builder()
        .timezone(Zone::UTC)
        .clock(Arc::new(clock))
        .lease(Duration::from_millis(options.lease_ms))
        .max_recoveries(MAX_RECOVERIES)
        .codec(codec(options.broken))
        .shared_jobstore("default", store)
        .executor("default", TokioExecutor::new())
        .task(task(journal.clone()))
        .build()?;
    scheduler.add_listener(TOLD, {
        let journal = journal.clone();
        move |event: &Event| journal.write(told(event))
    });
    // The server may be away just now.
    while let Err(error) = scheduler.run().await {
        journal.write(What::Told { job: None, text: format!("not started: {error:?}") });
        SystemClock::new().sleep(PATIENCE).await;
    }
    Ok(())
}

/// What jobs are stored as: readable if somebody is to tamper with them.
pub(crate) fn codec(broken: Option<Broken>) -> Codec {
    if broken == Some(Broken::Lease) { Codec::Json } else { Codec::default() }
}

/// The task of all jobs: takes as long as it is told, and fails as often.
fn task(journal: Arc<Journal>) -> Task {
    Task::asynchronous(TASK, move |cx: Context, (work_ms, failures): (u64, u32)| {
        let journal = journal.clone();
        async move {
            let mark = Mark {
                job: cx.job_id().to_string(),
                scheduled: cx.scheduled_time().as_micros(),
                run: cx.run_id().to_string(),
                token: cx.fencing_token(),
                attempt: cx.attempt(),
            };
            journal.write(What::Begun(mark.clone()));
            // Not the context's clock, which is the scheduler's.
            let clock = SystemClock::new();
            tokio::select! {
                biased;
                reason = cx.cancelled() => {
                    journal.write(What::Stopped { reason: format!("{reason:?}"), mark });
                    Err("stopped")
                }
                () = clock.sleep(Duration::from_millis(work_ms)) => {
                    let well = cx.attempt() > failures;
                    journal.write(What::Ended { well, mark });
                    if well { Ok(()) } else { Err("as told") }
                }
            }
        }
    })
}

fn told(event: &Event) -> What {
    let job = event.job_id().map(ToString::to_string);
    What::Told { job, text: format!("{:?}", event.kind) }
}

/// Ends this process when its standard input does, which is a pipe of the conductor's.
fn end_with_the_conductor() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(3);
    });
}
