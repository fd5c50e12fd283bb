//! Streams: for async readers, who are told when they were too slow.

use sched_core::event::StreamItem;
use sched_core::{EventMask, Scheduler};
use sched_tests::told::{next, soon};

use crate::{SECOND, build, nothing};

#[tokio::test]
async fn a_stream_begins_where_it_is_made_and_yields_the_kinds_asked_for() {
    let test = build();
    test.start().await.unwrap();
    let mut turns = test.events(EventMask::SCHEDULER_PAUSED | EventMask::SCHEDULER_RESUMED);
    assert!(turns.try_next().is_none());
    test.pause().unwrap();
    test.add(nothing).every(SECOND).await.unwrap();
    test.resume().unwrap();
    assert_eq!(next(&mut turns).await.code(), EventMask::SCHEDULER_PAUSED);
    assert_eq!(next(&mut turns).await.code(), EventMask::SCHEDULER_RESUMED);
    assert!(turns.try_next().is_none());
}

#[tokio::test]
async fn every_stream_has_every_event() {
    let test = build();
    let mut streams = [test.events(EventMask::all()), test.events(EventMask::all())];
    test.start().await.unwrap();
    for stream in &mut streams {
        assert_eq!(next(stream).await.code(), EventMask::EXECUTOR_ADDED);
        assert_eq!(next(stream).await.code(), EventMask::JOBSTORE_ADDED);
        assert_eq!(next(stream).await.code(), EventMask::SCHEDULER_STARTED);
    }
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_how_much_it_missed_and_goes_on() {
    let test = build();
    test.start().await.unwrap();
    let mut slow = test.events(EventMask::SCHEDULER_PAUSED | EventMask::SCHEDULER_RESUMED);
    const TURNS: u64 = 10_000;
    for _ in 0..TURNS {
        test.pause().unwrap();
        test.resume().unwrap();
    }
    let Some(StreamItem::Lagged(missed)) = soon(slow.next()).await else {
        panic!("nothing was missed")
    };
    let mut heard = 0;
    let mut last = None;
    while let Some(item) = slow.try_next() {
        let StreamItem::Event(event) = item else { panic!("{item:?}") };
        heard += 1;
        last = Some(event.code());
    }
    assert_eq!(missed + heard, 2 * TURNS);
    assert!(heard >= 1_000, "{heard}");
    assert_eq!(last, Some(EventMask::SCHEDULER_RESUMED));
}

#[tokio::test]
async fn a_stream_ends_with_its_scheduler() {
    let scheduler = Scheduler::builder().build().unwrap();
    let mut events = scheduler.events(EventMask::all());
    drop(scheduler);
    assert!(soon(events.next()).await.is_none());
}

/// A reader may be the last who asks for a kind: a listener that goes does not take it away.
#[tokio::test]
async fn streams_and_listeners_do_not_depend_on_each_other() {
    let test = build();
    let listener = test.add_listener(EventMask::all(), |_| {});
    let mut events = test.events(EventMask::SCHEDULER_STARTED);
    test.remove_listener(listener);
    test.start().await.unwrap();
    assert_eq!(next(&mut events).await.code(), EventMask::SCHEDULER_STARTED);
}
