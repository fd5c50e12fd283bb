//! The server is killed while jobs run.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Args, Invocation};
use sched_core::{Context, EventKind, EventMask, MemoryStore, Scheduler, Shutdown, Task};
use sched_exec_tokio::TokioExecutor;
use sched_store_rethinkdb::RethinkStore;
use sched_testservers::{PrivateServer, Service};
use tokio::sync::{Semaphore, mpsc};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(value) => value,
        Err(_) => panic!("{what} does not come"),
    }
}

/// The next event of those that the stream has.
async fn event(events: &mut EventStream) -> EventKind {
    match in_time("an event", events.next()).await {
        Some(StreamItem::Event(event)) => event.kind.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_told_others_go_on_and_what_is_owed_is_written() {
    let Some(server) = PrivateServer::start(Service::RethinkDb) else { return };
    let server = Arc::new(server);
    let (started, mut starts) = mpsc::unbounded_channel();
    let leave = Arc::new(Semaphore::new(0));
    let may_end = leave.clone();
    let hold = Task::asynchronous("hold", move |cx: Context, ()| {
        let (started, may_end) = (started.clone(), may_end.clone());
        async move {
            started.send(cx.run_id()).unwrap();
            may_end.acquire().await.unwrap().forget();
        }
    });
    let scheduler = Scheduler::builder()
        .jobstore("default", MemoryStore::new())
        .jobstore("far", RethinkStore::new(server.url()).unwrap())
        .jobstore_retry_interval(Duration::from_millis(50))
        .executor("default", TokioExecutor::new())
        .task(hold)
        .build()
        .unwrap();
    scheduler.start().await.unwrap();
    let mut states = scheduler.events(EventMask::STORE_DOWN | EventMask::STORE_UP);
    let mut repairs = scheduler.events(EventMask::JOB_LOST | EventMask::JOB_RECOVERED);
    let every = Duration::from_millis(100);
    let hold = Invocation::named("hold", Args::of(&()).unwrap());
    scheduler.add(hold).store("far").id("hold").every(every).await.unwrap();
    let first = in_time("the first run", starts.recv()).await.unwrap();

    let killed = server.clone();
    tokio::task::spawn_blocking(move || killed.kill()).await.unwrap();
    // The run ends while its end cannot be written.
    leave.add_permits(1);
    match event(&mut states).await {
        EventKind::StoreDown { alias, .. } => assert_eq!(&*alias, "far"),
        other => panic!("{other:?}"),
    }
    let (near, mut runs) = mpsc::unbounded_channel();
    let tick = move |_cx: Context| {
        let near = near.clone();
        async move { near.send(()).unwrap() }
    };
    scheduler.add(tick).every(every).await.unwrap();
    for _ in 0..3 {
        in_time("a run of the other store", runs.recv()).await.unwrap();
    }

    let again = server.clone();
    tokio::task::spawn_blocking(move || again.start_again()).await.unwrap();
    match event(&mut states).await {
        EventKind::StoreUp { alias } => assert_eq!(&*alias, "far"),
        other => panic!("{other:?}"),
    }
    // One instance at a time: there is a second run only if the first one's end was written.
    let second = in_time("the second run", starts.recv()).await.unwrap();
    assert_ne!(first, second);
    assert!(repairs.try_next().is_none(), "a run that ended needs no repair");
    leave.add_permits(1_000);
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
}
