//! The same scheduler from the reference's flat keys: what its user guide calls method 2. The names
//! of plugins and options are the reference's.

use std::collections::BTreeMap;

use sched_core::config::{Config, Plugins};
use sched_core::{JobFilter, Shutdown, task};

#[task]
async fn report(to: String) {
    println!("a report for {to}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("jobs.sqlite").display());
    let keys = BTreeMap::from([
        ("apscheduler.jobstores.default.type", "memory"),
        ("apscheduler.jobstores.reports.type", "sqlalchemy"),
        ("apscheduler.jobstores.reports.url", &url),
        ("apscheduler.jobstores.billing.type", "sqlalchemy"),
        ("apscheduler.jobstores.billing.url", &url),
        ("apscheduler.jobstores.billing.tablename", "billing_jobs"),
        ("apscheduler.jobstores.archive.type", "sqlalchemy"),
        ("apscheduler.jobstores.archive.url", &url),
        ("apscheduler.jobstores.archive.tablename", "archived_jobs"),
        ("apscheduler.executors.default.type", "asyncio"),
        ("apscheduler.executors.blocking.type", "threadpool"),
        ("apscheduler.executors.blocking.max_workers", "20"),
        ("apscheduler.job_defaults.coalesce", "false"),
        ("apscheduler.job_defaults.max_instances", "3"),
        ("apscheduler.timezone", "UTC"),
        // The keys of others in the same file are none of its business.
        ("pyramid.reload_templates", "true"),
    ]);
    let mut plugins = Plugins::new();
    sched_exec_tokio::register(&mut plugins);
    sched_exec_thread::register(&mut plugins);
    sched_store_sql::register(&mut plugins);
    let config = Config::from_flat(keys, "apscheduler.")?;
    let scheduler = config.into_builder(&plugins)?.build()?;

    scheduler.start().await?;
    for (store, executor) in
        [("default", "default"), ("reports", "blocking"), ("billing", "blocking")]
    {
        let job = scheduler.add(report.call(store)).store(store).executor(executor);
        let job = job.cron("0 9 * * mon-fri").await?;
        println!("{job}, at most {} at once", job.max_instances());
    }
    println!("{} jobs", scheduler.get_jobs(JobFilter::all()).await?.len());
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
