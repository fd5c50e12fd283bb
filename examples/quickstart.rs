//! The first program: three kinds of trigger, and what happens for some seconds.

use std::time::Duration;

use sched_core::trigger::{Cron, Date};
use sched_core::{Context, Event, EventKind, EventMask, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;

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
async fn main() -> Result<(), sched_core::Error> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    scheduler.add_listener(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR, tell);
    scheduler.start().await?;
    let now = scheduler.now();

    // Three kinds of trigger: a moment, an interval, a cron expression.
    scheduler
        .add(greet.call("the moment"))
        .trigger(Date::at(now + Duration::from_secs(2)))
        .name("date")
        .await?;
    scheduler
        .add(greet.call("the interval"))
        .every(Duration::from_millis(1500))
        .name("interval")
        .id("interval")
        .await?;
    scheduler.add(greet.call("the clock")).trigger(Cron::new().second("*/2")).name("cron").await?;
    scheduler
        .add(flaky.call())
        .name("flaky")
        .retry(sched_core::Retry::new(3).backoff(Duration::from_millis(500)))
        .await?;

    println!("The jobs, in the reference's layout:");
    scheduler.print_jobs(None).await?;

    tokio::time::sleep(Duration::from_secs(4)).await;
    println!("The interval is paused for a while; the cron job goes on:");
    scheduler.pause_job("interval").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;

    let left = scheduler.get_jobs(JobFilter::all()).await?;
    println!("{} jobs are left; the one for a moment has had it.", left.len());
    scheduler.shutdown(Shutdown::Wait).await
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
        _ => {}
    }
}
