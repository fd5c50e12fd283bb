//! The executor keeps its contract.

use sched_exec_tokio::TokioExecutor;
use sched_testkit::executor_suite::ExecutorHarness;

sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| {
    TokioExecutor::new().limit(at_once).unwrap()
}));
