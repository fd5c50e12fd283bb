//! An axum application with a scheduler in its state: jobs are listed, added, paused, resumed and
//! removed over HTTP, as JSON.
//!
//! ```text
//! curl localhost:8080/jobs --json '{"id": "hourly", "text": "hello", "every_seconds": 3600}'
//! curl localhost:8080/jobs
//! curl -X POST localhost:8080/jobs/hourly/pause
//! curl -X DELETE localhost:8080/jobs/hourly
//! ```

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use sched_core::{Context, Job, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What jobs do that come over HTTP: nothing but what the program offers.
#[task]
async fn say(cx: Context, text: String) {
    println!("{}: {text}", cx.job_id());
}

#[derive(Deserialize)]
struct NewJob {
    id: String,
    text: String,
    every_seconds: u64,
}

#[derive(Serialize)]
struct ShownJob {
    id: String,
    trigger: String,
    /// None while it is paused.
    next_run_time: Option<String>,
}

impl From<Job> for ShownJob {
    fn from(job: Job) -> Self {
        ShownJob {
            id: job.id().to_string(),
            trigger: job.trigger().to_string(),
            next_run_time: job.next_run_time().map(|time| time.to_string()),
        }
    }
}

/// The scheduler's errors as answers.
struct Refused(sched_core::Error);

impl From<sched_core::Error> for Refused {
    fn from(error: sched_core::Error) -> Self {
        Refused(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            sched_core::Error::JobLookup { .. } => StatusCode::NOT_FOUND,
            sched_core::Error::ConflictingId { .. } => StatusCode::CONFLICT,
            sched_core::Error::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, self.0.to_string()).into_response()
    }
}

async fn list(State(scheduler): State<Scheduler>) -> Result<Json<Vec<ShownJob>>, Refused> {
    let jobs = scheduler.get_jobs(JobFilter::all()).await?;
    Ok(Json(jobs.into_iter().map(ShownJob::from).collect()))
}

async fn add(
    State(scheduler): State<Scheduler>,
    Json(new): Json<NewJob>,
) -> Result<(StatusCode, Json<ShownJob>), Refused> {
    let every = Duration::from_secs(new.every_seconds);
    let job = scheduler.add(say.call(new.text)).every(every).id(new.id).await?;
    Ok((StatusCode::CREATED, Json(job.into())))
}

async fn pause(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<Json<ShownJob>, Refused> {
    Ok(Json(scheduler.pause_job(id).await?.into()))
}

/// Nothing to show if there is no fire left to resume for: then the job is gone.
async fn resume(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<Json<Option<ShownJob>>, Refused> {
    Ok(Json(scheduler.resume_job(id).await?.map(ShownJob::from)))
}

async fn remove(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    scheduler.remove_job(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    scheduler.start().await?;

    let app = Router::new()
        .route("/jobs", get(list).post(add))
        .route("/jobs/{id}", delete(remove))
        .route("/jobs/{id}/pause", post(pause))
        .route("/jobs/{id}/resume", post(resume))
        .with_state(scheduler.clone());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let until_ctrl_c = async {
        // Without signals it goes on until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, app).with_graceful_shutdown(until_ctrl_c).await?;
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
