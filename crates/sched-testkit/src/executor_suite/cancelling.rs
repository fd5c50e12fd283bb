//! Runs that are told to stop: an async task is dropped, a blocking one learns of it.

use std::time::Duration;

use sched_core::task::{CancelReason, Invocation, RunErrorKind};
use serde_json::Value;

use super::ExecutorHarness;
use super::stage::{Patience, Stage};
use super::task_kind::{Gate, OpenOnDrop, TaskKind};

/// An async task whose time is up is dropped before its run is told as timed out.
pub async fn time_out_drops_an_async_task(harness: ExecutorHarness) {
    let dropped = Gate::new();
    let waits = waits_until_dropped(Gate::new(), dropped.clone());
    time_is_up(harness, waits, dropped).await;
}

/// A blocking task whose time is up learns of it, and its run is told as timed out.
pub async fn time_out_tells_a_blocking_task(harness: ExecutorHarness) {
    let told = Gate::new();
    let patience = Patience::of(&harness);
    let waits = waits_until_told(Gate::new(), told.clone(), CancelReason::TimedOut, patience);
    time_is_up(harness, waits, told).await;
}

async fn time_is_up(harness: ExecutorHarness, waits: Invocation, reached: Gate) {
    let mut stage = Stage::start(&harness, 1).await;
    let job = stage.add(waits).id("job").timeout(Duration::from_millis(1));
    job.await.expect("the job is added");
    let error = stage.end_of("job").await.error();
    assert_eq!(error.kind(), RunErrorKind::TimedOut, "{error}");
    assert!(reached.is_open(), "the task does not know that its time is up");
}

/// An async task that is cancelled is dropped before its run is told as cancelled.
pub async fn cancelling_drops_an_async_task(harness: ExecutorHarness) {
    let (entered, dropped) = (Gate::new(), Gate::new());
    let waits = waits_until_dropped(entered.clone(), dropped.clone());
    is_cancelled(harness, waits, entered, dropped).await;
}

/// A blocking task that is cancelled learns of it. Returning early with an error, its run is told
/// as cancelled.
pub async fn cancelling_tells_a_blocking_task(harness: ExecutorHarness) {
    let (entered, told) = (Gate::new(), Gate::new());
    let patience = Patience::of(&harness);
    let reason = CancelReason::Requested;
    let waits = waits_until_told(entered.clone(), told.clone(), reason, patience);
    is_cancelled(harness, waits, entered, told).await;
}

async fn is_cancelled(harness: ExecutorHarness, waits: Invocation, entered: Gate, reached: Gate) {
    let mut stage = Stage::start(&harness, 1).await;
    stage.run("job", waits).await;
    stage.patience.wait("the task to begin", entered.pass()).await;
    assert_eq!(stage.cancel_runs("job").await.unwrap(), 1, "the runs that were told");
    let error = stage.end_of("job").await.error();
    assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
    assert!(reached.is_open(), "the task does not know that it was cancelled");
}

/// Waits for ever; opens `dropped` when it goes.
pub(super) fn waits_until_dropped(entered: Gate, dropped: Gate) -> Invocation {
    TaskKind::Async.task(move |_| {
        let (entered, at_the_end) = (entered.clone(), OpenOnDrop(dropped.clone()));
        async move {
            let _at_the_end = at_the_end;
            entered.open();
            std::future::pending().await
        }
    })
}

/// Waits until its context says that it is to stop, for this reason; then opens `told` and ends.
pub(super) fn waits_until_told(
    entered: Gate,
    told: Gate,
    reason: CancelReason,
    patience: Patience,
) -> Invocation {
    TaskKind::Blocking.task(move |cx| {
        let (entered, told) = (entered.clone(), told.clone());
        async move {
            entered.open();
            let why = patience.wait("the task to be told to stop", cx.cancelled()).await;
            if why == reason && cx.cancel_reason() == Some(reason) {
                told.open();
            }
            Err::<Value, _>("stopped early".into())
        }
    })
}
