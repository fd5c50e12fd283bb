//! Under which names tasks are found.

use sched_core::task;
use sched_core::task::{Args, Invocation};
use sched_core::{Error, InlineExecutor, JobFilter, Scheduler};
use serde_json::json;

use crate::{run, scheduler};

#[task]
fn plain() -> &'static str {
    "plain"
}

#[task(name = "mail.send", alias = "mail.post", alias = "old::mail")]
fn send() -> &'static str {
    "sent"
}

mod re_exported {
    pub(super) use sched_core as scheduling;
}

#[task(crate = "crate::names::re_exported::scheduling", name = "elsewhere")]
async fn from_elsewhere(text: String) -> String {
    text
}

#[task]
fn r#match() {}

#[tokio::test]
async fn the_stored_name_is_the_path_unless_said() {
    assert_eq!(plain::NAME, "task::names::plain");
    assert_eq!(r#match::NAME, "task::names::match");
    assert_eq!(send::NAME, "mail.send");
    assert_eq!(&**send.call().task(), "mail.send");
    assert_eq!(&**send::task().name(), "mail.send");
}

#[tokio::test]
async fn a_job_is_called_like_the_function_unless_said() {
    let scheduler = scheduler();
    assert_eq!(scheduler.add(send.call()).await.unwrap().name(), "send");
    assert_eq!(scheduler.add(r#match.call()).await.unwrap().name(), "match");
    let by_name = Invocation::named("old::mail", Args::NONE);
    assert_eq!(scheduler.add(by_name).await.unwrap().name(), "send");
    assert_eq!(scheduler.add(send.call()).name("letters").await.unwrap().name(), "letters");
    let sent = scheduler.get_jobs(JobFilter::all().task(send::NAME)).await.unwrap();
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn every_name_finds_the_task() {
    for name in ["mail.send", "mail.post", "old::mail"] {
        let ended = run(Invocation::named(name, Args::NONE)).await;
        assert_eq!(ended, Ok(json!("sent")), "{name}");
    }
}

#[tokio::test]
async fn the_crate_may_have_another_path() {
    assert_eq!(run(from_elsewhere.call("hi")).await, Ok(json!("hi")));
}

#[test]
fn a_name_belongs_to_one_task() {
    let builder = Scheduler::builder().executor("default", InlineExecutor::new());
    let error = builder.task(send::task()).build().unwrap_err();
    assert!(matches!(error, Error::Registry(it) if &*it.name == "mail.send"));
}
