//! A process that has added a job in its own transaction is killed before the commit: nothing is
//! there, and nothing is in the way of the next.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, EventMask, InlineExecutor, JobFilter, JobId, JobStore, Scheduler, Shutdown, Task,
};
use sched_store_sql::SqlStore;
use sched_tests::told::{next, soon};
use sched_testservers::{Service, shared};
use tempfile::TempDir;

/// Returns when a process has written the job, and is dead.
fn write_and_die(url: &str, table: &str) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_uncommitted"))
        .args([url, table])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    assert_eq!(line, "written");
    process.kill().unwrap();
    assert!(!process.wait().unwrap().success(), "it was killed");
}

async fn nothing_is_left(url: &str) {
    let table = format!("killed_{}", &*JobId::unique());
    let store = Arc::new(SqlStore::builder(url).table(&table).build().unwrap());
    let scheduler = Scheduler::builder()
        .shared_jobstore("default", store.clone())
        .executor("default", InlineExecutor::new())
        .poll_interval(Duration::from_millis(20))
        .task(Task::asynchronous("nothing", |_: Context, ()| async {}))
        .build()
        .unwrap();
    let mut events = scheduler.events(EventMask::JOB_EXECUTED);
    scheduler.start().await.unwrap();
    for _ in 0..3 {
        write_and_die(url, &table);
        assert!(scheduler.get_jobs(JobFilter::all()).await.unwrap().is_empty());
    }
    // Its id is free, and it runs: once, since that of the dead process does not.
    let call = Invocation::named("nothing", Args::NONE);
    soon(async { scheduler.add(call).id("job").await }).await.unwrap();
    assert_eq!(next(&mut events).await.job_id().unwrap().as_str(), "job");
    soon(scheduler.shutdown(Shutdown::Wait)).await.unwrap();
    assert!(events.try_next().is_none());
    store.open().await.unwrap();
    assert!(store.list(None, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_killed_transaction_in_sqlite() {
    let folder = TempDir::new().unwrap();
    nothing_is_left(&format!("sqlite:///{}", folder.path().join("jobs.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_killed_transaction_in_postgresql() {
    if let Some(url) = shared(Service::Postgres) {
        nothing_is_left(&url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_killed_transaction_in_mariadb() {
    if let Some(url) = shared(Service::MariaDb) {
        nothing_is_left(&url).await;
    }
}
