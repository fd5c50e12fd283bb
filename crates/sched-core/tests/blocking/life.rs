//! Start, pause, stop, start again.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;

use sched_core::task::blocking;
use sched_core::{Error, JobFilter, SchedulerState, Shutdown};

use crate::{heard, new, started, watched};

#[test]
fn its_threads_are_called_sched() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        let name = move |_| said.send(thread::current().name().map(str::to_owned));
        scheduler.add(blocking(name)).executor("inline").submit().unwrap();
        assert_eq!(heard(&hears).as_deref(), Some("sched"));
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn started_paused_it_runs_nothing_until_it_is_resumed() {
    watched(|| {
        let scheduler = new();
        scheduler.start_paused().unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Paused);
        let (said, hears) = channel();
        let task = blocking(move |cx| said.send(cx.scheduler().state()));
        scheduler.add(task).submit().unwrap();
        scheduler.resume().unwrap();
        assert_eq!(heard(&hears), SchedulerState::Running);
        scheduler.pause().unwrap();
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn it_starts_again_after_a_shutdown() {
    watched(|| {
        let scheduler = new();
        for _ in 0..3 {
            scheduler.start().unwrap();
            let (said, hears) = channel();
            scheduler.add(blocking(move |_| said.send(()))).submit().unwrap();
            heard(&hears);
            scheduler.shutdown(Shutdown::Wait).unwrap();
        }
    });
}

#[test]
fn run_returns_once_a_job_has_shut_it_down() {
    watched(|| {
        let scheduler = new();
        let last = blocking(|cx| cx.scheduler().blocking().shutdown(Shutdown::Wait));
        scheduler.add(last).submit().unwrap();
        scheduler.run().unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    });
}

#[test]
fn run_returns_once_another_thread_has_shut_it_down() {
    watched(|| {
        let scheduler = new();
        let (said, hears) = channel();
        scheduler.add(blocking(move |_| said.send(()))).submit().unwrap();
        let other = scheduler.clone();
        let runs = thread::spawn(move || other.run());
        heard(&hears);
        assert!(matches!(scheduler.run(), Err(Error::AlreadyRunning)));
        scheduler.shutdown(Shutdown::Wait).unwrap();
        runs.join().unwrap().unwrap();
    });
}

#[test]
fn a_shutdown_is_waited_for_on_another_thread_and_inside_a_job() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        let (ended, ends) = channel();
        let waits = move |cx: sched_core::Context| {
            said.send(()).unwrap();
            ended.send(cx.scheduler().blocking().wait_until_stopped().is_ok()).unwrap();
        };
        scheduler.add(blocking(waits)).submit().unwrap();
        heard(&hears);
        let other = scheduler.clone();
        let waits = thread::spawn(move || other.wait_until_stopped());
        scheduler.shutdown(Shutdown::Wait).unwrap();
        waits.join().unwrap().unwrap();
        assert!(heard(&ends));
        scheduler.wait_until_stopped().unwrap();
    });
}

#[test]
fn many_threads_call_at_once_and_all_come_back() {
    watched(|| {
        let scheduler = started();
        let together = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (scheduler, together) = (scheduler.clone(), together.clone());
                thread::spawn(move || {
                    together.wait();
                    for round in 0..50 {
                        let id = format!("{number}-{round}");
                        scheduler.add(|| async {}).id(id.as_str()).paused().submit().unwrap();
                        scheduler.modify_job(id.as_str()).name("seen").submit().unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(scheduler.get_jobs(JobFilter::all()).unwrap().len(), 400);
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn of_many_starts_and_shutdowns_at_once_each_answers() {
    watched(|| {
        let scheduler = new();
        for _ in 0..20 {
            let together = Arc::new(Barrier::new(4));
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let (scheduler, together) = (scheduler.clone(), together.clone());
                    thread::spawn(move || {
                        together.wait();
                        match number % 2 {
                            0 => scheduler.start(),
                            _ => scheduler.shutdown(Shutdown::Wait),
                        }
                    })
                })
                .collect();
            for thread in threads {
                let answer = thread.join().unwrap();
                let expected =
                    matches!(answer, Ok(()) | Err(Error::AlreadyRunning | Error::NotRunning));
                assert!(expected, "{answer:?}");
            }
        }
        let _ = scheduler.shutdown(Shutdown::Wait);
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    });
}
