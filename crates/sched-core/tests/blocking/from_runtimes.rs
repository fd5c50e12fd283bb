//! Calls from tasks of runtimes, the scheduler's own or another.

use std::sync::mpsc::channel;

use sched_core::task::blocking;
use sched_core::{Error, JobFilter, Scheduler, SchedulerState, Shutdown};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::{asynchronous, heard, new, use_it, watched};

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// With one thread only: if that waited for itself, it would hang.
fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Starts, uses and shuts down a scheduler that has a runtime of its own.
fn all_of_another() {
    let scheduler = new();
    scheduler.start().unwrap();
    use_it(&scheduler);
    let (said, hears) = channel();
    scheduler.add(blocking(move |_| said.send(()))).submit().unwrap();
    heard(&hears);
    scheduler.shutdown(Shutdown::Wait).unwrap();
}

#[test]
fn a_task_of_another_single_threaded_runtime() {
    watched(|| {
        single().block_on(async { tokio::spawn(async { all_of_another() }).await.unwrap() });
        single().block_on(async { all_of_another() });
        LocalSet::new().block_on(&single(), async { all_of_another() });
    });
}

#[test]
fn a_task_of_another_multi_threaded_runtime() {
    watched(|| {
        multi().block_on(async { tokio::spawn(async { all_of_another() }).await.unwrap() });
        multi().block_on(async { all_of_another() });
        LocalSet::new().block_on(&multi(), async { all_of_another() });
    });
}

#[test]
fn a_thread_for_blocking_code_of_another_runtime() {
    watched(|| {
        single().block_on(async { tokio::task::spawn_blocking(all_of_another).await.unwrap() });
        multi().block_on(async { tokio::task::spawn_blocking(all_of_another).await.unwrap() });
    });
}

/// A yield does not wait for the task around the call to yield as well.
#[test]
fn a_future_that_yields_is_waited_for_on_a_single_threaded_runtime() {
    watched(|| {
        let scheduler = crate::started();
        single().block_on(async {
            let yields = async {
                for _ in 0..1_000 {
                    tokio::task::yield_now().await;
                    tokio::task::coop::consume_budget().await;
                }
            };
            scheduler.block_on(yields).unwrap();
        });
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

/// Nor does it run out of the budget that the runtime gives the code around the call.
#[test]
fn a_future_that_uses_up_a_budget_is_waited_for() {
    async fn works() {
        for _ in 0..1_000 {
            tokio::task::coop::consume_budget().await;
        }
    }
    watched(|| {
        let scheduler = crate::started();
        let inner = scheduler.clone();
        multi().block_on(async { inner.block_on(works()).unwrap() });
        let spawned = async move { inner.block_on(works()).unwrap() };
        multi().block_on(async { tokio::spawn(spawned).await.unwrap() });
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

/// The scheduler is started in the runtime whose task calls.
#[test]
fn a_task_of_the_schedulers_own_multi_threaded_runtime() {
    watched(|| {
        let runtime = multi();
        let scheduler = asynchronous();
        runtime.block_on(scheduler.start()).unwrap();
        let task = runtime.spawn(async move {
            use_it(&scheduler.blocking());
            scheduler.blocking().shutdown(Shutdown::Wait).unwrap();
            scheduler.state()
        });
        assert_eq!(runtime.block_on(task).unwrap(), SchedulerState::Stopped);
    });
}

#[test]
fn a_local_task_on_the_schedulers_own_multi_threaded_runtime() {
    watched(|| {
        let runtime = multi();
        let scheduler = asynchronous();
        LocalSet::new().block_on(&runtime, async move {
            scheduler.start().await.unwrap();
            let task = tokio::task::spawn_local(async move {
                use_it(&scheduler.blocking());
                scheduler.blocking().shutdown(Shutdown::Wait)
            });
            task.await.unwrap().unwrap();
        });
    });
}

/// Every call that would have to wait is refused, and has done nothing.
async fn refused(scheduler: Scheduler) {
    scheduler.start().await.unwrap();
    let here = scheduler.blocking();
    assert!(matches!(here.get_jobs(JobFilter::all()), Err(Error::WouldBlock)));
    let added = here.add(|| async {}).id("a").submit();
    assert!(matches!(added, Err(Error::WouldBlock)), "{added:?}");
    assert_eq!(scheduler.get_job("a").await.unwrap(), None);
    assert!(matches!(here.shutdown(Shutdown::Wait), Err(Error::WouldBlock)));
    assert!(matches!(here.shutdown(Shutdown::NoWait), Err(Error::WouldBlock)));
    assert!(matches!(here.wait_until_stopped(), Err(Error::WouldBlock)));
    assert_eq!(scheduler.state(), SchedulerState::Running);
    // These never wait.
    here.pause().unwrap();
    here.resume().unwrap();
    scheduler.shutdown(Shutdown::Wait).await.unwrap();
    assert!(matches!(here.start(), Err(Error::WouldBlock)));
}

#[test]
fn the_only_thread_of_the_schedulers_own_runtime_is_refused() {
    watched(|| {
        single().block_on(refused(asynchronous()));
        single().block_on(async { tokio::spawn(refused(asynchronous())).await.unwrap() });
        LocalSet::new().block_on(&single(), refused(asynchronous()));
    });
}

#[test]
fn async_jobs_on_the_only_thread_are_refused() {
    watched(|| {
        single().block_on(async {
            let scheduler = asynchronous();
            scheduler.start().await.unwrap();
            let (said, mut hears) = tokio::sync::mpsc::unbounded_channel();
            for executor in ["default", "inline"] {
                let said = said.clone();
                let task = move |cx: sched_core::Context| {
                    let answer = cx.scheduler().blocking().get_jobs(JobFilter::all());
                    let refused = matches!(answer, Err(Error::WouldBlock));
                    said.send(refused).unwrap();
                    async {}
                };
                scheduler.add(task).executor(executor).await.unwrap();
                assert!(hears.recv().await.unwrap(), "{executor}");
            }
            scheduler.shutdown(Shutdown::Wait).await.unwrap();
        });
    });
}

#[test]
fn blocking_jobs_beside_the_only_thread_do_it_all() {
    watched(|| {
        for executor in ["default", "threads"] {
            single().block_on(async {
                let scheduler = asynchronous();
                let (said, mut hears) = tokio::sync::mpsc::unbounded_channel();
                let task = blocking(move |cx| {
                    let scheduler = cx.scheduler().blocking();
                    use_it(&scheduler);
                    said.send(scheduler.shutdown(Shutdown::Wait).is_ok())
                });
                scheduler.add(task).executor(executor).await.unwrap();
                scheduler.start().await.unwrap();
                assert!(hears.recv().await.unwrap(), "{executor}");
                scheduler.wait_until_stopped().await;
            });
        }
    });
}

#[test]
fn another_thread_calls_a_scheduler_on_a_single_threaded_runtime() {
    watched(|| {
        let scheduler = asynchronous();
        let (said, hears) = channel();
        let runs = {
            let scheduler = scheduler.clone();
            std::thread::spawn(move || {
                single().block_on(async {
                    scheduler.start().await.unwrap();
                    said.send(()).unwrap();
                    scheduler.wait_until_stopped().await;
                });
            })
        };
        heard(&hears);
        use_it(&scheduler.blocking());
        scheduler.blocking().shutdown(Shutdown::NoWait).unwrap();
        runs.join().unwrap();
    });
}
