//! The first program: three kinds of trigger, what happens for some seconds, and jobs that are
//! still there when it is started again.

#![allow(clippy::disallowed_methods, reason = "a program of one's own may sleep")]

use std::time::Duration;

use sched_core::trigger::{Cron, Date};
use sched_core::{Context, Event, EventKind, EventMask, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;

/// A task with a typed argument. It is stored by name, and could be called by another process.
#[task]
async fn greet(cx: Context, whom: String) -> Result<String, std::fmt::Error> {
    println!("  {} greets {whom}", cx.job_name());
    Ok(format!("greeted {whom}"))
}

/// A task that fails the first time, to be tried again.
#[task]
async fn flaky(cx: Context) -> Result<(), String> {
    match cx.attempt() {
        1 => Err("no luck".to_owned()),
        attempt => {
            println!("  {} succeeds, attempt {attempt}", cx.job_name());
            Ok(())
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A file in the current folder. Without this line, jobs last as long as the program.
    let store = SqlStore::connect("sqlite:///quickstart.sqlite")?;
    let scheduler = Scheduler::builder()
        .jobstore("default", store)
        .executor("default", TokioExecutor::new())
        .build()?;
    let mask = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR | EventMask::JOB_MISSED;
    scheduler.add_listener(mask, tell);

    // Nothing runs before it is resumed.
    scheduler.start_paused().await?;
    let kept = scheduler.get_jobs(JobFilter::all()).await?;
    if kept.is_empty() {
        println!("The first start. The jobs, in the reference's layout:");
        add_jobs(&scheduler).await?;
    } else {
        println!("{} jobs were kept since the last start:", kept.len());
    }
    scheduler.print_jobs(None).await?;
    scheduler.resume()?;

    tokio::time::sleep(Duration::from_secs(4)).await;
    println!("The interval is paused for a while; the cron job goes on:");
    scheduler.pause_job("interval").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    scheduler.resume_job("interval").await?;

    let left = scheduler.get_jobs(JobFilter::all()).await?;
    println!("{} jobs are left, in quickstart.sqlite. Start me again!", left.len());
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}

/// Three kinds of trigger: a moment, an interval, a cron expression.
async fn add_jobs(scheduler: &Scheduler) -> Result<(), sched_core::Error> {
    let now = scheduler.now();
    scheduler
        .add(greet.call("the moment"))
        .trigger(Date::at(now + Duration::from_secs(2)))
        .name("date")
        .await?;
    // What falls due while nobody runs it is run once, as soon as somebody does.
    scheduler
        .add(greet.call("the interval"))
        .every(Duration::from_millis(1500))
        .name("interval")
        .id("interval")
        .await?;
    // Here it is missed, and told as such.
    scheduler
        .add(greet.call("the clock"))
        .trigger(Cron::new().second("*/2"))
        .name("cron")
        .misfire_grace_time(Duration::from_secs(1))
        .await?;
    scheduler
        .add(flaky.call())
        .name("flaky")
        .retry(sched_core::Retry::new(3).backoff(Duration::from_millis(500)))
        .await?;
    Ok(())
}

/// A listener: called for each event, off the scheduler's own path.
fn tell(event: &Event) {
    match &event.kind {
        EventKind::JobExecuted { run, started, ended, retval } => {
            let late = started.since(run.scheduled_run_time);
            println!("  -> {retval}, {late:?} late, took {:?}", ended.since(*started));
        }
        EventKind::JobError { run, error, .. } => {
            println!("  -> attempt {} failed: {error}", run.attempt);
        }
        EventKind::JobMissed { scheduled_run_time, .. } => {
            println!("  -> missed the run of {scheduled_run_time}");
        }
        _ => {}
    }
}
