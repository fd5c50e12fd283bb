//! Jobs on calloop, the loop of Wayland programs and of winit on Linux.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use calloop::EventLoop;
use calloop::channel::{Event, channel};
use sched_core::{Context, Scheduler, Shutdown};
use sched_exec_loop::{Closed, LoopExecutor, Turn};

fn main() -> Result<(), Box<dyn Error>> {
    let mut event_loop: EventLoop<'_, ()> = EventLoop::try_new()?;
    let (sender, turns) = channel::<Turn>();
    let handle = event_loop.handle();
    handle
        .insert_source(turns, |event, (), ()| {
            if let Event::Msg(turn) = event {
                turn();
            }
        })
        .map_err(|refused| refused.error)?;

    // The scheduler has threads of its own. Its jobs come here.
    let executor = LoopExecutor::new(move |turn| sender.send(turn).map_err(|_| Closed));
    let scheduler = Scheduler::builder().executor("default", executor).build()?.blocking();
    scheduler.start()?;

    let (here, signal) = (thread::current().id(), event_loop.get_signal());
    let runs = Arc::new(AtomicU32::new(0));
    let tick = move |cx: Context| {
        let (signal, runs) = (signal.clone(), runs.clone());
        async move {
            // Woken by the scheduler's clock, on another thread, and still polled on this one.
            cx.sleep(Duration::from_millis(20)).await;
            let run = 1 + runs.fetch_add(1, Ordering::SeqCst);
            println!("run {run}, on the loop's thread: {}", thread::current().id() == here);
            if run == 3 {
                // First the scheduler, while the loop still turns for it.
                cx.scheduler().shutdown(Shutdown::Wait).await?;
                signal.stop();
            }
            Ok::<_, sched_core::Error>(())
        }
    };
    scheduler.add(tick).every(Duration::from_millis(100)).submit()?;
    event_loop.run(None, &mut (), |()| {})?;
    Ok(())
}
