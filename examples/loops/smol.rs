//! Jobs on smol, whose timers and I/O they may use: a stand-in for every runtime of futures that
//! is not tokio.

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sched_core::{Context, Scheduler, Shutdown};
use sched_exec_loop::LoopExecutor;

fn main() -> Result<(), Box<dyn Error>> {
    let smol = Arc::new(smol::Executor::new());
    let spawner = smol.clone();
    let executor = LoopExecutor::new(move |turn| {
        spawner.spawn(async move { turn() }).detach();
        Ok(())
    });

    // The scheduler has threads of its own. Its jobs come here.
    let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
    scheduler.start()?;

    let (said, heard) = smol::channel::unbounded();
    let tick = move |_: Context| {
        let said = said.clone();
        async move {
            smol::Timer::after(Duration::from_millis(20)).await;
            said.send(thread::current().id()).await
        }
    };
    scheduler.add(tick).every(Duration::from_millis(100)).submit()?;

    let here = thread::current().id();
    smol::block_on(smol.run(async {
        for run in 1..=3 {
            println!("run {run}, on the loop's thread: {}", heard.recv().await? == here);
        }
        // Waits for live runs, for which smol has to go on meanwhile: so not on this thread.
        smol::unblock(move || scheduler.shutdown(Shutdown::Wait)).await?;
        Ok(())
    }))
}
