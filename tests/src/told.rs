//! Reading what a scheduler told.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventKind, EventStream, StreamItem};
use sched_core::{Event, EventMask, JobId, Timestamp};

/// How a run may end.
pub const ENDS: EventMask =
    EventMask::JOB_EXECUTED.union(EventMask::JOB_ERROR).union(EventMask::JOB_MISSED);

/// The kinds of some events, in order.
pub fn codes(events: &[Arc<Event>]) -> Vec<EventMask> {
    events.iter().map(|event| event.code()).collect()
}

/// The jobs that some events are about, in order.
pub fn ids(events: &[Arc<Event>]) -> Vec<JobId> {
    events.iter().filter_map(|event| event.job_id().cloned()).collect()
}

/// The scheduled times of the runs that ended well.
pub fn executed(events: &[Arc<Event>]) -> Vec<Timestamp> {
    let scheduled = |event: &Arc<Event>| match &event.kind {
        EventKind::JobExecuted { run, .. } => Some(run.scheduled_run_time),
        _ => None,
    };
    events.iter().filter_map(scheduled).collect()
}

/// The scheduled times of the fires that were too late.
pub fn missed(events: &[Arc<Event>]) -> Vec<Timestamp> {
    let scheduled = |event: &Arc<Event>| match &event.kind {
        EventKind::JobMissed { scheduled_run_time, .. } => Some(*scheduled_run_time),
        _ => None,
    };
    events.iter().filter_map(scheduled).collect()
}

/// The next event of a stream.
///
/// # Panics
/// After half a minute, or if events were lost.
pub async fn next(events: &mut EventStream) -> Arc<Event> {
    match soon(events.next()).await {
        Some(StreamItem::Event(event)) => event,
        other => panic!("no event but {other:?}"),
    }
}

/// What a future comes to.
///
/// # Panics
/// After half a minute: a test that hangs says where.
#[track_caller]
pub fn soon<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let waited = tokio::time::timeout(Duration::from_secs(30), future).await;
        waited.unwrap_or_else(|_| panic!("nothing happened for half a minute: {caller}"))
    }
}
