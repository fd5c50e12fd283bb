//! Tasks that take their worker with them.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use sched_core::task::{Invocation, RunErrorKind};
use sched_exec_process::{ProcessPoolExecutor, WorkerFault};

use crate::meeting::Meeting;
use crate::stage::{Stage, fault, pool};
use crate::tasks;

/// Runs a task that ends its worker; how the worker ended, and its last words. The next run has
/// another worker.
async fn dies(pool: ProcessPoolExecutor, task: Invocation) -> (ExitStatus, String) {
    let mut stage = Stage::start(pool).await;
    let before = stage.value(tasks::pid.call()).await;
    let error = stage.error(task).await;
    assert_eq!(error.kind(), RunErrorKind::Executor);
    let WorkerFault::Died { pid, exit, stderr } = fault(&error) else { panic!("{error}") };
    assert_eq!(before, *pid);
    assert!(error.to_string().contains(&exit.to_string()), "{error}");
    assert_ne!(stage.value(tasks::pid.call()).await, before);
    (*exit, stderr.clone())
}

fn signal_of(exit: ExitStatus) -> Option<Signal> {
    exit.signal().and_then(Signal::from_named_raw)
}

#[tokio::test]
async fn an_exit_is_an_error_with_its_code() {
    let (exit, _) = dies(pool(1), tasks::exits.call(3)).await;
    assert_eq!(exit.code(), Some(3));
    let (exit, _) = dies(pool(1), tasks::exits.call(0)).await;
    assert_eq!(exit.code(), Some(0));
}

#[tokio::test]
async fn an_abort_is_an_error_with_its_signal_and_last_words() {
    let (exit, stderr) = dies(pool(1), tasks::aborts.call()).await;
    assert_eq!(signal_of(exit), Some(Signal::ABORT));
    assert!(stderr.ends_with("x\nabout to abort\n"), "{stderr}");
    assert_eq!(stderr.len(), 8 * 1024);
}

#[tokio::test]
async fn memory_beyond_the_limit_ends_the_worker_and_nobody_else() {
    const MIB: usize = 1 << 20;
    let limited = || pool(1).memory_limit(256 << 20);
    let mut stage = Stage::start(limited()).await;
    assert_eq!(stage.value(tasks::takes.call(64 * MIB)).await, 64 * MIB);
    let (exit, stderr) = dies(limited(), tasks::takes.call(512 * MIB)).await;
    assert_eq!(signal_of(exit), Some(Signal::ABORT));
    assert!(stderr.contains("memory allocation of 536870912 bytes failed"), "{stderr}");
}

#[tokio::test]
async fn a_run_that_computes_beyond_the_limit_ends_its_worker() {
    let limited = pool(1).cpu_limit(Duration::from_secs(1));
    let (exit, _) = dies(limited, tasks::computes_for_ever.call()).await;
    assert_eq!(signal_of(exit), Some(Signal::XCPU));
}

#[tokio::test]
async fn a_worker_that_is_killed_is_an_error_of_its_run_and_of_no_other() {
    let (mut stage, meeting) = (Stage::start(pool(2)).await, Meeting::new());
    stage.run("other", tasks::stays.call(meeting.path())).await;
    let other = meeting.guest().await;
    stage.run("killed", tasks::stays.call(meeting.path())).await;
    let killed = meeting.guest().await;
    assert_ne!(killed.pid(), other.pid());
    kill_process(killed.pid(), Signal::KILL).unwrap();
    let (job, end) = stage.next_end().await;
    assert_eq!(job, "killed");
    let error = end.unwrap_err();
    let WorkerFault::Died { exit, .. } = fault(&error) else { panic!("{error}") };
    assert_eq!(signal_of(*exit), Some(Signal::KILL));
    other.let_go().await;
    let (job, end) = stage.next_end().await;
    assert_eq!((&*job, end.is_ok()), ("other", true));
}

/// Whether the pool has noticed or not: the task was not called.
#[tokio::test]
async fn a_worker_that_died_while_it_was_idle_costs_no_run() {
    let (mut stage, meeting) = (Stage::start(pool(1)).await, Meeting::new());
    for _ in 0..10 {
        stage.run("job", tasks::stays.call(meeting.path())).await;
        let guest = meeting.guest().await;
        let pid = guest.pid();
        guest.let_go().await;
        stage.next_end().await.1.unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }
}

#[tokio::test]
async fn what_a_dead_task_had_started_ends_with_it() {
    let (mut stage, meeting) = (Stage::start(pool(1)).await, Meeting::new());
    stage.run("job", tasks::has_a_child.call(meeting.path())).await;
    let guest = meeting.guest().await;
    kill_process(guest.pid(), Signal::KILL).unwrap();
    stage.next_end().await.1.unwrap_err();
    guest.gone().await;
}
