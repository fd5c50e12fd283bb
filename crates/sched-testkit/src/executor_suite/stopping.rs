//! The end of an executor, with runs going on in it, and its next life.

use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Duration;

use sched_core::task::{CancelReason, Invocation, RunErrorKind, blocking};
use sched_core::{Context, Error, JobFilter, SchedulerState, Shutdown};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::ExecutorHarness;
use super::cancelling::{waits_until_dropped, waits_until_told};
use super::stage::{Patience, Stage};
use super::task_kind::{Gate, TaskKind};

/// A shutdown that waits returns after the runs of either kind have ended, and they end well.
pub async fn shutdown_waits_for_runs(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 2).await;
    let gate = Gate::new();
    for (id, kind) in [("async", TaskKind::Async), ("blocking", TaskKind::Blocking)] {
        let entered = Gate::new();
        stage.run(id, waits_for(kind, &entered, &gate, stage.patience)).await;
        stage.patience.wait("the task to begin", entered.pass()).await;
    }
    let scheduler = stage.scheduler();
    let mut stopped = Box::pin(scheduler.shutdown(Shutdown::Wait));
    begin(&mut stopped).await;
    gate.open();
    stage.patience.wait("the shutdown", stopped).await.expect("it was running");
    assert_eq!(stage.state(), SchedulerState::Stopped);
    let shutdown = stage.shut_down().await;
    for end in stage.ends(2).await {
        assert!(end.place < shutdown, "the shutdown did not wait for {}", end.run);
        end.value();
    }
}

/// A shutdown that does not wait leaves async runs alone, queued ones too: they end well, later.
pub async fn shutdown_without_waiting_leaves_async_runs_alone(harness: ExecutorHarness) {
    shutdown_without_waiting_leaves_runs_alone(harness, TaskKind::Async).await;
}

/// A shutdown that does not wait leaves blocking runs alone, queued ones too: they end well, later.
pub async fn shutdown_without_waiting_leaves_blocking_runs_alone(harness: ExecutorHarness) {
    shutdown_without_waiting_leaves_runs_alone(harness, TaskKind::Blocking).await;
}

async fn shutdown_without_waiting_leaves_runs_alone(harness: ExecutorHarness, kind: TaskKind) {
    let mut stage = Stage::start(&harness, 1).await;
    let (entered, gate) = (Gate::new(), Gate::new());
    for id in ["first", "second", "third"] {
        stage.run(id, waits_for(kind, &entered, &gate, stage.patience)).await;
    }
    stage.patience.wait("a task to begin", entered.pass()).await;
    let taken = stage.capacity.min(3);
    stage.submitted(taken).await;

    let stopped = stage.shutdown(Shutdown::NoWait);
    stage.patience.wait("the shutdown", stopped).await.expect("it was running");
    let shutdown = stage.shut_down().await;
    gate.open();
    for end in stage.ends(taken).await {
        assert!(end.place > shutdown, "no run could end before its gate was opened");
        end.value();
    }
}

/// When a shutdown has waited long enough, async tasks are dropped and their runs end cancelled.
pub async fn shutdown_that_waits_at_most_drops_async_tasks(harness: ExecutorHarness) {
    let (entered, dropped) = (Gate::new(), Gate::new());
    let waits = waits_until_dropped(entered.clone(), dropped.clone());
    shutdown_cancels(harness, waits, entered, dropped).await;
}

/// When a shutdown has waited long enough, blocking tasks learn of it and their runs end
/// cancelled.
pub async fn shutdown_that_waits_at_most_tells_blocking_tasks(harness: ExecutorHarness) {
    let (entered, told) = (Gate::new(), Gate::new());
    let patience = Patience::of(&harness);
    let reason = CancelReason::Shutdown;
    let waits = waits_until_told(entered.clone(), told.clone(), reason, patience);
    shutdown_cancels(harness, waits, entered, told).await;
}

