//! The pool keeps the contract of executors, with room for waiting runs and without.

use sched_exec_thread::ThreadPoolExecutor;
use sched_testkit::executor_suite::ExecutorHarness;

mod with_a_queue {
    use super::*;

    sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| {
        ThreadPoolExecutor::with_workers(at_once).unwrap()
    }));
}

mod without_a_queue {
    use super::*;

    sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| {
        ThreadPoolExecutor::with_workers(at_once).unwrap().queue(0)
    }));
}
