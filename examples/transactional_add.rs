//! An order and the reminder to pay it: both are there, or neither.

use std::sync::Arc;
use std::time::Duration;

use sched_core::{EventMask, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

#[task]
async fn remind(order: i64) {
    println!("order {order} is still not paid");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = SqliteConnectOptions::new().filename(folder.path().join("shop.sqlite"));
    let file = file.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().connect_with(file).await?;
    sqlx::query("CREATE TABLE orders (id INTEGER PRIMARY KEY)").execute(&pool).await?;

    let store = Arc::new(SqlStore::with_pool(pool.clone()).build()?);
    let scheduler = Scheduler::builder()
        .shared_jobstore("default", store.clone())
        .executor("default", TokioExecutor::new())
        .build()?;
    scheduler.start().await?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED);

    for is_taken in [false, true] {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        let order = sqlx::query("INSERT INTO orders DEFAULT VALUES").execute(&mut *transaction);
        let order = order.await?.last_insert_rowid();
        let soon = scheduler.now() + Duration::from_millis(200);
        let reminder = scheduler.add(remind.call(order)).at(soon).prepare()?;
        store.add_in(&mut transaction, &reminder).await?;
        if is_taken {
            transaction.commit().await?;
            println!("order {order} is taken, and there is a job: {}", reminder.committed());
        } else {
            transaction.rollback().await?;
            let jobs = scheduler.get_jobs(JobFilter::all()).await?;
            println!("order {order} came to nothing, and there are {} jobs", jobs.len());
        }
    }
    ended.next().await;
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
