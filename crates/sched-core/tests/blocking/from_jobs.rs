//! Calls from inside the scheduler's own jobs and listeners.

use std::sync::mpsc::channel;

use sched_core::task::{Invocation, blocking};
use sched_core::{Context, EventMask, SchedulerState, Shutdown};

use crate::{heard, started, use_it, watched};

/// Runs a job that uses its scheduler and then shuts it down, on an executor.
fn a_job_does_it_all(executor: &'static str, job: fn(std::sync::mpsc::Sender<()>) -> Invocation) {
    watched(move || {
        let scheduler = started();
        let (said, hears) = channel();
        scheduler.add(job(said)).executor(executor).submit().unwrap();
        heard(&hears);
        scheduler.wait_until_stopped().unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    });
}

fn all_of_it(cx: &Context, done: &std::sync::mpsc::Sender<()>) {
    let scheduler = cx.scheduler().blocking();
    use_it(&scheduler);
    scheduler.shutdown(Shutdown::Wait).unwrap();
    done.send(()).unwrap();
}

fn blocking_job(done: std::sync::mpsc::Sender<()>) -> Invocation {
    blocking(move |cx| all_of_it(&cx, &done))
}

fn async_job(done: std::sync::mpsc::Sender<()>) -> Invocation {
    use sched_core::task::IntoInvocation;
    let task = move |cx: Context| {
        let done = done.clone();
        async move {
            tokio::task::yield_now().await;
            all_of_it(&cx, &done);
        }
    };
    task.into_invocation()
}

#[test]
fn a_blocking_job_on_a_thread_of_the_runtime() {
    a_job_does_it_all("default", blocking_job);
}

#[test]
fn an_async_job_in_the_runtime() {
    a_job_does_it_all("default", async_job);
}

#[test]
fn a_blocking_job_on_a_thread_of_its_own() {
    a_job_does_it_all("threads", blocking_job);
}

#[test]
fn an_async_job_on_a_thread_of_its_own() {
    a_job_does_it_all("threads", async_job);
}

#[test]
fn an_async_job_in_another_single_threaded_runtime() {
    a_job_does_it_all("loops", async_job);
}

#[test]
fn a_blocking_job_beside_another_single_threaded_runtime() {
    a_job_does_it_all("loops", blocking_job);
}

#[test]
fn a_blocking_job_in_the_loop_itself() {
    a_job_does_it_all("inline", blocking_job);
}

#[test]
fn an_async_job_begun_in_the_loop_itself() {
    a_job_does_it_all("inline", async_job);
}

#[test]
fn a_job_that_removes_itself() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        let task = blocking(move |cx| {
            said.send(cx.scheduler().blocking().remove_job(cx.job_id()).is_ok())
        });
        scheduler
            .add(task)
            .every(std::time::Duration::from_secs(3_600))
            .id("self")
            .submit()
            .unwrap();
        scheduler.run_job("self").unwrap();
        assert!(heard(&hears));
        assert_eq!(scheduler.get_job("self").unwrap(), None);
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn a_listener_uses_the_scheduler_and_shuts_it_down() {
    watched(|| {
        let scheduler = started();
        let inner = scheduler.asynchronous().clone();
        scheduler.add_listener(EventMask::JOB_EXECUTED, move |_| {
            let scheduler = inner.blocking();
            use_it(&scheduler);
            scheduler.shutdown(Shutdown::Wait).unwrap();
        });
        scheduler.add(|| async {}).submit().unwrap();
        scheduler.wait_until_stopped().unwrap();
    });
}

#[test]
fn jobs_that_use_the_scheduler_while_a_shutdown_waits_for_them() {
    watched(|| {
        let scheduler = started();
        let (begun, begins) = channel();
        let (go, goes) = channel::<()>();
        let goes = std::sync::Mutex::new(goes);
        let (said, hears) = channel();
        let task = blocking(move |cx| {
            begun.send(()).unwrap();
            heard(&goes.lock().unwrap());
            let jobs = cx.scheduler().blocking().get_jobs(sched_core::JobFilter::all());
            said.send(jobs.is_ok()).unwrap();
        });
        scheduler.add(task).submit().unwrap();
        heard(&begins);
        let other = scheduler.clone();
        let ends = std::thread::spawn(move || other.shutdown(Shutdown::Wait));
        while scheduler.state() != SchedulerState::Stopping {
            std::thread::yield_now();
        }
        go.send(()).unwrap();
        assert!(heard(&hears));
        ends.join().unwrap().unwrap();
    });
}