async fn shutdown_cancels(
    harness: ExecutorHarness,
    waits: Invocation,
    entered: Gate,
    reached: Gate,
) {
    let mut stage = Stage::start(&harness, 1).await;
    stage.run("job", waits).await;
    stage.patience.wait("the task to begin", entered.pass()).await;
    let stopped = stage.shutdown(Shutdown::WaitAtMost(Duration::from_millis(1)));
    stage.patience.wait("the shutdown", stopped).await.expect("it was running");
    let error = stage.end_of("job").await.error();
    assert_eq!(error.kind(), RunErrorKind::Cancelled, "{error}");
    assert!(reached.is_open(), "the task does not know that it was cancelled");
}

/// After a shutdown the executor can be started again, and again, and runs what it is given.
pub async fn restarted_executor_runs_again(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 1).await;
    for life in 1..=3 {
        for kind in [TaskKind::Async, TaskKind::Blocking] {
            let id = format!("{kind:?} task in life {life}");
            stage.run(&id, kind.task(move |_| async move { Ok(json!(life)) })).await;
            assert_eq!(stage.end_of(&id).await.value(), life);
        }
        let stopped = stage.shutdown(Shutdown::Wait);
        stage.patience.wait("the shutdown", stopped).await.expect("it was running");
        stage.patience.wait("the start", stage.scheduler().start()).await.expect("starts again");
    }
}

/// A run that a shutdown left alone goes on beside those of the next life.
pub async fn restarted_executor_runs_beside_an_old_run(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 2).await;
        let (entered, gate) = (Gate::new(), Gate::new());
        stage.run("old", waits_for(kind, &entered, &gate, stage.patience)).await;
        stage.patience.wait("the old task to begin", entered.pass()).await;
        let stopped = stage.shutdown(Shutdown::NoWait);
        stage.patience.wait("the shutdown", stopped).await.expect("it was running");
        stage.patience.wait("the start", stage.scheduler().start()).await.expect("starts again");
        stage.run("new", kind.task(|_| async { Ok(json!("new")) })).await;
        assert_eq!(stage.end_of("new").await.value(), "new");
        gate.open();
        stage.end_of("old").await.value();
    }
}

/// An async task may shut the scheduler down and wait: it is not waited for itself.
pub async fn async_task_may_shut_down(harness: ExecutorHarness) {
    task_may_shut_down(harness, TaskKind::Async).await;
}

/// A blocking task may shut the scheduler down and wait: it is not waited for itself, and neither
/// is its thread.
pub async fn blocking_task_may_shut_down(harness: ExecutorHarness) {
    task_may_shut_down(harness, TaskKind::Blocking).await;
}

async fn task_may_shut_down(harness: ExecutorHarness, kind: TaskKind) {
    let mut stage = Stage::start(&harness, 1).await;
    let patience = stage.patience;
    let shuts_down = kind.task(move |cx| async move {
        let scheduler = cx.scheduler();
        patience.wait("the shutdown", scheduler.shutdown(Shutdown::Wait)).await?;
        Ok(json!(scheduler.state() == SchedulerState::Stopped))
    });
    stage.run("job", shuts_down).await;
    assert_eq!(stage.end_of("job").await.value(), true);
    let shutdown = stage.shut_down().await;
    assert!(shutdown < stage.end_of("job").await.place, "the task went on after the shutdown");
}

/// A blocking task may use the scheduler's blocking form, and shut it down with that.
pub async fn blocking_task_may_shut_down_in_the_blocking_form(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 1).await;
    let shuts_down = blocking(|cx: Context| {
        let scheduler = cx.scheduler().blocking();
        let heir = scheduler.add(|| async {}).id("heir").paused().submit()?;
        let found = scheduler.get_job(&heir)? == Some(heir);
        scheduler.shutdown(Shutdown::Wait)?;
        Ok::<_, Error>(found && scheduler.state() == SchedulerState::Stopped)
    });
    stage.run("job", shuts_down).await;
    assert_eq!(stage.end_of("job").await.value(), true);
    stage.shut_down().await;
}

