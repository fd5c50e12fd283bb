//! Where tasks run: on the loop, piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use crossbeam_channel::unbounded;
use sched_core::Error;
use sched_core::task::blocking;
use sched_exec_loop::{Closed, LoopExecutor, Turn};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Notify};

mod stage;

use stage::{Stage, in_time};

/// An executor of a loop with one thread, and that thread.
fn on_one_thread() -> (LoopExecutor, ThreadId) {
    let (sender, turns) = unbounded::<Turn>();
    let turning = thread::spawn(move || turns.into_iter().for_each(|turn| turn()));
    let executor = LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed));
    (executor, turning.thread().id())
}

type Returned<T> = Result<T, Error>;

fn is_here(thread: ThreadId) -> Returned<bool> {
    Ok(thread::current().id() == thread)
}

/// What the run returns that ends next, and must be of this job.
async fn value_of(stage: &mut Stage, job: &str) -> Value {
    let (ended, result) = stage.end().await;
    assert_eq!(ended, job);
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_either_kind_run_on_the_thread_of_the_loop() {
    let (executor, its) = on_one_thread();
    let mut stage = Stage::start(executor).await;
    stage.add("blocking", blocking(move |_| is_here(its))).await;
    assert_eq!(value_of(&mut stage, "blocking").await, json!(true));

    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let waits = {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        move || {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move {
                let before = is_here(its)?;
                begun.notify_one();
                go_on.notified().await;
                Returned::Ok([before, is_here(its)?])
            }
        }
    };
    stage.add("async", waits).await;
    in_time(begun.notified()).await;
    // Woken by this thread, polled by that one.
    go_on.notify_one();
    assert_eq!(value_of(&mut stage, "async").await, json!([true, true]));
}

#[tokio::test]
async fn blocking_tasks_may_be_kept_off_the_loop() {
    let (executor, its) = on_one_thread();
    let mut stage = Stage::start(executor.blocking_elsewhere()).await;
    stage.add("blocking", blocking(move |_| is_here(its))).await;
    assert_eq!(value_of(&mut stage, "blocking").await, json!(false));
    stage.add("async", move || async move { is_here(its) }).await;
    assert_eq!(value_of(&mut stage, "async").await, json!(true));
}

#[tokio::test]
async fn async_tasks_wait_for_each_other_on_one_thread() {
    let mut stage = Stage::start(on_one_thread().0).await;
    let all_there = Arc::new(Barrier::new(100));
    for number in 0..100 {
        let all_there = all_there.clone();
        let meets = move || {
            let all_there = all_there.clone();
            async move {
                all_there.wait().await;
            }
        };
        stage.add(&number.to_string(), meets).await;
    }
    for _ in 0..100 {
        stage.end().await.1.expect("it meets the others");
    }
}

/// Each poll is a turn of its own: between two of them the loop does what else there is.
#[tokio::test]
async fn a_task_that_wakes_itself_leaves_turns_to_others() {
    let mut stage = Stage::start(on_one_thread().0).await;
    let (begun, stop) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let spins = {
        let (begun, stop) = (begun.clone(), stop.clone());
        move || {
            let (begun, stop) = (begun.clone(), stop.clone());
            async move {
                begun.notify_one();
                while !stop.load(Ordering::SeqCst) {
                    tokio::task::yield_now().await;
                }
            }
        }
    };
    stage.add("spins", spins).await;
    in_time(begun.notified()).await;
    let stops = blocking(move |_| stop.store(true, Ordering::SeqCst));
    stage.add("stops", stops).await;
    let ends = [stage.end().await.0, stage.end().await.0];
    assert_eq!(ends, ["stops", "spins"]);
}

#[test]
fn an_executor_that_takes_nothing_is_refused() {
    match LoopExecutor::new(|_| Err(Closed)).limit(0) {
        Err(Error::Config { key, .. }) => assert_eq!(key, "limit"),
        other => panic!("{other:?}"),
    }
}
