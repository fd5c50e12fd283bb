//! Listeners: in order, one at a time, and never in the scheduler's way.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use sched_core::event::EventKind;
use sched_core::{Event, EventMask, Scheduler, SchedulerState, Shutdown};
use sched_tests::told::{ENDS, soon};

use crate::{SECOND, build, nothing};

const PATIENCE: Duration = Duration::from_secs(30);

fn heard<T>(hear: &Receiver<T>) -> T {
    hear.recv_timeout(PATIENCE).expect("a listener hears it soon")
}

/// Sends the name of the listener with every kind it hears.
fn named(name: &'static str, to: &Sender<(&'static str, EventMask)>) -> impl Fn(&Event) + use<> {
    let to = to.clone();
    move |event| to.send((name, event.code())).unwrap()
}

#[tokio::test]
async fn listeners_hear_every_event_in_the_order_added() {
    let test = build();
    let (to, hear) = mpsc::channel();
    test.add_listener(EventMask::all(), named("first", &to));
    test.add_listener(EventMask::all(), named("second", &to));
    test.start().await.unwrap();
    for code in [EventMask::EXECUTOR_ADDED, EventMask::JOBSTORE_ADDED, EventMask::SCHEDULER_STARTED]
    {
        assert_eq!((heard(&hear), heard(&hear)), (("first", code), ("second", code)));
    }
}

#[tokio::test]
async fn a_mask_says_which_kinds_and_an_empty_one_none() {
    let mut test = build();
    let (to, hear) = mpsc::channel();
    test.add_listener(EventMask::empty(), named("none", &to));
    test.add_listener(EventMask::JOB_ADDED | EventMask::JOB_EXECUTED, named("some", &to));
    test.start().await.unwrap();
    test.add(nothing).await.unwrap();
    test.settle().await;
    // Returns when listeners have heard everything.
    test.shutdown(Shutdown::Wait).await.unwrap();
    let all: Vec<_> = hear.try_iter().collect();
    assert_eq!(all, [("some", EventMask::JOB_ADDED), ("some", EventMask::JOB_EXECUTED)]);
}

#[tokio::test]
async fn a_listener_added_twice_hears_twice_and_is_removed_once() {
    let test = build();
    let (to, hear) = mpsc::channel();
    let first = test.add_listener(EventMask::all(), named("same", &to));
    let second = test.add_listener(EventMask::all(), named("same", &to));
    assert_ne!(first, second);
    test.start().await.unwrap();
    test.pause().unwrap();
    assert!((0..8).all(|_| heard(&hear).0 == "same"));
    assert!(test.remove_listener(first));
    assert!(!test.remove_listener(first), "it is gone");
    test.resume().unwrap();
    test.shutdown(Shutdown::Wait).await.unwrap();
    let left: Vec<_> = hear.try_iter().map(|(_, code)| code).collect();
    assert_eq!(left, [EventMask::SCHEDULER_RESUMED, EventMask::SCHEDULER_SHUTDOWN]);
}

#[tokio::test]
async fn one_that_panics_goes_on_and_so_do_those_after_it() {
    let mut test = build();
    let (to, hear) = mpsc::channel();
    let panicked = to.clone();
    test.add_listener(ENDS, move |event| {
        panicked.send(("panics", event.code())).unwrap();
        panic!("a listener with a bug");
    });
    test.add_listener(ENDS, named("sound", &to));
    test.start().await.unwrap();
    test.add(nothing).every(SECOND).await.unwrap();
    test.advance(2 * SECOND).await;
    let names = [0; 4].map(|_| heard(&hear).0);
    assert_eq!(names, ["panics", "sound", "panics", "sound"]);
}

#[tokio::test]
async fn one_that_is_slow_holds_up_nobody_but_listeners() {
    let mut test = build();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (to, hear) = mpsc::channel();
    test.add_listener(ENDS, move |event| {
        released.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        to.send(event.at).unwrap();
    });
    test.start().await.unwrap();
    test.add(nothing).every(SECOND).await.unwrap();
    test.advance(100 * SECOND).await;
    assert_eq!(test.take(ENDS).len(), 100, "while the listener has not heard one");
    assert!(hear.try_recv().is_err());
    let mut last = None;
    for _ in 0..100 {
        release.send(()).unwrap();
        let at = heard(&hear);
        assert!(Some(at) > last, "in order");
        last = Some(at);
    }
}

#[tokio::test]
async fn an_event_carries_its_data_to_listeners_too() {
    let test = build();
    let (to, hear) = mpsc::channel();
    test.add_listener(EventMask::JOB_ADDED, move |event: &Event| {
        let EventKind::JobAdded(job) = &event.kind else { panic!("{event:?}") };
        to.send((job.job_id.to_string(), event.at)).unwrap();
    });
    test.start().await.unwrap();
    test.add(nothing).id("told").every(SECOND).await.unwrap();
    assert_eq!(heard(&hear), ("told".to_owned(), test.now()));
}

/// A listener may do what any other code may: shut the scheduler down, and wait for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_may_use_the_scheduler_and_shut_it_down() {
    let scheduler = build();
    let scheduler = Scheduler::clone(&scheduler);
    let runtime = tokio::runtime::Handle::current();
    let (to, hear) = mpsc::channel();
    let inside = scheduler.clone();
    scheduler.add_listener(EventMask::JOB_EXECUTED, move |_| {
        let scheduler = inside.clone();
        let ended = runtime.block_on(async move {
            scheduler.add(nothing).id("by a listener").every(SECOND).await?;
            scheduler.remove_job("by a listener").await?;
            scheduler.shutdown(Shutdown::Wait).await
        });
        to.send(ended.is_ok()).unwrap();
    });
    scheduler.start().await.unwrap();
    scheduler.add(nothing).await.unwrap();
    soon(scheduler.wait_until_stopped()).await;
    let hear = Arc::new(std::sync::Mutex::new(hear));
    let ended = tokio::task::spawn_blocking(move || heard(&hear.lock().unwrap()));
    assert!(soon(ended).await.unwrap());
    assert_eq!(scheduler.state(), SchedulerState::Stopped);
}