/// Two tasks that both shut the scheduler down and wait do not wait for each other.
pub async fn two_tasks_may_shut_down_at_once(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 2).await;
    let both = Arc::new(Barrier::new(2));
    let patience = stage.patience;
    for (id, kind) in [("async", TaskKind::Async), ("blocking", TaskKind::Blocking)] {
        let both = both.clone();
        let shuts_down = kind.task(move |cx| {
            let both = both.clone();
            async move {
                patience.wait("the other task", both.wait()).await;
                let scheduler = cx.scheduler();
                match patience.wait("the shutdown", scheduler.shutdown(Shutdown::Wait)).await {
                    // The other's was over before this one's began.
                    Ok(()) | Err(Error::NotRunning) => Ok(Value::Null),
                    Err(error) => Err(error.into()),
                }
            }
        });
        stage.run(id, shuts_down).await;
    }
    stage.end_of("async").await.value();
    stage.end_of("blocking").await.value();
    stage.shut_down().await;
}

/// While a shutdown waits for it, an async task may list, add and remove jobs, itself included.
pub async fn async_task_may_use_a_scheduler_that_stops(harness: ExecutorHarness) {
    task_may_use_a_scheduler_that_stops(harness, TaskKind::Async).await;
}

/// While a shutdown waits for it, a blocking task may list, add and remove jobs, itself included.
pub async fn blocking_task_may_use_a_scheduler_that_stops(harness: ExecutorHarness) {
    task_may_use_a_scheduler_that_stops(harness, TaskKind::Blocking).await;
}

async fn task_may_use_a_scheduler_that_stops(harness: ExecutorHarness, kind: TaskKind) {
    let mut stage = Stage::start(&harness, 1).await;
    let (entered, gate) = (Gate::new(), Gate::new());
    let patience = stage.patience;
    let uses = {
        let (entered, gate) = (entered.clone(), gate.clone());
        kind.task(move |cx| {
            let (entered, gate) = (entered.clone(), gate.clone());
            async move {
                entered.open();
                patience.wait("the shutdown to begin", gate.pass()).await;
                let scheduler = cx.scheduler();
                let state = scheduler.state();
                let work = async {
                    let before = scheduler.get_jobs(JobFilter::all()).await?;
                    scheduler.add(|| async {}).id("heir").paused().await?;
                    scheduler.remove_job("job").await?;
                    let after = scheduler.get_jobs(JobFilter::all()).await?;
                    Ok::<_, Error>([before, after])
                };
                let jobs = patience.wait("the scheduler's answers", work).await?;
                let ids = jobs.map(|jobs| jobs.iter().map(|job| job.id().to_string()).collect());
                let ids: [Vec<String>; 2] = ids;
                Ok(json!([state == SchedulerState::Stopping, ids]))
            }
        })
    };
    let now = stage.now();
    let job = stage.add(uses).id("job").every(Duration::from_secs(86_400)).next_run_time(now);
    job.await.expect("the job is added");
    patience.wait("the task to begin", entered.pass()).await;
    let scheduler = stage.scheduler();
    let mut stopped = Box::pin(scheduler.shutdown(Shutdown::Wait));
    begin(&mut stopped).await;
    gate.open();
    patience.wait("the shutdown", stopped).await.expect("it was running");
    assert_eq!(stage.end_of("job").await.value(), json!([true, [["job"], ["heir"]]]));
}

/// Opens one gate, and ends when the other is opened.
fn waits_for(kind: TaskKind, entered: &Gate, gate: &Gate, patience: Patience) -> Invocation {
    let (entered, gate) = (entered.clone(), gate.clone());
    kind.task(move |_| {
        let (entered, gate) = (entered.clone(), gate.clone());
        async move {
            entered.open();
            patience.wait("the gate to be opened", gate.pass()).await;
            Ok(Value::Null)
        }
    })
}

/// Has a shutdown begin, which must not be over at once: a run is held.
async fn begin(shutdown: &mut (impl Future<Output = Result<(), Error>> + Unpin)) {
    tokio::select! {
        biased;
        over = shutdown => panic!("did not wait for the run that goes on: {over:?}"),
        () = ready(()) => {}
    }
}
