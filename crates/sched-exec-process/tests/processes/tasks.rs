//! What the workers are given to do.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use sched_core::task::{CancelReason, NoSuchState};
use sched_core::{Context, Error, JobFilter, Scheduler, Shutdown, Task, Zone, task};
use sched_exec_process::ProcessPoolExecutor;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::meeting::{come, come_with, stay};

/// Shared state of the workers.
pub(crate) struct Greeting(pub(crate) &'static str);

/// A task that only the entry registers.
pub(crate) fn by_hand() -> Task {
    Task::blocking("by hand", |cx: Context, (name,): (String,)| {
        Ok::<_, NoSuchState>(format!("{}, {name}", cx.state::<Greeting>()?.0))
    })
}

fn told(cx: &Context) -> Value {
    json!({
        "id": cx.job_id().as_str(),
        "name": cx.job_name(),
        "store": cx.store(),
        "executor": cx.executor(),
        "tags": cx.tags(),
        "run": cx.run_id().to_string(),
        "scheduled": cx.scheduled_time().as_micros(),
        "attempt": cx.attempt(),
        "has_token": cx.fencing_token() > 0,
        "cancelled": cx.is_cancelled(),
    })
}

#[task]
pub(crate) async fn tells_async(cx: Context) -> Value {
    told(&cx)
}

#[task]
pub(crate) fn tells_blocking(cx: Context) -> Value {
    told(&cx)
}

#[task]
pub(crate) fn token(cx: Context) -> u64 {
    cx.fencing_token()
}

#[task]
pub(crate) fn attempt(cx: Context) -> Result<u32, String> {
    if cx.attempt() < 3 { Err("not yet".to_owned()) } else { Ok(cx.attempt()) }
}

#[task]
pub(crate) fn moment(cx: Context) -> i64 {
    cx.scheduled_time().as_micros()
}

#[task]
pub(crate) fn reports(cx: Context, meet: String) -> Result<Value, sched_core::task::ArgsError> {
    cx.report_progress("a quarter")?;
    cx.report_progress(json!({ "done": 0.5 }))?;
    stay(come(&meet));
    cx.set_result("said")?;
    Ok(json!("returned"))
}

/// What a scheduler that is somewhere else answers.
#[task]
pub(crate) async fn asks_the_scheduler(cx: Context) -> Vec<bool> {
    let scheduler = cx.scheduler();
    let elsewhere = |answer: Option<Error>| matches!(answer, Some(Error::Elsewhere));
    vec![
        elsewhere(scheduler.add(pid.call()).await.err()),
        elsewhere(scheduler.get_job("job").await.err()),
        elsewhere(scheduler.get_jobs(JobFilter::all()).await.err()),
        elsewhere(scheduler.modify_job("job").name("other").await.err()),
        elsewhere(scheduler.run_job("job").await.err()),
        elsewhere(scheduler.remove_job("job").await.err()),
        elsewhere(scheduler.remove_all_jobs(None).await.err()),
        elsewhere(scheduler.runs().await.err()),
        elsewhere(scheduler.cancel_runs("job").await.err()),
        elsewhere(scheduler.pause().err()),
        elsewhere(scheduler.shutdown(Shutdown::Wait).await.err()),
        elsewhere(scheduler.start().await.err()),
    ]
}

#[task]
pub(crate) fn asks_the_scheduler_in_the_blocking_form(cx: Context) -> Vec<bool> {
    let scheduler = cx.scheduler().blocking();
    let elsewhere = |answer: Option<Error>| matches!(answer, Some(Error::Elsewhere));
    vec![
        elsewhere(scheduler.add(pid.call()).submit().err()),
        elsewhere(scheduler.get_job("job").err()),
        elsewhere(scheduler.shutdown(Shutdown::Wait).err()),
    ]
}

#[task]
pub(crate) fn pid() -> u32 {
    std::process::id()
}

#[task]
pub(crate) fn backwards(text: String) -> String {
    text.chars().rev().collect()
}

/// Writes what looks like a message to its standard output, and reads its standard input.
#[task]
pub(crate) fn prints_and_reads() -> Result<usize, std::io::Error> {
    let mut stdout = std::io::stdout();
    stdout.write_all(b"\0\0\0\x07\"Ready\"\n")?;
    stdout.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())
}

#[task]
pub(crate) async fn fails_async() -> Result<(), Error> {
    Err(Error::NoThread { source: std::io::Error::other("out of paper") })
}

#[task]
pub(crate) fn fails_blocking() -> Result<(), Error> {
    Err(Error::NoThread { source: std::io::Error::other("out of paper") })
}

#[task]
pub(crate) async fn panics_async() {
    panic!("no such luck");
}

#[task]
pub(crate) fn panics_blocking() {
    panic!("no such luck");
}

#[task]
pub(crate) fn exits(code: i32) {
    std::process::exit(code);
}

#[task]
pub(crate) fn aborts() {
    eprintln!("{}\nabout to abort", "x".repeat(20_000));
    std::process::abort();
}

/// Takes memory and writes to it.
#[task]
pub(crate) fn takes(bytes: usize) -> usize {
    std::hint::black_box(vec![1_u8; bytes]).len()
}

#[task]
pub(crate) fn computes_for_ever() {
    loop {
        std::hint::spin_loop();
    }
}

/// Does not look at its context, and does not give its thread away either.
#[task]
pub(crate) async fn stays(meet: String) -> u32 {
    stay(come(&meet));
    std::process::id()
}

#[task]
pub(crate) async fn waits_for_ever(meet: String) {
    let _line = come(&meet);
    std::future::pending::<()>().await;
}

/// Ends when it is told to.
#[task]
pub(crate) fn listens(cx: Context, meet: String) -> Result<(), String> {
    let _line = come(&meet);
    let reason = Handle::current().block_on(cx.cancelled());
    if reason == CancelReason::Requested { Err("as you wish".to_owned()) } else { Ok(()) }
}

/// Starts a program that holds the line, too, and would outlive it.
#[task]
pub(crate) fn has_a_child(meet: String) {
    // The test hears of the task when the child is there.
    let (line, mut child) = come_with(&meet, |line| {
        let held = std::os::fd::OwnedFd::from(line.try_clone().expect("one more"));
        let mut sleep = Command::new("sleep");
        sleep.arg("1000").stdin(Stdio::from(held)).spawn().expect("a child")
    });
    stay(line);
    child.wait().expect("it has a child");
}

#[task]
pub(crate) async fn starts_a_pool() -> Result<String, Error> {
    let pool = ProcessPoolExecutor::new();
    let scheduler = Scheduler::builder().timezone(Zone::UTC).executor("default", pool).build()?;
    Ok(scheduler.start().await.map_or_else(|error| error.to_string(), |()| "started".to_owned()))
}

/// Whether this test program, asked for the entry alone, comes back from it.
#[task]
pub(crate) fn starts_this_program() -> Result<bool, std::io::Error> {
    let (_held, stdin) = std::os::unix::net::UnixStream::pair()?;
    let mut program = Command::new(std::env::current_exe()?);
    program.args(["--exact", "worker"]).stdin(std::os::fd::OwnedFd::from(stdin));
    Ok(program.status()?.success())
}

/// Ends, and leaves the line to its process: it is held until that is gone.
#[task]
pub(crate) fn leaves_a_line(meet: String) {
    std::mem::forget(come(&meet));
}
