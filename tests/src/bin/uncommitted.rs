//! Adds a job in a transaction of its own, says so, and then does nothing until it is killed: the
//! transaction is never committed. For the test of crashes.

use std::sync::Arc;

use sched_core::task::{Args, Invocation};
use sched_core::{Context, InlineExecutor, JobStore, Scheduler, Task};
use sched_store_sql::SqlStore;
use sqlx::{MySqlPool, PgPool, SqlitePool};

/// sqlx's pools have no type in common.
macro_rules! add_and_wait {
    ($pool:ty, $url:expr, $store:expr, $job:expr) => {{
        let pool = <$pool>::connect($url).await?;
        let mut transaction = pool.begin().await?;
        $store.add_in(&mut transaction, $job).await?;
        println!("written");
        std::future::pending::<()>().await;
    }};
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("which server?")?;
    let table = arguments.next().ok_or("which table?")?;
    let store = Arc::new(SqlStore::builder(&url).table(table).build()?);
    store.open().await?;
    let scheduler = Scheduler::builder()
        .shared_jobstore("default", store.clone())
        .executor("default", InlineExecutor::new())
        .task(Task::asynchronous("nothing", |_: Context, ()| async {}))
        .build()?;
    let job = scheduler.add(Invocation::named("nothing", Args::NONE)).id("job").prepare()?;
    match url.split(':').next() {
        Some("sqlite") => add_and_wait!(SqlitePool, &url, store, &job),
        Some("mysql" | "mariadb") => add_and_wait!(MySqlPool, &url, store, &job),
        _ => add_and_wait!(PgPool, &url, store, &job),
    }
    Ok(())
}
