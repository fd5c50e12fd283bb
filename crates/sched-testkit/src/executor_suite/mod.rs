//! The conformance suite for executors: what the contract of [`Executor`] promises, as tests.
//!
//! One line makes every case a test of its own, once on a single-threaded runtime and once on one
//! with several threads:
//!
//! ```
//! use async_trait::async_trait;
//! use sched_core::{Executor, Run};
//! use sched_testkit::executor_suite::ExecutorHarness;
//!
//! #[derive(Debug)]
//! struct Spawning {
//!     at_once: usize,
//! }
//!
//! #[async_trait]
//! impl Executor for Spawning {
//!     fn capacity(&self) -> usize {
//!         self.at_once
//!     }
//!
//!     fn submit(&self, run: Run) {
//!         tokio::spawn(run.execute());
//!     }
//! }
//!
//! sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| Spawning { at_once }));
//! # fn main() {}
//! ```
//!
//! The cases use the system's clock and do not sleep: they wait for what is promised, and what
//! must not happen is kept from happening unseen by gates that the case opens itself. Tasks are
//! closures in a memory store, so the suite is for executors of this process.

mod cancelling;
mod ending;
mod flowing;
mod knowing;
mod stage;
mod stopping;
mod task_kind;

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use sched_core::Executor;
use tokio::runtime::{Builder, Runtime};

pub use cancelling::*;
pub use ending::*;
pub use flowing::*;
pub use knowing::*;
pub use stopping::*;

/// What the suite must know of an executor: how to make one.
#[derive(Clone)]
pub struct ExecutorHarness {
    make: Arc<dyn Fn(usize) -> Arc<dyn Executor> + Send + Sync>,
    patience: Duration,
}

impl ExecutorHarness {
    /// `make` answers with a new executor, not started, that runs as many tasks at once as it is
    /// told, and no more. More may wait in it.
    pub fn new<E: Executor + 'static>(make: impl Fn(usize) -> E + Send + Sync + 'static) -> Self {
        ExecutorHarness {
            make: Arc::new(move |at_once| Arc::new(make(at_once))),
            patience: Duration::from_secs(30),
        }
    }

    /// How long a case waits for what is promised before it fails; 30 seconds unless said. Less
    /// is of use only for executors that are meant to fail.
    pub fn patience(mut self, span: Duration) -> Self {
        self.patience = span;
        self
    }
}

impl fmt::Debug for ExecutorHarness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patience = &self.patience;
        f.debug_struct("ExecutorHarness").field("patience", patience).finish_non_exhaustive()
    }
}

/// Carries out a case on a runtime of one thread.
pub fn on_one_thread(case: impl Future<Output = ()>) {
    on(Builder::new_current_thread(), case);
}

/// Carries out a case on a runtime of several threads.
pub fn on_several_threads(case: impl Future<Output = ()>) {
    on(Builder::new_multi_thread(), case);
}

fn on(mut runtime: Builder, case: impl Future<Output = ()>) {
    let runtime: Runtime = runtime.enable_all().build().expect("a runtime for the test");
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(case)));
    // A case that fails may leave a thread waiting, for which its runtime would wait.
    runtime.shutdown_background();
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

/// Makes every case of the [suite](mod@crate::executor_suite) a test, for the executor of an
/// [`ExecutorHarness`](crate::executor_suite::ExecutorHarness).
#[macro_export]
macro_rules! executor_suite {
    ($harness:expr) => {
        $crate::__each_executor_case! { [$crate::__executor_tests] $harness }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __executor_tests {
    ([$harness:expr] $($case:ident)*) => {
        mod on_one_thread {
            #[allow(unused_imports)] // The harness may be named by its full path.
            use super::*;
            $(
                #[test]
                fn $case() {
                    use $crate::executor_suite as suite;
                    suite::on_one_thread(suite::$case($harness));
                }
            )*
        }

        mod on_several_threads {
            #[allow(unused_imports)] // The harness may be named by its full path.
            use super::*;
            $(
                #[test]
                fn $case() {
                    use $crate::executor_suite as suite;
                    suite::on_several_threads(suite::$case($harness));
                }
            )*
        }
    };
}

/// The list of all cases, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_executor_case {
    ([$($then:tt)*] $($input:tt)*) => {
        $($then)*! {
            [$($input)*]
            async_value_is_returned
            blocking_value_is_returned
            result_that_was_set_takes_the_place_of_the_value
            async_error_ends_only_its_run
            blocking_error_ends_only_its_run
            async_panic_ends_only_its_run
            blocking_panic_ends_only_its_run
            panic_before_the_first_await_ends_only_its_run
            panic_of_what_a_cancelled_task_drops_ends_only_its_run
            fires_that_were_caught_up_with_run_one_after_the_other

            submitted_then_started_then_ended
            thousand_runs_all_end_once
            async_runs_keep_to_the_limit
            blocking_runs_keep_to_the_limit
            blocking_task_does_not_stall_async_ones

            async_task_knows_its_run
            blocking_task_knows_its_run
            tasks_reach_shared_state
            tasks_find_the_runtime
            fencing_token_grows_with_every_claim
            attempts_are_counted
            progress_is_told_and_shown

            time_out_drops_an_async_task
            time_out_tells_a_blocking_task
            cancelling_drops_an_async_task
            cancelling_tells_a_blocking_task

            shutdown_waits_for_runs
            shutdown_without_waiting_leaves_async_runs_alone
            shutdown_without_waiting_leaves_blocking_runs_alone
            shutdown_that_waits_at_most_drops_async_tasks
            shutdown_that_waits_at_most_tells_blocking_tasks
            restarted_executor_runs_again
            restarted_executor_runs_beside_an_old_run
            async_task_may_shut_down
            blocking_task_may_shut_down
            blocking_task_may_shut_down_in_the_blocking_form
            two_tasks_may_shut_down_at_once
            async_task_may_use_a_scheduler_that_stops
            blocking_task_may_use_a_scheduler_that_stops
        }
    };
}
