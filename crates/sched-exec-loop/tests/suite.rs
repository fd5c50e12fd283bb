//! The executor keeps the contract of executors, on a loop that is a channel.

use std::thread;

use crossbeam_channel::unbounded;
use sched_exec_loop::{Closed, LoopExecutor, Turn};
use sched_testkit::executor_suite::ExecutorHarness;

/// An executor of a loop with this many threads. They end with it.
fn on_a_loop_of(threads: usize) -> LoopExecutor {
    let (sender, turns) = unbounded::<Turn>();
    for _ in 0..threads {
        let turns = turns.clone();
        thread::spawn(move || turns.into_iter().for_each(|turn| turn()));
    }
    LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed))
}

/// Most loops: one thread, which a blocking task would keep from everything else.
mod on_a_loop_of_one_thread {
    use super::*;

    sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| {
        on_a_loop_of(1).blocking_elsewhere().limit(at_once).unwrap()
    }));
}

/// With blocking tasks on the loop, each has one of its threads to itself.
mod on_a_loop_of_several_threads {
    use super::*;

    sched_testkit::executor_suite!(ExecutorHarness::new(|at_once| {
        on_a_loop_of(at_once).limit(at_once).unwrap()
    }));
}
