//! When workers come and go.

use std::num::NonZeroU64;

use rustix::process::test_kill_process;
use sched_core::Shutdown;

use crate::meeting::Meeting;
use crate::stage::{Stage, pool};
use crate::tasks;

#[tokio::test]
async fn workers_are_started_when_needed_and_kept() {
    let (mut stage, meeting) = (Stage::start(pool(2)).await, Meeting::new());
    let first = stage.value(tasks::pid.call()).await;
    assert_eq!(stage.value(tasks::pid.call()).await, first, "one is enough for one run at a time");
    for id in ["one", "two"] {
        stage.run(id, tasks::stays.call(meeting.path())).await;
    }
    let both = [meeting.guest().await, meeting.guest().await];
    let pids = both.each_ref().map(|guest| guest.pid().as_raw_pid());
    assert_ne!(pids[0], pids[1]);
    assert!(pids.iter().any(|pid| first == *pid), "{first} is not among {pids:?}");
    for guest in both {
        guest.let_go().await;
        stage.next_end().await.1.unwrap();
    }
}

#[tokio::test]
async fn workers_are_given_up_after_so_many_runs() {
    let two = NonZeroU64::new(2).unwrap();
    let mut stage = Stage::start(pool(1).recycle_after(two)).await;
    let mut pids = Vec::new();
    for _ in 0..6 {
        pids.push(stage.value(tasks::pid.call()).await.as_u64().unwrap());
    }
    let changes: Vec<bool> = pids.windows(2).map(|pair| pair[0] != pair[1]).collect();
    assert_eq!(changes, [false, true, false, true, false], "{pids:?}");
}

#[tokio::test]
async fn a_shutdown_ends_idle_workers_and_a_start_brings_new_ones() {
    let (mut stage, meeting) = (Stage::start(pool(1)).await, Meeting::new());
    for _life in 0..3 {
        stage.run("job", tasks::stays.call(meeting.path())).await;
        let guest = meeting.guest().await;
        let pid = guest.pid();
        guest.let_go().await;
        stage.next_end().await.1.unwrap();
        stage.shutdown(Shutdown::Wait).await.unwrap();
        assert_eq!(test_kill_process(pid), Err(rustix::io::Errno::SRCH), "it is still there");
        stage.start().await.unwrap();
    }
}

#[tokio::test]
async fn a_shutdown_that_does_not_wait_leaves_a_run_alone_and_its_worker_leaves_after_it() {
    let (mut stage, meeting) = (Stage::start(pool(1)).await, Meeting::new());
    stage.run("old", tasks::stays.call(meeting.path())).await;
    let old = meeting.guest().await;
    stage.shutdown(Shutdown::NoWait).await.unwrap();
    stage.start().await.unwrap();
    old.let_go().await;
    let (job, end) = stage.next_end().await;
    assert_eq!((&*job, end.is_ok()), ("old", true));
    stage.value(tasks::pid.call()).await;
}
