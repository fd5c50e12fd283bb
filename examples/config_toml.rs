//! The same scheduler from a TOML file; values may also come from the environment.

use sched_core::config::{Config, Plugins};
use sched_core::{JobFilter, Shutdown, task};

/// A file of yours; `type` is the name of a plugin, what follows are its options.
const FILE: &str = r#"
timezone = "Europe/Berlin"
lease = 10

[job_defaults]
coalesce = false
max_instances = 3
misfire_grace_time = "none"

[executors.default]
type = "asyncio"

[executors.blocking]
type = "threadpool"
max_workers = 20

[jobstores.default]
type = "memory"

[jobstores.reports]
type = "sqlalchemy"
url = "sqlite://{folder}/jobs.sqlite"

[jobstores.billing]
type = "sqlalchemy"
url = "sqlite://{folder}/jobs.sqlite"
tablename = "billing_jobs"

[jobstores.archive]
type = "sqlalchemy"
url = "sqlite://{folder}/archive.sqlite"
"#;

#[task]
async fn report(to: String) {
    println!("a report for {to}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let text = FILE.replace("{folder}", &folder.path().display().to_string());
    let mut plugins = Plugins::new();
    sched_exec_tokio::register(&mut plugins);
    sched_exec_thread::register(&mut plugins);
    sched_store_sql::register(&mut plugins);
    let config: Config = toml::from_str(&text)?;
    let scheduler = config.into_builder(&plugins)?.build()?;

    scheduler.start().await?;
    println!("stores: {:?}, executors: {:?}", scheduler.jobstores(), scheduler.executors());
    for store in ["default", "reports", "billing", "archive"] {
        let job = scheduler.add(report.call(store)).store(store).executor("blocking");
        job.cron("0 9 * * mon-fri").await?;
    }
    scheduler.print_jobs(None).await?;
    assert_eq!(scheduler.get_jobs(JobFilter::all()).await?.len(), 4);
    scheduler.shutdown(Shutdown::Wait).await?;

    // A mistake is named by its key, before anything is started.
    let mistake = toml::from_str::<Config>("[jobstores.default]\ntype = \"memory\"\n[job_default]");
    println!("refused: {}", mistake.map(drop).unwrap_err());
    Ok(())
}
