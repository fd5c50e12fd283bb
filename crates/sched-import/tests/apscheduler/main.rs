//! Jobs that the real APScheduler has written, in each kind of store.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod added;
mod broken;
mod expected;
mod live;
mod recorded;
mod servers;

use std::path::{Path, PathBuf};

use sched_core::Timestamp;
use sched_import::apscheduler::StoredJob;
use sched_import::{Import, Mapping, source};

/// The versions that fixtures were written by.
const VERSIONS: [&str; 2] = ["3.7.0", "3.11.3"];

/// The tables in each: one with the default protocol of pickles, one with protocol 2.
const TABLES: [&str; 2] = ["apscheduler_jobs", "apscheduler_jobs_2"];

const MAPPING: &str = r#"
[tasks]
"shop:report" = "report"
"shop:send" = { task = "mail", args = ["to", "subject"] }

[executors]
processpool = "processes"
"#;

/// When the imports of these tests take place: at the beginning of the year 2035.
const NOW: Timestamp = Timestamp::from_secs(2_051_222_400);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

async fn stored(folder: &Path, version: &str, table: &str) -> Vec<StoredJob> {
    let file = folder.join(format!("apscheduler-{version}.sqlite"));
    source::sqlite::read(file, table).await.unwrap()
}

fn import(stored: Vec<StoredJob>) -> Import {
    Import::apscheduler(stored, &Mapping::from_toml(MAPPING).unwrap(), NOW)
}
