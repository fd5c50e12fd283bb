//! Runs that are told to stop: some do, others have to be made to.

use std::time::Duration;

use rustix::process::test_kill_process;
use sched_core::task::RunErrorKind;
use sched_core::{EventMask, Shutdown};

use crate::meeting::{Guest, Meeting};
use crate::stage::{PATIENCE, Stage, pool};
use crate::tasks;

/// For a task that never looks; for one that does there is all the time in the world.
const SHORT: Duration = Duration::from_millis(1);

/// The process was waited for before the end of the run was told.
fn assert_gone(guest: &Guest) {
    let gone = test_kill_process(guest.pid());
    assert_eq!(gone, Err(rustix::io::Errno::SRCH), "the worker is still there");
}

#[tokio::test]
async fn a_run_whose_time_is_up_is_killed_if_it_does_not_look() {
    let (mut stage, meeting) = (Stage::start(pool(1).courtesy(SHORT)).await, Meeting::new());
    // The worker is there already: its start is not part of the time that is meant.
    stage.value(tasks::pid.call()).await;
    let job = stage.add(tasks::stays.call(meeting.path())).id("job");
    job.timeout(Duration::from_secs(2)).await.unwrap();
    let guest = meeting.guest().await;
    let error = stage.next_end().await.1.unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::TimedOut, "{error}");
    assert_gone(&guest);
    stage.value(tasks::pid.call()).await;
}

#[tokio::test]
async fn a_run_that_is_cancelled_is_killed_if_it_does_not_look() {
    let (mut stage, meeting) = (Stage::start(pool(1).courtesy(SHORT)).await, Meeting::new());
    stage.run("job", tasks::has_a_child.call(meeting.path())).await;
    let guest = meeting.guest().await;
    assert_eq!(stage.cancel_runs("job").await.unwrap(), 1);
    let error = stage.next_end().await.1.unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
    assert_gone(&guest);
    // Its child, too.
    guest.gone().await;
    stage.value(tasks::pid.call()).await;
}

#[tokio::test]
async fn a_run_that_looks_ends_by_itself_and_its_worker_lives() {
    let (mut stage, meeting) = (Stage::start(pool(1).courtesy(PATIENCE)).await, Meeting::new());
    let before = stage.value(tasks::pid.call()).await;
    for task in [tasks::listens.call(meeting.path()), tasks::waits_for_ever.call(meeting.path())] {
        stage.run("job", task).await;
        meeting.guest().await;
        assert_eq!(stage.cancel_runs("job").await.unwrap(), 1);
        let error = stage.next_end().await.1.unwrap_err();
        assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
    }
    assert_eq!(stage.value(tasks::pid.call()).await, before);
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_its_worker_starts_does_not_begin() {
    // It never says that it is ready.
    let mut stage = Stage::start(pool(1).worker_binary("sleep").args(["1000"])).await;
    stage.run("job", tasks::pid.call()).await;
    stage.next(EventMask::JOB_STARTED).await;
    assert_eq!(stage.cancel_runs("job").await.unwrap(), 1);
    let error = stage.next_end().await.1.unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
}

#[tokio::test]
async fn a_shutdown_that_has_waited_long_enough_kills() {
    let (mut stage, meeting) = (Stage::start(pool(1).courtesy(SHORT)).await, Meeting::new());
    stage.run("job", tasks::stays.call(meeting.path())).await;
    let guest = meeting.guest().await;
    stage.shutdown(Shutdown::WaitAtMost(SHORT)).await.unwrap();
    let error = stage.next_end().await.1.unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
    assert_gone(&guest);
}
