//! The scheduler's metrics, where Prometheus can fetch them.
//!
//! ```text
//! with-prometheus             # three runs, then the metrics, then the end
//! with-prometheus --serve     # goes on until Ctrl-C
//! ```

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sched_core::{EventMask, Scheduler, Shutdown, observe, task};
use sched_exec_tokio::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[task]
async fn tick() {}

/// Keeps metrics until they are fetched. Before the scheduler is started, or it would miss them.
fn record_metrics() -> Result<PrometheusHandle, Box<dyn Error>> {
    // In seconds. Without buckets, histograms become quantiles, which cannot be summed up over
    // several processes.
    let buckets = [0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0];
    let all_seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(all_seconds, &buckets)?;
    let metrics = builder.install_recorder()?;
    observe::describe_metrics();
    Ok(metrics)
}

async fn serve(metrics: PrometheusHandle, listener: TcpListener) -> std::io::Result<()> {
    let page = move || async move { metrics.render() };
    axum::serve(listener, Router::new().route("/metrics", get(page))).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let metrics = record_metrics()?;
    let stays = std::env::args().any(|argument| argument == "--serve");
    let listener = TcpListener::bind(if stays { "127.0.0.1:9000" } else { "127.0.0.1:0" }).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(metrics.clone(), listener));
    // Histograms keep every sample until they are fetched, or until this is done.
    let upkeep = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            metrics.run_upkeep();
        }
    });

    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    if stays {
        println!("http://{address}/metrics");
        scheduler.add(tick.call()).every(Duration::from_secs(1)).await?;
        scheduler.run().await?;
    } else {
        let mut removed = scheduler.events(EventMask::JOB_REMOVED);
        scheduler.start().await?;
        scheduler.add(tick.call()).every(Duration::from_millis(100)).max_runs(3).await?;
        removed.next().await;
        scheduler.shutdown(Shutdown::Wait).await?;
        print!("{}", fetch(&address.to_string()).await?);
    }
    upkeep.abort();
    server.abort();
    Ok(())
}

/// What Prometheus does every few seconds.
async fn fetch(address: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, page) = answer.split_once("\r\n\r\n").ok_or("no HTTP")?;
    if !head.contains(" 200 ") {
        return Err(head.into());
    }
    Ok(page.to_owned())
}
