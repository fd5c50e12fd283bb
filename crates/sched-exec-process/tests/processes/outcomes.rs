//! How tasks end that do no harm to their worker.

use std::collections::BTreeSet;
use std::error::Error as _;

use sched_core::JobRequest;
use sched_core::task::RunErrorKind;

use crate::stage::{Stage, pool};
use crate::tasks;

#[tokio::test]
async fn errors_and_panics_are_told_and_the_worker_lives() {
    let mut stage = Stage::start(pool(1)).await;
    let before = stage.value(tasks::pid.call()).await;
    for fails in [tasks::fails_async.call(), tasks::fails_blocking.call()] {
        let error = stage.error(fails).await;
        assert_eq!(error.kind(), RunErrorKind::Failed);
        assert!(error.to_string().contains("no thread"), "{error}");
        let cause = error.source().and_then(|error| error.source()).expect("a cause of its own");
        assert_eq!(cause.to_string(), "out of paper");
    }
    for panics in [tasks::panics_async.call(), tasks::panics_blocking.call()] {
        let error = stage.error(panics).await;
        assert_eq!(error.kind(), RunErrorKind::Panicked);
        assert!(error.to_string().contains("no such luck"), "{error}");
    }
    assert_eq!(stage.value(tasks::pid.call()).await, before);
}

#[tokio::test]
async fn arguments_and_results_may_be_large() {
    let mut stage = Stage::start(pool(1)).await;
    let text = "abcdefgh".repeat(1 << 20);
    let value = stage.value(tasks::backwards.call(&*text)).await;
    assert!(value == "hgfedcba".repeat(1 << 20), "not the text backwards");
}

#[tokio::test]
async fn what_a_task_prints_and_reads_is_not_the_pools() {
    let mut stage = Stage::start(pool(1)).await;
    for _ in 0..2 {
        assert_eq!(stage.value(tasks::prints_and_reads.call()).await, 0, "bytes on standard input");
    }
}

#[tokio::test]
async fn many_runs_all_end_once_in_no_more_workers_than_there_may_be() {
    const RUNS: usize = 300;
    let mut stage = Stage::start(pool(3)).await;
    let requests = (0..RUNS).map(|at| JobRequest::new(tasks::pid.call()).id(at.to_string()));
    let added = stage.add_all(requests).await;
    let mut left: BTreeSet<String> =
        added.into_iter().map(|job| job.expect("the job is added").id().to_string()).collect();
    let mut workers = BTreeSet::new();
    for _ in 0..RUNS {
        let (job, end) = stage.next_end().await;
        assert!(left.remove(&job), "job {job} ended twice");
        workers.insert(end.unwrap().as_u64());
    }
    assert!(workers.len() <= 3, "{workers:?}");
}
