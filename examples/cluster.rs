//! Two processes that share their jobs. The one that has a run is killed with SIGKILL, and the
//! other takes the run over.
//!
//! The program starts two more of itself. To see it by hand, start two in two terminals:
//!
//! ```text
//! cargo run --example cluster -- first shared.sqlite
//! cargo run --example cluster -- second shared.sqlite
//! ```

#![allow(clippy::disallowed_methods, reason = "a program of one's own may sleep")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use sched_core::{Conflict, Context, Scheduler, task};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::SqlStore;

/// A task that takes its time. It says which attempt it is, and whose.
#[task(name = "cluster.work")]
async fn work(cx: Context) {
    let who = cx.state::<Name>().map_or_else(|_| "?".to_owned(), |name| name.0.clone());
    println!("{who}: begins, attempt {}", cx.attempt());
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("{who}: has ended attempt {}", cx.attempt());
}

struct Name(String);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &*arguments {
        [name, file] => member(name, Path::new(file)),
        _ => show(),
    }
}

/// One of the processes: nothing here knows of the other.
#[tokio::main]
async fn member(name: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let scheduler = Scheduler::builder()
        .name(name)
        .jobstore("default", SqlStore::sqlite(file).build()?)
        .executor("default", TokioExecutor::new())
        // SQLite does not tell of changes; and nobody wants to wait long for an example.
        .poll_interval(Duration::from_millis(200))
        .lease(Duration::from_secs(3))
        .state(Name(name.to_owned()))
        .build()?;
    // Whoever is second finds it there.
    let job = scheduler.add(work.call()).every(Duration::from_secs(1));
    job.id("work").on_conflict(Conflict::Keep).await?;
    scheduler.run().await?;
    Ok(())
}

/// Starts two, kills one that is in the middle of a run, and waits for the other to do it again.
fn show() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("shared.sqlite");
    let (told, heard) = channel();
    let mut members = vec![start("first", &file, &told)?, start("second", &file, &told)?];

    let begun = hear(&heard, "begins")?;
    let victim = members.iter().position(|(name, _)| begun.starts_with(name));
    let (name, mut process) = members.swap_remove(victim.ok_or("nobody says so")?);
    println!("-- {name}, process {}, is killed", process.id());
    process.kill()?; // SIGKILL: nothing is put in order
    process.wait()?;

    println!("-- until its lease is over, 3 seconds, nobody touches its run");
    let again = hear(&heard, "begins, attempt 2")?;
    assert!(!again.starts_with(&name), "another one has taken it over");
    hear(&heard, "has ended attempt 2")?;

    for (name, mut process) in members {
        println!("-- {name} is stopped");
        process.kill()?;
        process.wait()?;
    }
    Ok(())
}

type Member = (String, Child);

/// Starts a process, and passes on what it says.
fn start(name: &str, file: &Path, told: &Sender<String>) -> Result<Member, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut process = command.arg(name).arg(file).stdout(Stdio::piped()).spawn()?;
    let said = process.stdout.take().ok_or("its output is a pipe")?;
    let told = told.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                break;
            }
        }
    });
    Ok((name.to_owned(), process))
}

/// Prints what is said, up to a line with these words.
fn hear(heard: &Receiver<String>, words: &str) -> Result<String, Box<dyn Error>> {
    loop {
        let line = heard.recv_timeout(Duration::from_secs(60))?;
        println!("{line}");
        if line.contains(words) {
            return Ok(line);
        }
    }
}
