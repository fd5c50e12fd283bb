//! Handles that are dropped, and runtimes that are gone.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use sched_core::task::blocking;
use sched_core::{Error, EventMask, JobFilter, SchedulerState, Shutdown};
use tokio::runtime::Builder;

use crate::{asynchronous, heard, started, watched};

/// A task that says when it has begun and goes on until it is told to end.
fn long_task() -> (sched_core::task::Invocation, std::sync::mpsc::Receiver<()>, Sender<()>) {
    let (begun, begins) = channel();
    let (end, ends) = channel::<()>();
    let ends = Arc::new(Mutex::new(ends));
    let task = blocking(move |_| {
        begun.send(()).unwrap();
        heard(&ends.lock().unwrap());
    });
    (task, begins, end)
}

#[test]
fn the_last_handle_waits_for_nothing_and_the_runs_end_in_the_background() {
    watched(|| {
        let scheduler = started();
        let inner = scheduler.asynchronous().clone();
        let (said, hears) = channel();
        let mask = EventMask::JOB_EXECUTED | EventMask::SCHEDULER_SHUTDOWN;
        scheduler.add_listener(mask, move |event| said.send(event.code()).unwrap());
        let (task, begins, end) = long_task();
        scheduler.add(task).submit().unwrap();
        heard(&begins);

        let clone = scheduler.clone();
        drop(scheduler);
        assert_eq!(inner.state(), SchedulerState::Running);
        drop(clone);
        end.send(()).unwrap();
        assert_eq!(heard(&hears), EventMask::JOB_EXECUTED);
        assert_eq!(heard(&hears), EventMask::SCHEDULER_SHUTDOWN);
        assert_eq!(inner.state(), SchedulerState::Stopped);
    });
}

#[test]
fn runs_left_by_a_shutdown_that_did_not_wait_end_after_the_last_handle() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        scheduler.add_listener(EventMask::JOB_EXECUTED, move |_| said.send(()).unwrap());
        let (task, begins, end) = long_task();
        scheduler.add(task).submit().unwrap();
        heard(&begins);
        scheduler.shutdown(Shutdown::NoWait).unwrap();
        drop(scheduler);
        end.send(()).unwrap();
        heard(&hears);
    });
}

#[test]
fn the_last_handle_may_be_dropped_in_any_runtime() {
    watched(|| {
        let single = Builder::new_current_thread().enable_all().build().unwrap();
        single.block_on(async { drop(started()) });
        let multi = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        multi.block_on(async { tokio::spawn(async { drop(started()) }).await.unwrap() });
    });
}

#[test]
fn the_last_handle_may_be_dropped_inside_its_own_job() {
    watched(|| {
        for executor in ["default", "inline", "threads"] {
            let scheduler = started();
            let inner = scheduler.asynchronous().clone();
            let (said, hears) = channel();
            inner.add_listener(EventMask::SCHEDULER_SHUTDOWN, move |_| said.send(()).unwrap());
            let last = Arc::new(Mutex::new(None));
            let held = last.clone();
            let task = blocking(move |_| drop(held.lock().unwrap().take()));
            let added = scheduler.add(task).executor(executor).paused().submit().unwrap();
            *last.lock().unwrap() = Some(scheduler);
            inner.blocking().resume_job(&added).unwrap();
            heard(&hears);
        }
    });
}

#[test]
fn a_view_of_a_running_scheduler_does_not_end_it() {
    watched(|| {
        let scheduler = started();
        drop(scheduler.asynchronous().blocking());
        assert_eq!(scheduler.state(), SchedulerState::Running);
        assert!(scheduler.get_jobs(JobFilter::all()).unwrap().is_empty());
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn a_runtime_that_went_away_under_the_scheduler_is_told() {
    watched(|| {
        for runtime in [
            Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
            Builder::new_current_thread().enable_all().build().unwrap(),
        ] {
            let scheduler = asynchronous();
            runtime.block_on(scheduler.start()).unwrap();
            drop(runtime);
            let here = scheduler.blocking();
            assert!(matches!(here.get_jobs(JobFilter::all()), Err(Error::NoRuntime)));
            assert!(matches!(here.shutdown(Shutdown::Wait), Err(Error::NoRuntime)));
        }
    });
}

#[test]
fn a_scheduler_that_was_shut_down_in_a_runtime_now_gone_starts_in_its_own() {
    watched(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let scheduler = asynchronous();
        runtime.block_on(async {
            scheduler.start().await.unwrap();
            scheduler.shutdown(Shutdown::Wait).await.unwrap();
        });
        drop(runtime);
        let here = scheduler.blocking();
        here.start().unwrap();
        let (said, hears) = channel();
        here.add(blocking(move |_| said.send(()))).submit().unwrap();
        heard(&hears);
        here.shutdown(Shutdown::Wait).unwrap();
    });
}
