//! A program with a scheduled task that cannot be: by itself, since it spoils all others.

use sched_core::{InlineExecutor, JobFilter, Scheduler, scheduled};

#[scheduled(every = "1h")]
fn fine() {}

#[scheduled(cron = "0 25 * * *")]
fn late() {}

#[tokio::test]
async fn a_line_that_is_no_crontab_is_refused_with_the_name_of_its_task() {
    let scheduler =
        Scheduler::builder().executor("default", InlineExecutor::new()).build().unwrap();
    let error = scheduler.add_scheduled().await.unwrap_err().to_string();
    assert!(error.starts_with("scheduled task \"task_refused::late\": trigger: hour: "), "{error}");
    assert!(error.ends_with("of \"0 25 * * *\""), "{error}");
    assert_eq!(scheduler.get_jobs(JobFilter::all()).await.unwrap(), []);
}
