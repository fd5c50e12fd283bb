//! Others who call while a start is about to end.

use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use sched_core::clock::SystemClock;
use sched_core::task::blocking;
use sched_core::{Clock, EventMask, Scheduler, SchedulerState, Shutdown, Timestamp};

use crate::{Spawning, heard, watched};

type Deed = Box<dyn Fn(&Scheduler) + Send + Sync>;

/// Does something the first time it is asked for the time by a scheduler that already counts as
/// running: that is for an event of the start itself.
struct Meddling {
    clock: SystemClock,
    scheduler: OnceLock<Scheduler>,
    deed: OnceLock<Deed>,
    done: OnceLock<()>,
}

impl std::fmt::Debug for Meddling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meddling")
    }
}

#[async_trait]
impl Clock for Meddling {
    fn now(&self) -> Timestamp {
        if let (Some(scheduler), Some(deed)) = (self.scheduler.get(), self.deed.get())
            && scheduler.is_running()
            && self.done.set(()).is_ok()
        {
            deed(scheduler);
        }
        self.clock.now()
    }

    fn steady(&self) -> Duration {
        self.clock.steady()
    }

    async fn sleep_until(&self, moment: Duration) {
        self.clock.sleep_until(moment).await;
    }
}

/// A scheduler to which `deed` is done while it starts, with a job that is then due.
fn meddled(deed: Deed) -> (Scheduler, std::sync::mpsc::Receiver<SchedulerState>) {
    let clock = Arc::new(Meddling {
        clock: SystemClock::new(),
        scheduler: OnceLock::new(),
        deed: OnceLock::new(),
        done: OnceLock::new(),
    });
    let builder = Scheduler::builder().clock(clock.clone()).executor("default", Spawning);
    let scheduler = builder.build().unwrap();
    // The clock is asked for the time of the event.
    scheduler.add_listener(EventMask::JOB_ADDED, |_| {});
    let (said, hears) = channel();
    let task = blocking(move |cx| said.send(cx.scheduler().state()));
    scheduler.blocking().add(task).submit().unwrap();
    assert!(clock.scheduler.set(scheduler.clone()).is_ok());
    assert!(clock.deed.set(deed).is_ok());
    (scheduler, hears)
}

#[test]
fn a_shutdown_is_heard() {
    watched(|| {
        let (ending, ends) = channel::<JoinHandle<_>>();
        let deed = move |scheduler: &Scheduler| {
            let here = scheduler.blocking();
            ending.send(thread::spawn(move || here.shutdown(Shutdown::Wait))).unwrap();
            while scheduler.state() != SchedulerState::Stopping {
                thread::yield_now();
            }
        };
        let (scheduler, _hears) = meddled(Box::new(deed));
        let here = scheduler.blocking();
        here.start().unwrap();
        heard(&ends).join().unwrap().unwrap();
        assert_eq!(here.state(), SchedulerState::Stopped);
    });
}

#[test]
fn a_pause_is_heard() {
    watched(|| {
        let (scheduler, hears) = meddled(Box::new(|scheduler| scheduler.pause().unwrap()));
        let here = scheduler.blocking();
        here.start().unwrap();
        assert_eq!(here.state(), SchedulerState::Paused);
        // Time enough for the job to begin, if it does.
        let yields = || async {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
        };
        here.block_on(async { tokio::spawn(yields()).await.unwrap() }).unwrap();
        here.resume().unwrap();
        assert_eq!(heard(&hears), SchedulerState::Running);
        here.shutdown(Shutdown::Wait).unwrap();
    });
}
