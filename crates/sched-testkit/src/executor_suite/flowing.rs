//! How runs get through an executor: all of them, in order, as many at once as there is room for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sched_core::{EventKind, JobRequest, Shutdown};
use serde_json::Value;
use tokio::sync::Barrier;

use super::ExecutorHarness;
use super::stage::Stage;
use super::task_kind::{Gate, TaskKind};

/// A run is told as submitted, then as started, then as ended, under one id and with its times.
pub async fn submitted_then_started_then_ended(harness: ExecutorHarness) {
    for kind in [TaskKind::Async, TaskKind::Blocking] {
        let mut stage = Stage::start(&harness, 1).await;
        let before = stage.now();
        stage.run("job", kind.task(|_| async { Ok(Value::Null) })).await;
        stage.end_of("job").await.value();
        let after = stage.now();

        let [submission, start, end] = [0, 1, 2].map(|place| stage.told(place));
        let EventKind::JobSubmitted { run_id, scheduled_run_times, .. } = &submission.kind else {
            panic!("first of all came {submission:?}");
        };
        let EventKind::JobStarted { run: begun } = &start.kind else {
            panic!("after the submission came {start:?}");
        };
        let EventKind::JobExecuted { run, started, ended, .. } = &end.kind else {
            panic!("after the start came {end:?}");
        };
        assert_eq!((run.run_id, begun), (*run_id, run));
        assert_eq!(*scheduled_run_times, [run.scheduled_run_time]);
        let times = [before, run.scheduled_run_time, *started, *ended, after];
        assert!(times.is_sorted(), "{times:?}");
    }
}

/// Of a thousand runs, some async, some blocking, and far more than there is room for, each ends,
/// and ends once.
pub async fn thousand_runs_all_end_once(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 4).await;
    let kinds = [TaskKind::Async, TaskKind::Blocking].into_iter().cycle();
    let job = |(number, kind): (usize, TaskKind)| {
        let task = kind.task(|_| async {
            tokio::task::yield_now().await;
            Ok(Value::Null)
        });
        JobRequest::new(task).id(number.to_string())
    };
    let added = stage.add_all((0..1_000).zip(kinds).map(job)).await;
    let mut left: BTreeSet<_> =
        added.into_iter().map(|job| job.expect("the job is added").id().clone()).collect();
    for end in stage.ends(1_000).await {
        let of = stage.told(end.place).job_id().expect("the end of a job's run").clone();
        assert!(left.remove(&of), "job {of:?} ended twice");
        end.value();
    }
    assert!(left.is_empty(), "never ended: {left:?}");

    // A second end of some run would come before the end of the scheduler.
    let stopped = stage.shutdown(Shutdown::Wait);
    stage.patience.wait("the shutdown", stopped).await.expect("it was running");
    let all = stage.shut_down().await;
    let last = stage.ends(1_000).await.pop().expect("there are a thousand");
    assert_eq!(last.place + 1, all, "told after the last end: {:?}", stage.told(last.place + 1));
}

/// As many async tasks as there is room for run at once, and never more.
pub async fn async_runs_keep_to_the_limit(harness: ExecutorHarness) {
    runs_keep_to_the_limit(harness, TaskKind::Async).await;
}

/// As many blocking tasks as there is room for run at once, and never more.
pub async fn blocking_runs_keep_to_the_limit(harness: ExecutorHarness) {
    runs_keep_to_the_limit(harness, TaskKind::Blocking).await;
}

async fn runs_keep_to_the_limit(harness: ExecutorHarness, kind: TaskKind) {
    const AT_ONCE: usize = 2;
    const RUNS: usize = 10 * AT_ONCE;
    /// How often each run meets another: so often that one run too many cannot pass unseen.
    const MEETINGS: usize = 50;
    let mut stage = Stage::start(&harness, AT_ONCE).await;
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let company = Arc::new(Barrier::new(AT_ONCE));
    let all_taken = Gate::new();
    for number in 0..RUNS {
        let (running, most, company) = (running.clone(), most.clone(), company.clone());
        let (all_taken, patience) = (all_taken.clone(), stage.patience);
        let task = kind.task(move |_| {
            let (running, most, company) = (running.clone(), most.clone(), company.clone());
            let all_taken = all_taken.clone();
            async move {
                most.fetch_max(1 + running.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                patience.wait("the executor to take what it takes", all_taken.pass()).await;
                for _ in 0..MEETINGS {
                    patience.wait("a second run beside this one", company.wait()).await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(Value::Null)
            }
        });
        stage.run(&number.to_string(), task).await;
    }
    stage.submitted(stage.capacity.min(RUNS)).await;
    all_taken.open();
    for end in stage.ends(RUNS).await {
        end.value();
    }
    assert_eq!(most.load(Ordering::SeqCst), AT_ONCE, "the most runs at once");
}

/// Async tasks, and the scheduler itself, go on while a blocking task keeps its thread.
pub async fn blocking_task_does_not_stall_async_ones(harness: ExecutorHarness) {
    let mut stage = Stage::start(&harness, 2).await;
    let (entered, gate) = (Gate::new(), Gate::new());
    let patience = stage.patience;
    let blocks = {
        let (entered, gate) = (entered.clone(), gate.clone());
        TaskKind::Blocking.task(move |_| {
            let (entered, gate) = (entered.clone(), gate.clone());
            async move {
                entered.open();
                patience.wait("the async task to run meanwhile", gate.pass()).await;
                Ok(Value::Null)
            }
        })
    };
    stage.run("blocking", blocks).await;
    patience.wait("the blocking task to begin", entered.pass()).await;
    let opens = TaskKind::Async.task(move |_| {
        gate.open();
        async { Ok(Value::Null) }
    });
    stage.run("async", opens).await;
    stage.end_of("async").await.value();
    stage.end_of("blocking").await.value();
}
