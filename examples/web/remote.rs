//! A scheduler that other programs call: a line of JSON asks, a line of JSON answers.
//!
//! ```text
//! remote serve 127.0.0.1:8181
//! remote call 127.0.0.1:8181 '{"call": "add_job", "id": "hello", "task": "print_text",
//!     "args": ["hello, world"], "cron": "*/5 * * * *"}'
//! remote call 127.0.0.1:8181 '{"call": "get_jobs"}'
//! ```
//!
//! A caller names tasks that the program has; it cannot bring code. There is no password either:
//! whoever reaches the port may call.

use std::error::Error;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::Cron;
use sched_core::{Job, JobFilter, JobId, Scheduler, task};
use sched_exec_tokio::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What callers can have done.
#[task(name = "print_text")]
async fn print_text(text: String) {
    println!("{text}");
}

#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "snake_case", deny_unknown_fields)]
enum Call {
    AddJob {
        id: JobId,
        task: String,
        #[serde(default)]
        args: Value,
        cron: String,
    },
    RescheduleJob {
        id: JobId,
        cron: String,
    },
    PauseJob {
        id: JobId,
    },
    ResumeJob {
        id: JobId,
    },
    RunJob {
        id: JobId,
    },
    RemoveJob {
        id: JobId,
    },
    GetJobs {},
}

async fn answer(scheduler: &Scheduler, line: &str) -> Result<Value, Box<dyn Error + Send + Sync>> {
    Ok(match serde_json::from_str(line)? {
        Call::AddJob { id, task, args, cron } => {
            let invocation = Invocation::named(task, Args::from_json(args.to_string())?);
            shown(&scheduler.add(invocation).cron(cron).id(id).await?)
        }
        Call::RescheduleJob { id, cron } => {
            shown(&scheduler.reschedule_job(id, Cron::standard(cron)).await?)
        }
        Call::PauseJob { id } => shown(&scheduler.pause_job(id).await?),
        Call::ResumeJob { id } => {
            scheduler.resume_job(id).await?.as_ref().map_or(Value::Null, shown)
        }
        Call::RunJob { id } => {
            scheduler.run_job(id).await?;
            Value::Null
        }
        Call::RemoveJob { id } => {
            scheduler.remove_job(id).await?;
            Value::Null
        }
        Call::GetJobs {} => scheduler.get_jobs(JobFilter::all()).await?.iter().map(shown).collect(),
    })
}

fn shown(job: &Job) -> Value {
    json!({
        "id": job.id().as_str(),
        "task": job.task(),
        "trigger": job.trigger().to_string(),
        "next_run_time": job.next_run_time().map(|time| time.to_string()),
    })
}

/// Until the caller hangs up.
async fn converse(scheduler: Scheduler, caller: TcpStream) -> std::io::Result<()> {
    let (asked, mut answers) = caller.into_split();
    let mut lines = BufReader::new(asked).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match answer(&scheduler, &line).await {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        answers.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let accept = async {
        loop {
            let (caller, _) = listener.accept().await?;
            let scheduler = scheduler.clone();
            tokio::spawn(async move {
                if let Err(error) = converse(scheduler, caller).await {
                    eprintln!("a caller is gone: {error}");
                }
            });
        }
    };
    tokio::select! {
        // Until Ctrl-C.
        stopped = scheduler.run() => Ok(stopped?),
        failed = accept => failed,
    }
}

async fn call(address: &str, call: &str) -> Result<(), Box<dyn Error>> {
    let (answers, mut ask) = TcpStream::connect(address).await?.into_split();
    ask.write_all(format!("{}\n", call.replace('\n', " ")).as_bytes()).await?;
    let answer = BufReader::new(answers).lines().next_line().await?;
    println!("{}", answer.ok_or("the scheduler hung up")?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address).await,
        ["call", address, json] => call(address, json).await,
        _ => Err("usage: remote serve <address> | remote call <address> <json>".into()),
    }
}
