//! How a process becomes a worker, and what if it does not; and that it does not outlive its pool.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use sched_core::task::RunErrorKind;
use sched_exec_process::WorkerFault;

use crate::meeting::Meeting;
use crate::stage::{PATIENCE, Stage, fault, pool};
use crate::tasks;

/// The workers of this test are this test, which does not have the entry: what the program does
/// there is what it does here.
#[tokio::test]
async fn a_program_that_forgot_the_entry_is_told_and_not_multiplied() {
    let this = "entry::a_program_that_forgot_the_entry_is_told_and_not_multiplied";
    // In the worker this is where it ends.
    let mut stage = Stage::start(pool(1).args(["--exact", this, "--nocapture"])).await;
    let error = stage.error(tasks::pid.call()).await;
    assert_eq!(error.kind(), RunErrorKind::Executor);
    let WorkerFault::NeverReady { exit, stderr, .. } = fault(&error) else { panic!("{error}") };
    assert_eq!(exit.code(), Some(101));
    assert!(stderr.contains("this process is itself a worker of a process pool"), "{stderr}");
    assert!(error.to_string().contains("sched_exec_process::worker()"), "{error}");
}

#[tokio::test]
async fn a_worker_that_is_never_ready_is_killed() {
    let limit = Duration::from_millis(1);
    let pool = pool(1).worker_binary("sleep").args(["1000"]).start_timeout(limit);
    let mut stage = Stage::start(pool).await;
    let error = stage.error(tasks::pid.call()).await;
    let WorkerFault::NotReadyInTime { limit: told, .. } = fault(&error) else { panic!("{error}") };
    assert_eq!(*told, limit);
    assert!(error.to_string().contains("sched_exec_process::worker()"), "{error}");
}

#[tokio::test]
async fn a_worker_that_cannot_be_started_is_an_error_that_names_it() {
    let mut stage = Stage::start(pool(1).worker_binary("./no such program")).await;
    let error = stage.error(tasks::pid.call()).await;
    let WorkerFault::Spawn { program, .. } = fault(&error) else { panic!("{error}") };
    assert_eq!(program, "./no such program");
}

#[tokio::test]
async fn a_worker_that_takes_no_runs_says_why() {
    let args = ["--exact", "worker_with_two_tasks_of_one_name", "--nocapture"];
    let mut stage = Stage::start(pool(1).args(args)).await;
    let error = stage.error(tasks::pid.call()).await;
    let WorkerFault::Unfit { reason } = fault(&error) else { panic!("{error}") };
    assert!(reason.contains("two tasks are registered under the name \"by hand\""), "{reason}");
}

#[tokio::test]
async fn a_task_can_start_no_pool() {
    let mut stage = Stage::start(pool(1)).await;
    let refused = stage.value(tasks::starts_a_pool.call()).await.to_string();
    assert!(refused.contains("could not be started"), "{refused}");
}

/// It has the worker's environment, and a socket at its standard input.
#[tokio::test]
async fn a_program_that_a_task_starts_is_no_worker() {
    let mut stage = Stage::start(pool(1)).await;
    assert_eq!(stage.value(tasks::starts_this_program.call()).await, true);
}

#[tokio::test]
async fn a_worker_may_be_a_program_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &program).unwrap();
    let mut stage = Stage::start(pool(1).worker_binary(program)).await;
    assert_ne!(stage.value(tasks::pid.call()).await, std::process::id());
}

/// The program that is killed is this test, started once more with the path of the socket where
/// its tasks and the test meet.
#[tokio::test]
async fn a_program_that_is_killed_leaves_no_worker_behind() {
    const PATH: &str = "MEET_A_PROGRAM_THAT_IS_KILLED";
    if let Some(path) = std::env::var_os(PATH) {
        be_killed(path).await;
    }
    let this = "entry::a_program_that_is_killed_leaves_no_worker_behind";
    let meeting = Meeting::new();
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", this, "--nocapture"]).env(PATH, meeting.path());
    let mut program = program.stdin(Stdio::null()).spawn().unwrap();
    // A run that computes, one that has a child, and a worker that is idle.
    let guests = [meeting.guest().await, meeting.guest().await, meeting.guest().await];
    program.kill().unwrap();
    program.wait().unwrap();
    for guest in guests {
        guest.gone().await;
    }
}

async fn be_killed(path: OsString) -> ! {
    let path = path.into_string().expect("a plain path");
    let stage = Stage::start(pool(3).courtesy(PATIENCE)).await;
    stage.run("stays", tasks::stays.call(&*path)).await;
    stage.run("has a child", tasks::has_a_child.call(&*path)).await;
    stage.run("leaves a line", tasks::leaves_a_line.call(&*path)).await;
    std::future::pending().await
}
