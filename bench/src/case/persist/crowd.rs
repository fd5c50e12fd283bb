//! Four schedulers, each a process of its own, and one backlog.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sched_core::Shutdown;

use super::{case, fill, scheduler};
use crate::Outcome;
use crate::figure::Figures;
use crate::fires::{self, Fires};
use crate::stores::{self, Kind};

const SCHEDULERS: usize = 4;
/// How often it is seen whether the store is empty.
const LOOK: Duration = Duration::from_millis(20);
/// Says to a member which store to work on.
const STORE: &str = "SCHED_BENCH_STORE";

/// Jobs that are due already, run by four processes: from their common start until the store is
/// empty.
pub(super) async fn backlog(kind: &Kind, n: usize) -> Outcome {
    let store = kind.empty().await?;
    let filler = scheduler(kind.connect()?, &Arc::new(Fires::expect(0)))?;
    filler.start_paused().await?;
    let due = fires::now() - Duration::from_secs(60);
    fill(&filler, n, |_| due).await?;
    filler.shutdown(Shutdown::Wait).await?;

    let mut members =
        (0..SCHEDULERS).map(|_| Member::start(kind, n)).collect::<Result<Vec<_>, _>>()?;
    members.iter_mut().try_for_each(Member::wait)?;
    let began = Instant::now();
    members.iter_mut().try_for_each(Member::go)?;
    while !store.list(None, 1).await?.is_empty() {
        tokio::time::sleep(LOOK).await;
    }
    let took = began.elapsed().as_secs_f64();
    members.into_iter().try_for_each(Member::end)?;
    store.close().await?;
    Figures::of(case("fire-by-4", kind), n).print("fires_per_s", n as f64 / took);
    Ok(())
}

/// One of the four: starts, says so, runs what is due once it is told to, ends with its input.
pub(crate) async fn member(n: usize) -> Outcome {
    let name = std::env::var(STORE)?;
    let kind = stores::named().find(|kind| kind.name == name).ok_or("no such store")?;
    let scheduler = scheduler(kind.connect()?, &Arc::new(Fires::expect(n)))?;
    scheduler.start_paused().await?;
    println!("ready");
    order().await?;
    scheduler.resume()?;
    order().await?;
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}

/// Waits for a line, or for the end of the input.
async fn order() -> Outcome {
    // On a thread that may block.
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    Ok(())
}

struct Member(Child);

impl Member {
    fn start(kind: &Kind, n: usize) -> Result<Self, std::io::Error> {
        let child = Command::new(std::env::current_exe()?)
            .args(["persist-member", &n.to_string()])
            .env(STORE, kind.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Member(child))
    }

    /// Until it is ready.
    fn wait(&mut self) -> Result<(), std::io::Error> {
        let output = self.0.stdout.as_mut().expect("it was piped");
        BufReader::new(output).read_line(&mut String::new()).map(drop)
    }

    fn go(&mut self) -> Result<(), std::io::Error> {
        writeln!(self.0.stdin.as_mut().expect("it was piped"), "go")
    }

    fn end(mut self) -> Result<(), std::io::Error> {
        drop(self.0.stdin.take());
        self.0.wait().map(drop)
    }
}
