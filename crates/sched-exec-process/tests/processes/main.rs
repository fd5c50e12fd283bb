//! The pool with real worker processes: this test program, started once more.
//!
//! Tasks of the suite for executors are closures, which know gates and counters of the test; no
//! worker can have them. So what the suite asks of every executor is asked here again, of tasks
//! that are registered and that meet the test at a socket. Left out is what cannot be: a task in a
//! worker finds neither the scheduler's runtime, nor its shared state, nor the scheduler.

mod context;
mod crashes;
mod entry;
mod lives;
mod meeting;
mod outcomes;
mod stage;
mod stopping;
mod tasks;

use sched_exec_process::Worker;

/// The entry of this program's workers. Anywhere else it returns at once.
#[test]
fn worker() {
    Worker::new().task(tasks::by_hand()).state(tasks::Greeting("hello")).run_if_worker();
}

/// An entry with a mistake in it.
#[test]
fn worker_with_two_tasks_of_one_name() {
    Worker::new().task(tasks::by_hand()).task(tasks::by_hand()).run_if_worker();
}
