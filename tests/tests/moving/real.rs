//! A job that fires twenty times a second, moved between real stores on which other schedulers run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, JobId, JobStore, MemoryStore, Overlap, Scheduler, SchedulerBuilder, Shutdown, Task,
    Timestamp,
};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;
use sched_tests::told::soon;
use sched_testservers::{Service, shared};
use tempfile::TempDir;
use tokio::sync::Notify;

const EVERY: Duration = Duration::from_millis(50);

/// What was run, and where.
#[derive(Debug, Default)]
struct Ledger {
    fires: Mutex<Vec<(Timestamp, &'static str)>>,
    more: Notify,
}

impl Ledger {
    /// Returns when so many more fires have been run.
    async fn grows_by(&self, count: usize) {
        let goal = self.fires.lock().unwrap().len() + count;
        soon(async {
            loop {
                let more = self.more.notified();
                if self.fires.lock().unwrap().len() >= goal {
                    return;
                }
                more.await;
            }
        })
        .await;
    }
}

struct Fleet {
    ledger: Arc<Ledger>,
    schedulers: Vec<Scheduler>,
}

impl Fleet {
    fn new() -> Self {
        Fleet { ledger: Arc::default(), schedulers: Vec::new() }
    }

    async fn join(
        &mut self,
        name: &'static str,
        stores: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> Scheduler {
        let ledger = self.ledger.clone();
        let tick = Task::asynchronous("tick", move |cx: Context, ()| {
            ledger.fires.lock().unwrap().push((cx.scheduled_time(), name));
            ledger.more.notify_waiters();
            async {}
        });
        let builder = Scheduler::builder()
            .executor("default", TokioExecutor::new())
            .poll_interval(Duration::from_millis(20))
            .task(tick);
        let scheduler = stores(builder).build().unwrap();
        scheduler.start().await.unwrap();
        self.schedulers.push(scheduler.clone());
        scheduler
    }

    /// Moves the job there, back and there again while it fires, and looks into the ledger.
    async fn check(self, mover: &Scheduler, from: &str, to: &str) {
        let call = Invocation::named("tick", Args::NONE);
        // None is dropped because of those before it: the machine may be busy.
        let job = mover.add(call).id("job").store(from).every(EVERY).coalesce(false);
        job.overlap(Overlap::Queue { limit: 10_000 }).await.unwrap();
        self.ledger.grows_by(10).await;
        for to in [to, from, to] {
            let moved = soon(mover.move_job("job", to)).await.unwrap();
            assert_eq!(moved.store().map(|alias| &**alias), Some(to));
            self.ledger.grows_by(15).await;
        }
        mover.pause_job("job").await.unwrap();
        for scheduler in &self.schedulers {
            soon(scheduler.shutdown(Shutdown::Wait)).await.unwrap();
        }
        let fires = self.ledger.fires.lock().unwrap().clone();
        let times: BTreeSet<Timestamp> = fires.iter().map(|(at, _)| *at).collect();
        assert_eq!(times.len(), fires.len(), "a fire was run twice: {fires:?}");
        let gaps = times.iter().zip(times.iter().skip(1));
        let missed: Vec<_> = gaps.filter(|(one, next)| next.since(**one) != EVERY).collect();
        assert!(missed.is_empty(), "fires are missing between {missed:?}");
        assert!(fires.len() >= 55);
    }
}

fn sqlite(folder: &TempDir) -> SqlStore {
    SqlStore::sqlite(folder.path().join("jobs.db")).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_memory_to_sqlite_every_fire_is_run_once() {
    let folder = TempDir::new().unwrap();
    let mut fleet = Fleet::new();
    let mover = fleet.join("mover", |b| {
        b.jobstore("memory", MemoryStore::new()).jobstore("sqlite", sqlite(&folder))
    });
    let mover = mover.await;
    fleet.join("other", |b| b.jobstore("sqlite", sqlite(&folder))).await;
    fleet.check(&mover, "memory", "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_to_postgresql_every_fire_is_run_once() {
    let Some(url) = shared(Service::Postgres) else { return };
    let folder = TempDir::new().unwrap();
    // In a table of its own, that is emptied afterwards.
    let table = format!("moving_{}", JobId::unique());
    let postgres = || SqlStore::builder(&url).table(&table).build().unwrap();
    let mut fleet = Fleet::new();
    let mover = fleet
        .join("mover", |b| b.jobstore("sqlite", sqlite(&folder)).jobstore("postgres", postgres()));
    let mover = mover.await;
    fleet.join("on sqlite", |b| b.jobstore("sqlite", sqlite(&folder))).await;
    fleet.join("on postgres", |b| b.jobstore("postgres", postgres())).await;
    fleet.check(&mover, "sqlite", "postgres").await;
    let store = postgres();
    store.open().await.unwrap();
    store.clear().await.unwrap();
}
