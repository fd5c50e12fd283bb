//! What is the pool's own: its threads, and the runs that wait in it.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Invocation, RunErrorKind, blocking};
use sched_core::{
    Context, Event, EventKind, EventMask, Executor, JobFilter, Scheduler, SchedulerBuilder,
    Shutdown, Zone,
};
use sched_exec_thread::ThreadPoolExecutor;
use sched_testkit::{ManualClock, moment};

const PATIENCE: Duration = Duration::from_secs(30);

/// A scheduler that has been started, and what it tells of runs.
async fn start(builder: SchedulerBuilder) -> (Scheduler, EventStream) {
    let scheduler = builder.timezone(Zone::UTC).build().expect("it makes sense");
    let events = scheduler.events(
        EventMask::JOB_SUBMITTED
            | EventMask::JOB_STARTED
            | EventMask::JOB_EXECUTED
            | EventMask::JOB_ERROR
            | EventMask::JOB_MISSED,
    );
    scheduler.start().await.expect("it starts");
    (scheduler, events)
}

/// A scheduler with a pool of one thread, in which one run may wait.
async fn start_narrow(builder: SchedulerBuilder) -> (Scheduler, EventStream) {
    let pool = ThreadPoolExecutor::with_workers(1).expect("one is enough").queue(1);
    start(builder.executor("default", pool)).await
}

/// The next event about the job of this kind; those before it go.
async fn next(events: &mut EventStream, job: &str, kind: EventMask) -> Arc<Event> {
    let heard = async {
        loop {
            match events.next().await {
                Some(StreamItem::Event(event))
                    if kind.contains(event.code())
                        && event.job_id().is_some_and(|id| **id == *job) =>
                {
                    return event;
                }
                Some(StreamItem::Event(_)) => {}
                other => panic!("events were lost: {other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, heard).await.expect("it is told in time")
}

/// A task that keeps its thread until the sender is dropped.
fn keeps_its_thread() -> (Invocation, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let task = blocking(move |_: Context| {
        let ended = released.lock().expect("nobody panics with it").recv_timeout(PATIENCE);
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected));
    });
    (task, release)
}

fn must_not_begin() -> Invocation {
    blocking(|cx: Context| Err::<(), _>(format!("{} has begun", cx.job_id())))
}

#[tokio::test]
async fn tasks_of_either_kind_run_on_threads_named_after_the_alias() {
    let pool = ThreadPoolExecutor::with_workers(1).unwrap();
    let (scheduler, mut events) = start(Scheduler::builder().executor("pool", pool)).await;
    let name = || Ok::<_, std::io::Error>(std::thread::current().name().map(str::to_owned));
    scheduler.add(blocking(move |_| name())).id("blocking").executor("pool").await.unwrap();
    scheduler.add(move || async move { name() }).id("async").executor("pool").await.unwrap();
    for id in ["blocking", "async"] {
        let end = next(&mut events, id, EventMask::JOB_EXECUTED).await;
        let EventKind::JobExecuted { retval, .. } = &end.kind else { panic!("{end:?}") };
        assert_eq!(retval, "sched-pool-1");
    }
}

#[tokio::test]
async fn a_waiting_run_that_is_cancelled_never_begins() {
    let (scheduler, mut events) = start_narrow(Scheduler::builder()).await;
    let (keeps, release) = keeps_its_thread();
    scheduler.add(keeps).id("running").await.unwrap();
    scheduler.add(must_not_begin()).id("waiting").await.unwrap();
    next(&mut events, "waiting", EventMask::JOB_SUBMITTED).await;
    assert_eq!(scheduler.cancel_runs("waiting").await.unwrap(), 1);
    drop(release);
    let told = EventMask::JOB_STARTED | EventMask::JOB_EXECUTED | EventMask::JOB_ERROR;
    let end = next(&mut events, "waiting", told).await;
    let EventKind::JobError { error, .. } = &end.kind else { panic!("{end:?}") };
    assert_eq!(error.kind(), RunErrorKind::Cancelled);
}

/// The grace counts until a run begins, its wait in the pool included.
#[tokio::test]
async fn a_run_that_waited_longer_than_its_grace_is_missed() {
    let clock = ManualClock::at(moment("2026-01-01T00:00:00Z"));
    let (scheduler, mut events) =
        start_narrow(Scheduler::builder().clock(Arc::new(clock.clone()))).await;
    let (keeps, release) = keeps_its_thread();
    scheduler.add(keeps).id("running").await.unwrap();
    let waits = scheduler.add(must_not_begin()).id("waiting");
    waits.misfire_grace_time(Duration::from_secs(1)).await.unwrap();
    let submitted = next(&mut events, "waiting", EventMask::JOB_SUBMITTED).await;
    clock.advance(Duration::from_micros(1_000_001));
    drop(release);
    let told = EventMask::JOB_STARTED | EventMask::JOB_ERROR | EventMask::JOB_MISSED;
    let end = next(&mut events, "waiting", told).await;
    let EventKind::JobMissed { run_id, scheduled_run_time, .. } = end.kind else {
        panic!("{end:?}")
    };
    let EventKind::JobSubmitted { run_id: submitted, .. } = submitted.kind else { panic!() };
    assert_eq!(run_id, Some(submitted));
    assert_eq!(scheduled_run_time, moment("2026-01-01T00:00:00Z"));
}

#[tokio::test]
async fn runs_beyond_threads_and_queue_stay_in_their_store() {
    let (scheduler, mut events) = start_narrow(Scheduler::builder()).await;
    let (keeps, release) = keeps_its_thread();
    scheduler.add(keeps).id("running").await.unwrap();
    scheduler.add(|| async {}).id("waiting").await.unwrap();
    next(&mut events, "waiting", EventMask::JOB_SUBMITTED).await;
    scheduler.add(|| async {}).id("left").await.unwrap();
    let jobs = scheduler.get_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.id().as_str()).collect::<Vec<_>>(), ["left"]);
    drop(release);
    next(&mut events, "left", EventMask::JOB_EXECUTED).await;
}

#[tokio::test]
async fn threads_end_after_a_shutdown() {
    thread_local! {
        static HELD: std::cell::RefCell<Option<mpsc::Sender<()>>> = const {
            std::cell::RefCell::new(None)
        };
    }
    let (scheduler, mut events) = start_narrow(Scheduler::builder()).await;
    let (held, gone) = mpsc::channel();
    // Dropped when its thread ends.
    let holds = blocking(move |_| HELD.set(Some(held.clone())));
    scheduler.add(holds).id("holds").await.unwrap();
    next(&mut events, "holds", EventMask::JOB_EXECUTED).await;
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    assert_eq!(gone.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[tokio::test]
async fn a_pool_that_is_gone_refuses_runs_aloud() {
    let pool = Arc::new(ThreadPoolExecutor::new());
    let (scheduler, mut events) =
        start(Scheduler::builder().shared_executor("default", pool.clone())).await;
    pool.shutdown().await;
    scheduler.add(|| async {}).id("job").await.unwrap();
    let told = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR;
    let end = next(&mut events, "job", told).await;
    let EventKind::JobError { error, .. } = &end.kind else { panic!("{end:?}") };
    assert_eq!(error.kind(), RunErrorKind::Executor);
    assert!(error.to_string().contains("the thread pool is not started"), "{error}");
}
