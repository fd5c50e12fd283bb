//! A loop that is gone: no run is lost with it, and none waits for it.

use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, unbounded};
use sched_core::task::{RunError, RunErrorKind, blocking};
use sched_core::{InlineExecutor, Shutdown};
use sched_exec_loop::{Closed, LoopExecutor, Turn};
use serde_json::Value;
use tokio::sync::Notify;

mod stage;

use stage::{Stage, in_time};

/// An executor whose turns come here.
fn channel() -> (LoopExecutor, Receiver<Turn>) {
    let (sender, turns) = unbounded();
    (LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed)), turns)
}

async fn next_turn(turns: &Receiver<Turn>) -> Turn {
    let turns = turns.clone();
    let taken = tokio::task::spawn_blocking(move || turns.recv_timeout(stage::PATIENCE));
    taken.await.expect("nothing panics there").expect("a turn is posted")
}

fn says_why(end: (String, Result<Value, RunError>), job: &str) -> String {
    let error = end.1.expect_err("it cannot have been run");
    assert_eq!((end.0.as_str(), error.kind()), (job, RunErrorKind::Executor), "{error}");
    error.to_string()
}

#[tokio::test]
async fn runs_for_a_loop_that_is_closed_fail() {
    let (executor, turns) = channel();
    drop(turns);
    let mut stage = Stage::start(executor).await;
    stage.add("async", || async {}).await;
    assert!(says_why(stage.end().await, "async").contains("the event loop is closed"));
    stage.add("blocking", blocking(|_| {})).await;
    assert!(says_why(stage.end().await, "blocking").contains("the event loop is closed"));
    in_time(stage.scheduler.shutdown(Shutdown::Wait)).await.unwrap();
}

#[tokio::test]
async fn runs_that_the_loop_throws_away_fail() {
    let mut stage = Stage::start(LoopExecutor::new(|_| Ok(()))).await;
    stage.add("job", || async {}).await;
    assert!(says_why(stage.end().await, "job").contains("the event loop is closed"));
}

#[tokio::test]
async fn runs_that_wait_for_a_loop_when_it_is_closed_fail() {
    let (executor, turns) = channel();
    let mut stage = Stage::start(executor).await;
    stage.add("job", || async {}).await;
    let turn = next_turn(&turns).await;
    drop(turns);
    drop(turn);
    assert!(says_why(stage.end().await, "job").contains("the event loop is closed"));
}

#[tokio::test]
async fn a_post_that_panics_fails_its_run_and_no_other() {
    let mut stage = Stage::start(LoopExecutor::new(|_| panic!("on purpose"))).await;
    stage.scheduler.add_executor("other", InlineExecutor::new()).await.unwrap();
    stage.add("job", || async {}).await;
    assert!(says_why(stage.end().await, "job").contains("the event loop is closed"));
    stage.scheduler.add(|| async {}).id("next").executor("other").await.unwrap();
    let (job, result) = stage.end().await;
    assert_eq!((job.as_str(), result.is_ok()), ("next", true));
}

/// Tells when it is dropped.
struct Held(Arc<Notify>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_run_that_has_begun_fails_with_its_loop_and_lets_go_of_all() {
    let (executor, turns) = channel();
    let mut stage = Stage::start(executor).await;
    let (go_on, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let waits = {
        let (go_on, dropped) = (go_on.clone(), dropped.clone());
        move || {
            let (go_on, held) = (go_on.clone(), Held(dropped.clone()));
            async move {
                go_on.notified().await;
                drop(held);
            }
        }
    };
    stage.add("job", waits).await;
    // Begins, here, and waits.
    let begin = next_turn(&turns).await;
    begin();
    drop(turns);
    // Woken, it has nowhere to be polled.
    go_on.notify_one();
    says_why(stage.end().await, "job");
    in_time(dropped.notified()).await;
}

/// It comes as far as the loop when it is told to stop, and no farther.
#[tokio::test]
async fn a_run_on_a_loop_that_is_gone_can_be_cancelled() {
    let (executor, turns) = channel();
    let mut stage = Stage::start(executor).await;
    stage.add("job", std::future::pending::<()>).await;
    let begin = next_turn(&turns).await;
    begin();
    drop(turns);
    assert_eq!(stage.scheduler.cancel_runs("job").await.unwrap(), 1);
    says_why(stage.end().await, "job");
    in_time(stage.scheduler.shutdown(Shutdown::Wait)).await.unwrap();
}

/// Tells, when it is dropped, whether a lock is free.
struct WantsLock(Arc<Mutex<()>>, tokio::sync::mpsc::UnboundedSender<bool>);

impl Drop for WantsLock {
    fn drop(&mut self) {
        let _ = self.1.send(self.0.try_lock().is_ok());
    }
}

/// Who wakes a task may hold what the task's values want when they go.
#[tokio::test]
async fn what_a_run_held_is_not_dropped_under_the_locks_of_who_woke_it() {
    let (executor, turns) = channel();
    let stage = Stage::start(executor).await;
    let (lock, go_on) = (Arc::new(Mutex::new(())), Arc::new(Notify::new()));
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let waits = {
        let (lock, go_on) = (lock.clone(), go_on.clone());
        move || {
            let (go_on, held) = (go_on.clone(), WantsLock(lock.clone(), tell.clone()));
            async move {
                go_on.notified().await;
                drop(held);
            }
        }
    };
    stage.add("job", waits).await;
    let begin = next_turn(&turns).await;
    begin();
    drop(turns);
    {
        let _locked = lock.lock().unwrap();
        go_on.notify_one();
    }
    assert_eq!(in_time(told.recv()).await, Some(true), "the lock was taken");
}
