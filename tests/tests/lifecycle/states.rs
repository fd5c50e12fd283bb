//! The states and what leads from one to another.

use std::sync::Arc;

use async_trait::async_trait;
use sched_core::{
    Clock, Error, EventMask, InlineExecutor, Scheduler, SchedulerState, Shutdown, Timestamp,
};
use sched_testkit::{ManualClock, moment};
use sched_tests::told::{ENDS, executed, soon};
use tokio::sync::watch;

use crate::{SECOND, START, build, naps, nothing, started};

#[tokio::test]
async fn a_stopped_scheduler_can_only_be_started() {
    let test = build();
    assert_eq!(test.state(), SchedulerState::Stopped);
    assert!(!test.is_running());
    assert!(matches!(test.pause(), Err(Error::NotRunning)));
    assert!(matches!(test.resume(), Err(Error::NotRunning)));
    assert!(matches!(test.shutdown(Shutdown::Wait).await, Err(Error::NotRunning)));
    assert!(matches!(test.shutdown(Shutdown::NoWait).await, Err(Error::NotRunning)));
    test.start().await.unwrap();
    assert_eq!(test.state(), SchedulerState::Running);
}

#[tokio::test]
async fn a_running_scheduler_cannot_be_started() {
    let test = started().await;
    for _ in 0..2 {
        assert!(matches!(test.start().await, Err(Error::AlreadyRunning)));
        assert!(matches!(test.start_paused().await, Err(Error::AlreadyRunning)));
        assert!(test.is_running());
        test.pause().unwrap();
        assert_eq!(test.state(), SchedulerState::Paused);
    }
    test.resume().unwrap();
    assert_eq!(test.state(), SchedulerState::Running);
    test.shutdown(Shutdown::Wait).await.unwrap();
    assert_eq!(test.state(), SchedulerState::Stopped);
}

#[tokio::test]
async fn started_paused_it_runs_nothing_until_resumed() {
    let mut test = build();
    test.start_paused().await.unwrap();
    assert_eq!((test.state(), test.is_running()), (SchedulerState::Paused, true));
    test.add(nothing).at(moment(START) + SECOND).await.unwrap();
    test.advance(60 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
    test.resume().unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment(START) + SECOND]);
}

#[tokio::test]
async fn pausing_leaves_live_runs_alone() {
    let mut test = started().await;
    test.add(naps(10)).await.unwrap();
    test.settle().await;
    test.pause().unwrap();
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 1);
}

#[tokio::test]
async fn a_paused_scheduler_shuts_down_too() {
    let mut test = started().await;
    test.add(nothing).at(moment(START) + SECOND).await.unwrap();
    test.pause().unwrap();
    test.advance(10 * SECOND).await;
    test.shutdown(Shutdown::Wait).await.unwrap();
    assert!(test.take(ENDS).is_empty());
}

#[tokio::test]
async fn without_any_executor_it_does_not_start() {
    let scheduler = Scheduler::builder().build().unwrap();
    assert!(matches!(scheduler.start().await, Err(Error::NoExecutor)));
    scheduler.add_executor("default", InlineExecutor::new()).await.unwrap();
    scheduler.start().await.unwrap();
}

#[test]
fn without_a_runtime_it_does_not_start() {
    let scheduler = Scheduler::builder().executor("default", InlineExecutor::new());
    let scheduler = scheduler.build().unwrap();
    let mut start = Box::pin(scheduler.start());
    let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(refused) = start.as_mut().poll(&mut nobody) else {
        panic!("it waits for a runtime that will never be there")
    };
    assert!(matches!(refused, Err(Error::NoRuntime)));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_when_it_is_built() {
    let zero = std::time::Duration::ZERO;
    let builders = [
        ("jobstore_retry_interval", Scheduler::builder().jobstore_retry_interval(zero)),
        ("poll_interval", Scheduler::builder().poll_interval(zero)),
        ("lease", Scheduler::builder().lease(zero)),
    ];
    for (name, builder) in builders {
        let refused = builder.build().unwrap_err();
        assert!(matches!(&refused, Error::Config { key, .. } if key == name), "{refused}");
    }
    let executor = InlineExecutor::new;
    let twice = Scheduler::builder().executor("a", executor()).executor("a", executor());
    let refused = twice.build().unwrap_err();
    assert_eq!(refused.to_string(), "there already is an executor with the alias \"a\"");
}

/// A clock that knows how many watch it for jumps.
#[derive(Debug)]
struct Watched {
    clock: ManualClock,
    watchers: watch::Sender<usize>,
}

/// Counts as long as it lives.
struct Watcher<'a>(&'a watch::Sender<usize>);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|watchers| *watchers -= 1);
    }
}

#[async_trait]
impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn steady(&self) -> std::time::Duration {
        self.clock.steady()
    }

    async fn sleep_until(&self, steady: std::time::Duration) {
        self.clock.sleep_until(steady).await;
    }

    async fn jumped(&self) -> i64 {
        self.watchers.send_modify(|watchers| *watchers += 1);
        let _watcher = Watcher(&self.watchers);
        std::future::pending().await
    }
}

#[tokio::test]
async fn restarts_leave_one_watch_of_the_clock() {
    let clock = ManualClock::at(moment(START));
    let clock = Arc::new(Watched { clock, watchers: watch::Sender::new(0) });
    let mut watchers = clock.watchers.subscribe();
    let builder = Scheduler::builder().clock(clock.clone());
    let scheduler = builder.executor("default", InlineExecutor::new()).build().unwrap();
    for _ in 0..3 {
        scheduler.start().await.unwrap();
        soon(watchers.wait_for(|watchers| *watchers == 1)).await.unwrap();
        scheduler.shutdown(Shutdown::Wait).await.unwrap();
        scheduler.start().await.unwrap();
        scheduler.shutdown(Shutdown::Wait).await.unwrap();
        soon(watchers.wait_for(|watchers| *watchers == 0)).await.unwrap();
    }
}

#[tokio::test]
async fn every_handle_is_the_same_scheduler() {
    let mut test = build();
    let other = Scheduler::clone(&test);
    other.start().await.unwrap();
    assert!(test.is_running());
    other.add(nothing).id("there").every(SECOND).await.unwrap();
    assert!(test.get_job("there").await.unwrap().is_some());
    assert_eq!(other.timezone(), test.timezone());
    assert_eq!(other.now(), moment(START));
    assert!(!test.take(EventMask::JOB_ADDED).is_empty());
}
