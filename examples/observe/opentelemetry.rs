//! Every run a trace: the scheduler's spans, and those of the tasks inside them, as OpenTelemetry.
//!
//! They are printed here. A program in production has an exporter of `opentelemetry-otlp` in place
//! of the one of `opentelemetry-stdout`, and a batch in place of one call for each span; nothing
//! else changes.

use std::error::Error;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_stdout::SpanExporter;
use sched_core::{EventMask, Scheduler, Shutdown, task};
use sched_exec_tokio::TokioExecutor;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

#[task]
async fn import(rows: u32) -> Result<u32, String> {
    // A span of the program's own, which becomes part of the run's trace.
    let read = async { rows.checked_sub(1).ok_or_else(|| "no header".to_owned()) };
    read.instrument(tracing::info_span!("read rows", rows)).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("imports").build())
        .with_simple_exporter(SpanExporter::default())
        .build();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("imports"));
    // Log lines beside the traces, on the standard error output; RUST_LOG chooses.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry()
        .with(traces.with_filter(EnvFilter::new("info")))
        .with(lines.with_filter(chosen))
        .init();

    let scheduler = Scheduler::builder().executor("default", TokioExecutor::new()).build()?;
    let mut ended = scheduler.events(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    scheduler.start().await?;
    scheduler.add(import.call(100)).id("orders").await?;
    scheduler.add(import.call(0)).id("returns").await?;
    for _ in 0..2 {
        ended.next().await;
    }
    scheduler.shutdown(Shutdown::Wait).await?;
    // What is still to be exported.
    provider.shutdown()?;
    Ok(())
}
