//! An actix-web application with a scheduler in its data: jobs are listed, added, paused, resumed
//! and removed over HTTP, as JSON. The requests are those of the axum example.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{App, HttpResponse, HttpServer, ResponseError, delete, get, post};
use sched_core::{Context, Job, JobFilter, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use serde::{Deserialize, Serialize};

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
#[derive(Debug)]
struct Refused(sched_core::Error);

impl From<sched_core::Error> for Refused {
    fn from(error: sched_core::Error) -> Self {
        Refused(error)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            sched_core::Error::JobLookup { .. } => StatusCode::NOT_FOUND,
            sched_core::Error::ConflictingId { .. } => StatusCode::CONFLICT,
            sched_core::Error::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

#[get("/jobs")]
async fn list(scheduler: Data<Scheduler>) -> Result<Json<Vec<ShownJob>>, Refused> {
    let jobs = scheduler.get_jobs(JobFilter::all()).await?;
    Ok(Json(jobs.into_iter().map(ShownJob::from).collect()))
}

#[post("/jobs")]
async fn add(scheduler: Data<Scheduler>, new: Json<NewJob>) -> Result<HttpResponse, Refused> {
    let NewJob { id, text, every_seconds } = new.into_inner();
    let job =
        scheduler.add(say.call(text)).every(Duration::from_secs(every_seconds)).id(id).await?;
    Ok(HttpResponse::Created().json(ShownJob::from(job)))
}

#[post("/jobs/{id}/pause")]
async fn pause(scheduler: Data<Scheduler>, id: Path<String>) -> Result<Json<ShownJob>, Refused> {
    Ok(Json(scheduler.pause_job(id.into_inner()).await?.into()))
}

/// Nothing to show if there is no fire left to resume for: then the job is gone.
#[post("/jobs/{id}/resume")]
async fn resume(
    scheduler: Data<Scheduler>,
    id: Path<String>,
) -> Result<Json<Option<ShownJob>>, Refused> {
    Ok(Json(scheduler.resume_job(id.into_inner()).await?.map(ShownJob::from)))
}

#[delete("/jobs/{id}")]
async fn remove(scheduler: Data<Scheduler>, id: Path<String>) -> Result<HttpResponse, Refused> {
    scheduler.remove_job(id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // One for the whole program: it runs on this thread, the workers have a handle each.
    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    scheduler.start().await?;

    let shared = Data::new(scheduler.clone());
    let app = move || {
        let app = App::new().app_data(shared.clone());
        app.service(list).service(add).service(pause).service(resume).service(remove)
    };
    let server = HttpServer::new(app).bind(address)?;
    for address in server.addrs() {
        println!("listening on {address}");
    }
    // Ends at Ctrl-C.
    server.run().await?;
    scheduler.shutdown(Shutdown::Wait).await?;
    Ok(())
}
