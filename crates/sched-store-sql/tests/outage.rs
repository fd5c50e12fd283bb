//! The server is killed while a job runs: the scheduler says so, the other store goes on, and what
//! is owed is written when the server is back.
#![cfg(all(feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Args, Invocation, Task};
use sched_core::{
    Context, Event, EventKind, EventMask, JobStore, MemoryStore, Scheduler, Shutdown,
};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;
use sched_testservers::{PrivateServer, Service};
use tokio::sync::Notify;

/// What is awaited comes sooner, or not at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next event that is wanted.
async fn until(events: &mut EventStream, wanted: impl Fn(&Event) -> bool) -> Arc<Event> {
    let found = async {
        loop {
            match events.next().await.expect("the scheduler goes on") {
                StreamItem::Event(event) if wanted(&event) => return event,
                StreamItem::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("the event comes")
}

fn is_of(event: &Event, mask: EventMask, job: &str) -> bool {
    event.code() == mask && event.run().is_some_and(|run| &*run.job_id == job)
}

async fn outage(service: Service) {
    let Some(server) = tokio::task::block_in_place(|| PrivateServer::start(service)) else {
        return;
    };
    let store = || {
        let store = SqlStore::builder(server.url()).table("outage");
        store.patience(Duration::from_secs(1)).build().unwrap()
    };
    let gate = Arc::new(Notify::new());
    let waits = gate.clone();
    let long = Task::asynchronous("long", move |_: Context, ()| {
        let gate = waits.clone();
        async move { gate.notified().await }
    });
    let scheduler = Scheduler::builder()
        .jobstore("sql", store())
        .jobstore("memory", MemoryStore::new())
        .executor("default", TokioExecutor::new())
        .jobstore_retry_interval(Duration::from_millis(100))
        .lease(Duration::from_secs(300))
        .task(long)
        .task(Task::asynchronous("beat", |_: Context, ()| async {}))
        .build()
        .unwrap();
    let mut events = scheduler.events(EventMask::all());
    scheduler.start().await.unwrap();
    let named = |name: &str| Invocation::named(name, Args::NONE);
    let beat = Duration::from_millis(50);
    scheduler.add(named("beat")).id("beat").store("memory").every(beat).await.unwrap();
    scheduler.add(named("long")).id("owed").store("sql").await.unwrap();
    until(&mut events, |event| is_of(event, EventMask::JOB_STARTED, "owed")).await;

    tokio::task::block_in_place(|| server.kill());
    gate.notify_one();
    let down = until(&mut events, |event| event.code() == EventMask::STORE_DOWN).await;
    assert!(matches!(&down.kind, EventKind::StoreDown { alias, .. } if &**alias == "sql"));
    for _ in 0..3 {
        until(&mut events, |event| is_of(event, EventMask::JOB_EXECUTED, "beat")).await;
    }

    tokio::task::block_in_place(|| server.start_again());
    until(&mut events, |event| event.code() == EventMask::STORE_UP).await;
    // What is owed is written before the scheduler ends.
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    let heir = store();
    heir.open().await.unwrap();
    assert!(heir.list(None, 10).await.unwrap().is_empty(), "the run has ended, and so has the job");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_postgres() {
    outage(Service::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_mariadb() {
    outage(Service::MariaDb).await;
}
